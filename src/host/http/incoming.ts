import type { IncomingHttpHeaders } from 'node:http';
import type { Query } from './query.ts';

/** A request, as whichever server took it in hands it over. */
export interface Received {
  readonly method: string;
  /** Path and query as they were sent, below the prefix; begins with a slash. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** Where it comes from, as far as the server believes that. */
  readonly address: string;
  /** Came over https, as far as the server knows. */
  readonly isSecure: boolean;
  /** What was sent after the head: a stream, or what the server made of it. */
  readonly body: unknown;
  /** The server's own request, for whoever knows that server. */
  readonly source: unknown;
}

export interface Incoming extends Received {
  readonly query: Query;
}

export const pathOf = (url: string): string => url.split('?', 1)[0] ?? '';

/** Without the question mark, undecoded. */
export function queryOf(url: string): string {
  const at = url.indexOf('?');
  return at < 0 ? '' : url.slice(at + 1);
}

/** What of an address lies below a prefix, with a slash before it; undefined: it lies elsewhere. */
export function below(prefix: string, url: string): string | undefined {
  // Some clients ask for the whole address, as they would ask a proxy.
  const address = url.replace(/^https?:\/\/[^/?]*/i, '');
  if (!address.startsWith(prefix)) return undefined;
  const rest = address.slice(prefix.length);
  if (rest === '' || rest.startsWith('?')) return `/${rest}`;
  return rest.startsWith('/') ? rest : undefined;
}

/** In the order in which they were sent. */
export const cookieNamesIn = ({ headers }: Pick<Incoming, 'headers'>): string[] =>
  (headers.cookie ?? '').split(';').map((part) => (part.split('=', 1)[0] ?? '').trim());

/** Byte for byte as it was sent; of several that are called so the first. */
export function cookieIn({ headers }: Pick<Incoming, 'headers'>, name: string): string | undefined {
  for (const part of (headers.cookie ?? '').split(';')) {
    const [key = '', ...value] = part.split('=');
    if (key.trim() === name) return value.join('=').trim() || undefined;
  }
  return undefined;
}

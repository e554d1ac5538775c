/** Letters, digits and what no address and no router reads in a way of its own. */
const PREFIX = /^(?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._~@+-]+)*$/;

export const PREFIX_FORM = 'a path such as /sync: a slash, then letters, digits and - . _ ~ @ +';

/** Where a site lives, without a slash at its end, "" = at the root; undefined: it is no such place. */
export function prefixOf(given: unknown): string | undefined {
  if (typeof given !== 'string') return undefined;
  const prefix = given.replace(/\/+$/, '');
  return PREFIX.test(prefix) ? prefix : undefined;
}

export const urlOf = (value: unknown): URL | undefined => {
  try {
    return new URL(String(value));
  } catch {
    return undefined;
  }
};

/** An http(s) address that carries nothing but scheme, host, port and path. */
export const isPlainUrl = (value: unknown): boolean => {
  const url = urlOf(value);
  return (
    url !== undefined && /^https?:$/.test(url.protocol) && !url.username && !url.password && !url.search && !url.hash
  );
};

/** An address of browsers, where a path would be somebody else's. */
export const isOrigin = (value: unknown): boolean => isPlainUrl(value) && /^\/*$/.test(urlOf(value)?.pathname ?? '');

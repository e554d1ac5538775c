import type { FormField } from '../../syncer/definition.ts';
import { valueAt } from '../../syncer/field-path.ts';
import type { SyncerRegistry } from '../../syncer/registry.ts';

/** What decides where a syncer's secrets are sent. */
export interface Destination {
  readonly type: string;
  readonly settings: Readonly<Record<string, unknown>>;
}

/** What the registered types say of their forms. */
export interface AddressFields {
  /** The settings of a type that hold addresses, besides `host`. */
  urls(type: string): readonly string[];
  /** Whether a secret leaves this program at all. */
  isSent(type: string, secret: string): boolean;
  /** Where an address leads that is empty; "" = nowhere. */
  emptyMeans(type: string, url: string): string;
}

const NOTHING_REGISTERED: AddressFields = { urls: () => [], isSent: () => true, emptyMeans: () => '' };

/** One address in one spelling. Nothing is left out: a query may say where a gateway passes things on to. */
function canonical(address: unknown): string {
  if (address === undefined || address === null || address === '') return '';
  if (typeof address !== 'string') return JSON.stringify(address);
  try {
    const { href } = new URL(/^[a-z][a-z\d+.-]*:\/\//i.test(address) ? address : `https://${address}`);
    return /[?#]/.test(href) ? href : href.replace(/\/+$/, '');
  } catch {
    return address;
  }
}

/**
 * The addresses that secrets are bound to. An empty `host` is bound as "the default", not as the address that is the
 * default today: WECOM_API_URL is set by the operator of the server, who has SECRET_KEY too and could open everything,
 * and moving a gateway must not ask each tenant for its secret again. Nobody who can only write to the database, or
 * only save syncers, can change the environment.
 */
export class SecretAddresses {
  readonly #fields: AddressFields;

  constructor(fields: AddressFields = NOTHING_REGISTERED) {
    this.#fields = fields;
  }

  /** What a secret is sealed for: the type, and each address that it names; the same for every secret that is sent. */
  binding({ type, settings }: Destination, secret: string): string {
    if (!this.isSent(type, secret)) return '';
    const addresses = this.#names(type)
      .map((name) => [name, canonical(valueAt(settings, name))])
      .filter(([, address]) => address !== '');
    return JSON.stringify([type, ...addresses]);
  }

  isSent(type: string, secret: string): boolean {
    return this.#fields.isSent(type, secret);
  }

  /** Whether a secret of the one may be sent to the other; a default that is written out is the same address. */
  isSame(one: Destination, other: Destination, secret: string): boolean {
    if (one.type !== other.type) return false;
    return !this.isSent(one.type, secret) || this.changed(one, other).length === 0;
  }

  /** The settings by which two destinations of one type differ. */
  changed(one: Destination, other: Destination): readonly string[] {
    const addressOf = ({ settings }: Destination, name: string): string =>
      canonical(valueAt(settings, name)) || canonical(this.#fields.emptyMeans(other.type, name));
    return this.#names(other.type).filter((name) => addressOf(one, name) !== addressOf(other, name));
  }

  #names(type: string): readonly string[] {
    return [...new Set(['host', ...this.#fields.urls(type)])].toSorted();
  }
}

/** Casdoor's database types keep one; nothing here reads it. */
const SSH_PASSWORD = 'sshPassword';

/** Where secrets of the registered types are sent: by every field of theirs that holds an address. */
export function addressesOf(registry: SyncerRegistry): SecretAddresses {
  const fieldsOf = (type: string): readonly FormField[] => registry.find(type)?.fields ?? [];
  const fieldOf = (type: string, name: string): FormField | undefined =>
    fieldsOf(type).find((field) => field.name === name);
  return new SecretAddresses({
    urls: (type) =>
      fieldsOf(type)
        .filter(isUrl)
        .map(({ name }) => name),
    isSent(type, secret) {
      const field = fieldOf(type, secret);
      return field ? !field.neverSent : secret !== SSH_PASSWORD;
    },
    emptyMeans: (type, url) => fieldOf(type, url)?.emptyMeans ?? '',
  });
}

const isUrl = ({ kind, secret }: FormField): boolean => kind === 'url' && !secret;

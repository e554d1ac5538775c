import type { SyncerConfig, SyncerDefinition } from '../../syncer/definition.ts';
import { valueAt } from '../../syncer/field-path.ts';
import { ConfigError } from '../../syncer/errors.ts';
import { text } from '../../syncer/text.ts';

const DEFAULT_PORTS: Readonly<Record<string, string>> = { 'https:': '443', 'http:': '80' };

/** Where secrets of syncers may be sent, whatever their type; a definition may allow less. */
export class AllowedHosts {
  readonly #entries: readonly string[] | undefined;
  readonly #setting: string;

  /**
   * @param hosts `host[:port]` values; undefined: only the definitions say
   * @param setting what they are called where somebody can change them
   */
  constructor(hosts: readonly string[] | undefined, setting = 'allowedHosts') {
    this.#setting = setting;
    this.#entries = hosts?.map((host) =>
      host
        .trim()
        .toLowerCase()
        .replace(/^https?:\/\//, ''),
    );
  }

  /** @throws ConfigError naming the field whose address is not allowed */
  check({ fields }: SyncerDefinition, config: SyncerConfig): void {
    const entries = this.#entries;
    if (!entries) return;
    for (const { name, kind } of fields) {
      const value = valueAt(config, name);
      if (kind !== 'url' || value === undefined || value === null || value === '') continue;
      const url = typeof value === 'string' ? urlIn(value.trim()) : undefined;
      if (url && entries.some((entry) => names(entry, url))) continue;
      // Nothing of the address itself: that of a chat robot is as secret as a key.
      throw new ConfigError(
        text(
          `Field "${name}" names an address that is not allowed here; whoever operates this server can allow its host (${this.#setting}).`,
          `字段“${name}”中的地址不在允许范围内；服务器运维人员可将其主机加入 ${this.#setting}。`,
        ),
      );
    }
  }
}

function urlIn(value: string): URL | undefined {
  const spelt = /^[a-z][a-z\d+.-]*:\/\//i.test(value) ? value : `https://${value}`;
  return URL.canParse(spelt) ? new URL(spelt) : undefined;
}

const names = (entry: string, url: URL): boolean =>
  entry === `${url.hostname}:${url.port || (DEFAULT_PORTS[url.protocol] ?? '')}` ||
  (url.port === '' && entry === url.hostname);

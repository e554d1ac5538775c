import { MASK, type SyncerConfig } from '../../syncer/definition.ts';
import { ConfigError, NotFoundError } from '../../syncer/errors.ts';
import type { SyncerRegistry } from '../../syncer/registry.ts';
import { text } from '../../syncer/text.ts';
import { Refusal } from '../refusal.ts';
import type { SecretAddresses } from './secret-address.ts';
import type { MergedSyncer } from './syncer-body.ts';
import type { SyncerFields } from './syncer-shape.ts';
import type { OpenedRecord, SyncerRecord, SyncerStore } from './syncer-record.ts';

export const SYNCER_DELETED = text('The syncer does not exist.', '该同步器不存在。');

export interface StoredSecretsDeps {
  readonly records: SyncerStore;
  readonly addresses: SecretAddresses;
  readonly registry: SyncerRegistry;
  readonly fields: SyncerFields;
}

/** Secrets that are kept when a syncer is saved or tested: they go nowhere but where they went. */
export class StoredSecrets {
  readonly #deps: StoredSecretsDeps;

  constructor(deps: StoredSecretsDeps) {
    this.#deps = deps;
  }

  /**
   * Settings and plain secrets as they would be used, once it is sure that no stored secret goes to a new address: one
   * that is new to the row that the secrets came in, whatever stood in the record that was read before.
   *
   * @throws Refusal naming the secrets to enter again
   * @throws NotFoundError when the syncer was deleted
   */
  async configOf(merged: MergedSyncer, stored: SyncerRecord | undefined): Promise<SyncerConfig> {
    const secrets: Record<string, string> = {};
    const isKept = (name: string): boolean => merged.secrets[name] === undefined;
    if (stored?.secretNames.some(isKept)) {
      const opened = await this.#deps.records.open(stored.id);
      if (!opened) throw new NotFoundError(SYNCER_DELETED);
      const kept = Object.entries(opened.secrets).filter(([name]) => isKept(name));
      this.#refuseNewAddress(
        merged,
        opened,
        kept.map(([name]) => name),
      );
      Object.assign(secrets, Object.fromEntries(kept));
    }
    for (const [name, secret] of Object.entries(merged.secrets)) if (secret !== null) secrets[name] = secret;
    return this.#deps.fields.configOf(merged.draft.type, merged.draft.settings, secrets);
  }

  /**
   * A secret that is optional would be left out in silence, and a run would know less than whoever wrote `***` believes.
   *
   * @throws ConfigError naming a secret that is said to be stored, and is not
   */
  refuseUnknown({ draft, unknownSecrets }: MergedSyncer): void {
    const fields = this.#deps.registry.find(draft.type)?.fields ?? [];
    const field = fields.find(({ name, secret }) => secret && unknownSecrets.includes(name));
    if (!field) return;
    const { name, label, labelZh, required } = field;
    throw new ConfigError(
      text(
        `${label} (${name}): "${MASK}" stands for a stored secret, and none is stored. Enter it${required ? '' : ', or leave it empty'}.`,
        `${labelZh}(${name})：“${MASK}”代表已存储的密钥，但此处没有已存储的密钥。请重新填写${required ? '' : '或留空'}。`,
      ),
    );
  }

  #refuseNewAddress(merged: MergedSyncer, opened: OpenedRecord, kept: readonly string[]): void {
    const { addresses } = this.#deps;
    const { draft } = merged;
    const changed = [...addresses.changed(opened.record, draft), ...this.#changedSecretUrls(merged, opened)];
    const sent = kept.filter((name) => addresses.isSent(draft.type, name));
    if ((changed.length === 0 && opened.record.type === draft.type) || sent.length === 0) return;
    const fields = changed.length === 0 ? ['type'] : changed;
    throw new Refusal(
      text(
        `The base URL (${fields.join(', ')}) changed: enter ${sent.join(' and ')} again. A stored secret is never sent to another address.`,
        `API 地址(${fields.join('、')})已更改：请重新填写 ${sent.join('、')}。已存储的密钥不会发送到其他地址。`,
      ),
    );
  }

  /** Addresses that are as secret as a key, such as a chat robot's, and that were entered anew. */
  #changedSecretUrls({ draft, secrets }: MergedSyncer, opened: OpenedRecord): readonly string[] {
    return (this.#deps.registry.find(draft.type)?.fields ?? [])
      .filter(({ kind, secret }) => kind === 'url' && secret)
      .map(({ name }) => name)
      .filter((name) => secrets[name] !== undefined && (secrets[name] ?? '') !== (opened.secrets[name] ?? ''));
  }
}

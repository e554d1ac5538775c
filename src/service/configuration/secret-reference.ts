import { createHash } from 'node:crypto';
import type { SyncerRecord } from '../syncers/syncer-record.ts';

/** Where a secret is found that no text should hold. */
export interface SecretReference {
  readonly kind: 'env' | 'file';
  /** Name of the variable, or path of the file. */
  readonly name: string;
}

/**
 * A reference is the whole of a secret; within a longer text the same letters are letters.
 *
 * @returns undefined for a plain secret
 */
export function referenceIn(secret: string): SecretReference | undefined {
  const [, kind, name] = /^\$\{(env|file):([\s\S]*)\}$/.exec(secret.trim()) ?? [];
  return kind === undefined || name === undefined ? undefined : { kind: kind as SecretReference['kind'], name };
}

/**
 * Names for the secrets of syncers: `WECOM_ORG_NAME_PASSWORD`. Two that come to the same name, such as those of `a-b/c` and
 * `a/b-c`, are told apart: with one variable for both, one company's secret would become the other's.
 */
export class ReferenceNames {
  readonly #count = new Map<string, number>();

  constructor(records: readonly SyncerRecord[]) {
    for (const record of records) {
      for (const secret of record.secretNames) {
        const name = plainName(record, secret);
        this.#count.set(name, (this.#count.get(name) ?? 0) + 1);
      }
    }
  }

  /** @param secret as the syncer's JSON calls it */
  of(record: SyncerRecord, secret: string): string {
    const name = plainName(record, secret);
    const { organization, name: syncer } = record;
    const digest = createHash('sha256')
      .update(JSON.stringify([organization, syncer, secret]))
      .digest('hex');
    return `\${env:${(this.#count.get(name) ?? 0) > 1 ? `${name}_${digest.slice(0, 8).toUpperCase()}` : name}}`;
  }
}

const plainName = ({ type, organization, name }: SyncerRecord, secret: string): string => {
  const words = [type, organization, name, secret.replaceAll(/([a-z\d])([A-Z])/g, '$1_$2')];
  return words.map((word) => word.toUpperCase().replaceAll(/[^A-Z\d]/g, '_')).join('_');
};

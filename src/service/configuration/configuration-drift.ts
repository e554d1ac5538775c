import { isDeepStrictEqual } from 'node:util';
import { partOf } from '../../syncer/field-path.ts';
import type { SyncerRegistry } from '../../syncer/registry.ts';
import type { ProtectionObject, ProtectionService } from '../decisions/protections.ts';
import type { SyncerRecord } from '../syncers/syncer-record.ts';
import type { SyncerService } from '../syncers/syncer-service.ts';
import type { AppliedList, AppliedStore, SaidOfProtection, SaidOfSyncer } from './applied-text.ts';
import { keyOfProtection, nameOfProtection, type ConfigurationText } from './configuration-text.ts';
import type { ConfigurationChangeObject } from './configuration-change.ts';
import type { SettingChange } from './syncer-difference.ts';
import { settingsIn } from './syncer-values.ts';

/** What was changed by hand in an organization since a text was applied there, of what that text named. */
export interface DriftObject {
  readonly organization: string;
  /** RFC 3339; of the last text. */
  readonly appliedAt: string;
  /** Whoever applied it. */
  readonly by: string;
  /** `before` as the text said it, `after` as it is now; what it named and is gone has the action `delete`. */
  readonly changes: readonly ConfigurationChangeObject[];
}

interface DriftsDeps {
  readonly applied: AppliedStore;
  readonly syncers: SyncerService;
  readonly registry: SyncerRegistry;
  readonly protections: ProtectionService;
}

/** Remembers what texts said when they were applied, and finds what is another by now. */
export class ConfigurationDrifts {
  readonly #deps: DriftsDeps;

  constructor(deps: DriftsDeps) {
    this.#deps = deps;
  }

  /**
   * Of each organization that a text named.
   *
   * @param records the syncers that it named, as they are stored now, by `ORG/NAME`
   * @param protections those that it named, as they are stored now
   */
  async remember(
    { syncers, protections: said, organizations }: ConfigurationText,
    records: ReadonlyMap<string, SyncerRecord>,
    protections: readonly (SaidOfProtection & { readonly owner: string })[],
    by: string,
  ): Promise<void> {
    const marks = await this.#deps.applied.marks([...records.values()].map(({ id }) => id));
    const lists: AppliedList[] = [];
    for (const organization of organizations) {
      if (syncers) {
        const named = syncers.flatMap((entry) => {
          const record = records.get(`${entry.organization}/${entry.name}`);
          if (entry.organization !== organization || !record) return [];
          const isNamed = (key: string): boolean => entry.keys.has(key);
          return [this.#saidOf(record, isNamed, marks.get(record.id) ?? {})];
        });
        lists.push({ organization, list: 'syncers', said: named });
      }
      if (said) {
        const own = protections.filter(({ owner }) => owner === organization);
        const kept = own.map(({ kind, value, syncer, reason, until }) => ({ kind, value, syncer, reason, until }));
        lists.push({ organization, list: 'protections', said: kept });
      }
    }
    await this.#deps.applied.put(lists, by);
  }

  /** Of one organization, or of each in which a text was applied. */
  async of(organization?: string): Promise<readonly DriftObject[]> {
    const drifts = new Map<string, DriftObject>();
    for (const applied of await this.#deps.applied.list(organization)) {
      const changes =
        applied.list === 'syncers'
          ? await this.#ofSyncers(applied.organization, applied.said)
          : await this.#ofProtections(applied.organization, applied.said);
      const other = drifts.get(applied.organization);
      const [appliedAt, by] = [applied.at.toISOString(), applied.by];
      const isLater = !other || appliedAt > other.appliedAt;
      drifts.set(applied.organization, {
        ...(isLater ? { organization: applied.organization, appliedAt, by } : other),
        changes: [...(other?.changes ?? []), ...changes],
      });
    }
    return [...drifts.values()];
  }

  async #ofSyncers(organization: string, said: readonly SaidOfSyncer[]): Promise<readonly ConfigurationChangeObject[]> {
    const { applied, syncers } = this.#deps;
    const records = await syncers.list(organization);
    const marks = await applied.marks(records.map(({ id }) => id));
    return said.flatMap(({ id, name, settings, marks: were }): ConfigurationChangeObject[] => {
      const record = records.find((one) => one.name === name) ?? records.find((one) => one.id === id);
      const base = { kind: 'syncer' as const, name: `${organization}/${name}` };
      if (!record) {
        const fields = Object.entries(settings).map(([field, before]) => ({ field, before, after: null }));
        return [{ ...base, action: 'delete', fields }];
      }
      const now = this.#saidOf(record, (key) => key in settings, marks.get(record.id) ?? {});
      const others = new Set(
        [...Object.keys(were), ...Object.keys(now.marks)]
          .filter((field) => were[field] !== now.marks[field])
          .map((field) => partOf(field).root),
      );
      const fields: SettingChange[] = record.name === name ? [] : [{ field: 'name', before: name, after: record.name }];
      for (const [field, before] of Object.entries(settings)) {
        const after = now.settings[field] ?? null;
        if (!isSame(before, after) || others.has(field)) fields.push({ field, before, after });
      }
      return fields.length === 0 ? [] : [{ ...base, action: 'update', fields }];
    });
  }

  async #ofProtections(
    owner: string,
    said: readonly SaidOfProtection[],
  ): Promise<readonly ConfigurationChangeObject[]> {
    const { protections } = this.#deps;
    const stored = await protections.ofPeople([owner]);
    const now = new Map(stored.map((protection) => [keyOfProtection(protection), protection]));
    const changes: ConfigurationChangeObject[] = [];
    for (const one of said) {
      const found: ProtectionObject | undefined = now.get(keyOfProtection({ owner, ...one }));
      // It ended by itself, as the text said.
      if (!found && (await protections.isPast({ owner, ...one }))) continue;
      const fields = (['reason', 'until'] as const).flatMap((field) => {
        const after = found ? (found[field] ?? '') : null;
        return one[field] === after ? [] : [{ field, before: one[field], after }];
      });
      if (fields.length === 0) continue;
      const name = nameOfProtection({ owner, ...one });
      changes.push({ kind: 'protection', name, action: found ? 'update' : 'delete', fields });
    }
    return changes;
  }

  #saidOf(
    record: SyncerRecord,
    isNamed: (key: string) => boolean,
    marks: Readonly<Record<string, string>>,
  ): SaidOfSyncer {
    const { syncers, registry } = this.#deps;
    const settings = [...settingsIn(syncers.fields, registry, record)].filter(([key]) => isNamed(key));
    const named = Object.entries(marks).filter(([field]) => isNamed(partOf(field).root));
    return {
      id: record.id,
      name: record.name,
      settings: Object.fromEntries(settings),
      marks: Object.fromEntries(named),
    };
  }
}

/** A part that a later version brought was said by nobody. */
function isSame(before: unknown, after: unknown): boolean {
  if (!isObject(before) || !isObject(after)) return isDeepStrictEqual(before, JSON.parse(JSON.stringify(after)));
  return Object.entries(before).every(([key, value]) => isSame(value, after[key] ?? null));
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

import { isDeepStrictEqual } from 'node:util';
import { yieldToEventLoop } from '../../http-client/event-loop.ts';
import { text, type Text } from '../../syncer/text.ts';
import { asValue, type Actor, type AuditLog } from '../audit/audit-log.ts';
import type { AuditedDecisions } from '../decisions/audited-decisions.ts';
import type { CheckedProtection, ProtectionObject, ProtectionService } from '../decisions/protections.ts';
import { Refusal } from '../refusal.ts';
import type { ScheduleService } from '../runs/schedule-service.ts';
import type { SyncerRemoval } from '../syncer-removal.ts';
import type { SyncerRecord } from '../syncers/syncer-record.ts';
import {
  keyOfProtection,
  nameOfProtection,
  readConfiguration,
  TWICE,
  type ConfigurationText,
  type ProtectionEntry,
} from './configuration-text.ts';
import type { AppliedStore, SaidOfProtection } from './applied-text.ts';
import { changesShown, type ConfigurationChange } from './configuration-change.ts';
import { ConfigurationDrifts, type DriftObject } from './configuration-drift.ts';
import { configurationYaml } from './configuration-yaml.ts';
import { refusedAt } from './place.ts';
import { ReferenceNames } from './secret-reference.ts';
import {
  located,
  SyncerDifferences,
  type ReferenceReader,
  type SettingChange,
  type SyncerDifference,
  type SyncerDifferencesDeps,
} from './syncer-difference.ts';
import { settingsIn, withSecrets } from './syncer-values.ts';

export interface ConfigurationOptions {
  /** What the text does not name is deleted, in the organizations and of the lists that it names. */
  readonly prune?: boolean;
  /** Absent: a reference is refused. */
  readonly read?: ReferenceReader;
}

export interface ApplyOptions extends ConfigurationOptions {
  readonly actor: Actor;
  /** What somebody looked at; where it is something else by now, nothing is done. */
  readonly reviewed?: readonly unknown[];
}

export interface ConfigurationServiceDeps extends SyncerDifferencesDeps {
  readonly protections: ProtectionService;
  readonly schedule: ScheduleService;
  readonly removal: SyncerRemoval;
  readonly applied: AppliedStore;
  readonly audit: AuditLog;
  readonly decisions: AuditedDecisions;
  /** All that is written within is stored, or nothing. */
  readonly transaction: <T>(work: () => Promise<T>) => Promise<T>;
}

interface Plan {
  readonly changes: readonly ConfigurationChange[];
  /** Syncers as they are to be, by `ORG/NAME`; of one that is not there, with that in place of an id. */
  readonly coming: ReadonlyMap<string, SyncerRecord>;
  readonly saved: readonly SyncerDifference[];
  readonly deleted: readonly SyncerRecord[];
  /** All that the text names, changed or not. */
  readonly named: readonly (SaidOfProtection & { readonly owner: string })[];
  readonly protected: readonly CheckedProtection[];
  /** With whose history each is part of, as long as its syncer is there to tell. */
  readonly unprotected: readonly { readonly object: ProtectionObject; readonly subject: string }[];
}

interface Applied {
  readonly plan: Plan;
  readonly saved: readonly SyncerRecord[];
  readonly made: readonly ProtectionObject[];
}

/** Syncers and protections as a text that can be reviewed, moved and restored. */
export class ConfigurationService {
  readonly #deps: ConfigurationServiceDeps;
  readonly #differences: SyncerDifferences;
  readonly #drifts: ConfigurationDrifts;

  constructor(deps: ConfigurationServiceDeps) {
    this.#deps = deps;
    this.#differences = new SyncerDifferences(deps);
    this.#drifts = new ConfigurationDrifts(deps);
  }

  /**
   * @param organization undefined: all
   * @param secrets `***`, or references to variables of the environment
   */
  async export(organization: string | undefined, secrets: 'masked' | 'references'): Promise<string> {
    const { syncers, registry, protections } = this.#deps;
    const records = await syncers.list(organization);
    // One environment may hold the secrets of all organizations.
    const named = secrets === 'references' && organization !== undefined ? await syncers.list(undefined) : records;
    const names = new ReferenceNames(named);
    const rows = records.map((record) => {
      const keys = [...settingsIn(syncers.fields, registry, record)].map(([key, value]) => {
        const shown =
          secrets === 'masked' ? value : withSecrets(key, value, record, (secret) => names.of(record, secret));
        return [key, shown] as const;
      });
      return new Map<string, unknown>([['name', `${record.organization}/${record.name}`], ...keys]);
    });
    return configurationYaml(rows, await protections.ofPeople(organization === undefined ? undefined : [organization]));
  }

  /** @throws Refusal that says where, and what to change */
  read(source: string): Promise<ConfigurationText> {
    return readConfiguration(source);
  }

  /** What stands otherwise than the text says. */
  async compare(
    wanted: ConfigurationText,
    options: ConfigurationOptions = {},
  ): Promise<readonly ConfigurationChange[]> {
    return (await this.#plan(wanted, options)).changes;
  }

  /**
   * What was changed by hand since a text was applied, of what that text named.
   *
   * @param organization undefined: each in which a text was applied
   */
  drift(organization?: string): Promise<readonly DriftObject[]> {
    return this.#drifts.of(organization);
  }

  /**
   * Makes it so, all of it or nothing; never waits for a sync. Each syncer and protection that was changed is written down.
   *
   * @returns what was changed
   * @throws Refusal that says where, and what to change; StaleRecordError when somebody saved one of the syncers since
   *   this call looked at it. Nothing was stored
   */
  async apply(wanted: ConfigurationText, options: ApplyOptions): Promise<readonly ConfigurationChange[]> {
    const { actor } = options;
    const [organization = ''] = wanted.organizations;
    const { plan, saved, made } = await this.#deps.audit.during(
      actor,
      { action: 'apply-config', organization, target: organization },
      () => this.#applied(wanted, options),
      ({ plan: { changes } }) => ({ outcome: changes.length === 0 ? 'unchanged' : 'ok' }),
    );
    await this.#note(plan, made, actor);
    for await (const record of inTurns(saved)) await this.#deps.schedule.saved(record);
    return plan.changes;
  }

  async #applied(wanted: ConfigurationText, { actor, reviewed, ...options }: ApplyOptions): Promise<Applied> {
    const plan = await this.#plan(wanted, options);
    if (reviewed && !isDeepStrictEqual(reviewed, asJson(changesShown(plan.changes)))) throw ANOTHER;
    const { transaction, removal } = this.#deps;
    return removal.stopped(plan.deleted, () => transaction(() => this.#write(wanted, plan, actor.by)));
  }

  async #write(wanted: ConfigurationText, plan: Plan, by: string): Promise<Applied> {
    const { syncers, removal, protections } = this.#deps;
    for await (const { object } of inTurns(plan.unprotected)) await protections.remove(object.id);
    for await (const record of inTurns(plan.deleted)) await removal.forget(record);
    const ids = new Map<string, string>();
    const records = new Map(plan.coming);
    const saved: SyncerRecord[] = [];
    for await (const { stored, coming, merged } of inTurns(plan.saved)) {
      const { record } = await syncers.store(merged, stored);
      ids.set(coming.id, record.id);
      records.set(`${record.organization}/${record.name}`, record);
      saved.push(record);
    }
    const made: ProtectionObject[] = [];
    for await (const { draft, syncer } of inTurns(plan.protected)) {
      const syncerId = ids.get(draft.syncerId) ?? draft.syncerId;
      made.push(await protections.stored({ draft: { ...draft, syncerId }, syncer }, by));
    }
    await this.#drifts.remember(wanted, records, plan.named, by);
    return { plan, saved, made };
  }

  /** With before and after; what is said of people is part of their history, whichever way it was said. */
  async #note(plan: Plan, made: readonly ProtectionObject[], actor: Actor): Promise<void> {
    const { audit, decisions } = this.#deps;
    for await (const { kind, organization, name: target, fields } of inTurns(plan.changes)) {
      if (kind === 'protection') continue;
      const changes = fields.map(({ field, before, after }) => ({
        field,
        before: asValue(before),
        after: asValue(after),
      }));
      await audit.record(actor, { action: 'apply-config', organization, target, outcome: 'ok', changes });
    }
    for await (const { object, subject } of inTurns(plan.unprotected))
      await decisions.noteUnprotected(object, subject, actor);
    for await (const protection of inTurns(made)) await decisions.noteProtected(protection, actor);
  }

  async #plan(wanted: ConfigurationText, { prune = false, read }: ConfigurationOptions): Promise<Plan> {
    const { syncers } = this.#deps;
    const stored = new Map<string, SyncerRecord>();
    for (const organization of wanted.organizations) {
      for (const record of await syncers.list(organization)) stored.set(`${organization}/${record.name}`, record);
    }
    const saved: SyncerDifference[] = [];
    const coming = new Map(stored);
    const changes: ConfigurationChange[] = [];
    for await (const entry of inTurns(wanted.syncers ?? [])) {
      const name = `${entry.organization}/${entry.name}`;
      const difference = await this.#differences.of(entry, stored.get(name), read);
      coming.set(name, difference.coming);
      if (difference.stored && difference.fields.length === 0) continue;
      saved.push(difference);
      changes.push({
        organization: entry.organization,
        kind: 'syncer',
        name,
        action: difference.stored ? 'update' : 'add',
        fields: difference.fields,
      });
    }
    const named = new Set(wanted.syncers?.map(({ organization, name }) => `${organization}/${name}`));
    const deleted: SyncerRecord[] = [];
    for (const [name, record] of prune && wanted.syncers ? stored : []) {
      if (named.has(name)) continue;
      deleted.push(record);
      coming.delete(name);
      changes.push({
        organization: record.organization,
        kind: 'syncer',
        name,
        action: 'delete',
        fields: this.#differences.whole(record),
      });
    }
    const gone = new Set(deleted.map(({ organization, name }) => `${organization}/${name}`));
    return { saved, deleted, coming, ...(await this.#protections(wanted, { prune, coming, gone }, changes)) };
  }

  async #protections(
    { protections: entries, organizations }: ConfigurationText,
    { prune, coming, gone }: Coming,
    others: readonly ConfigurationChange[],
  ): Promise<Pick<Plan, 'changes' | 'named' | 'protected' | 'unprotected'>> {
    const { protections } = this.#deps;
    const changes = [...others];
    const named: Plan['named'][number][] = [];
    const checked: CheckedProtection[] = [];
    const stored = await protections.ofPeople(organizations);
    const planned = new Set<string>();
    const left = new Map(stored.map((protection) => [keyOfProtection(protection), protection]));
    for await (const entry of inTurns(entries ?? [])) {
      if (gone.has(entry.syncer)) throw refusedAt(entry.at, goes(entry.syncer));
      let before = left.get(keyOfProtection(entry));
      if (before && fieldsOf(before, entry).length === 0) {
        const key = keyOfProtection(before);
        planned.add(key);
        left.delete(key);
        named.push(saidOf(entry, before));
        continue;
      }
      const { until = before?.until ?? '', reason = before?.reason ?? '' } = entry;
      const found = await located(entry.at, () => protections.checked({ ...entry, reason, until }, coming));
      // The same account may be spelt in another way.
      const key = keyOfProtection({ ...entry, value: found.draft.value });
      if (planned.has(key)) throw refusedAt(entry.at, TWICE);
      planned.add(key);
      before ??= left.get(key);
      left.delete(key);
      const wish = { ...entry, value: found.draft.value };
      named.push(saidOf(wish, before));
      const fields = fieldsOf(before, wish);
      if (fields.length === 0) continue;
      checked.push(found);
      changes.push({
        organization: entry.owner,
        kind: 'protection',
        name: nameOfProtection(wish),
        action: before ? 'update' : 'add',
        fields,
      });
    }
    // Those of a syncer that goes, go with it.
    const ending = [...left.values()].filter(({ syncer }) => (prune && entries) || gone.has(syncer));
    const unprotected: Plan['unprotected'][number][] = [];
    for await (const one of inTurns(ending)) {
      unprotected.push({ object: one, subject: await protections.subjectOf(one) });
      changes.push({
        organization: one.owner,
        kind: 'protection',
        name: nameOfProtection(one),
        action: 'delete',
        fields: fieldsOf(one, undefined),
      });
    }
    return { changes, named, protected: checked, unprotected };
  }
}

/** SQLite answers at once: without a turn of the event loop between two entries, nobody else had one for as long as a text is. */
async function* inTurns<T>(entries: readonly T[]): AsyncGenerator<T, void, undefined> {
  for (const entry of entries) {
    await yieldToEventLoop();
    yield entry;
  }
}

interface Coming {
  readonly prune: boolean;
  /** Syncers as they are to be, by `ORG/NAME`. */
  readonly coming: ReadonlyMap<string, SyncerRecord>;
  readonly gone: ReadonlySet<string>;
}

/** As it stands from now on. */
const saidOf = (
  { owner, kind, value, syncer, reason, until }: ProtectionEntry,
  before: ProtectionObject | undefined,
): Plan['named'][number] => ({
  owner,
  kind,
  value,
  syncer,
  reason: reason ?? before?.reason ?? '',
  until: until ?? before?.until ?? '',
});

function fieldsOf(before: ProtectionObject | undefined, after: ProtectionEntry | undefined): SettingChange[] {
  return (['kind', 'value', 'syncer', 'reason', 'until'] as const).flatMap((field) => {
    const was = before ? (before[field] ?? '') : null;
    const is = after ? (after[field] ?? was ?? '') : null;
    return was === is ? [] : [{ field, before: was, after: is }];
  });
}

const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

const goes = (syncer: string): Text =>
  text(`The syncer "${syncer}" is to be deleted: leave this out, too.`, `同步器“${syncer}”将被删除：请同时删除此项。`);

const ANOTHER = new Refusal(
  text(
    'Something was changed since you compared: look at the difference again. Nothing was stored.',
    '比较之后已有更改：请重新查看差异。未保存任何内容。',
  ),
);

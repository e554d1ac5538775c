import { CHANGE_KINDS, type ChangeKind } from '../identity/change.ts';
import type { Run } from '../engine/run.ts';
import { NotFoundError } from '../syncer/errors.ts';
import { present } from '../syncer/present.ts';
import { text, type Text } from '../syncer/text.ts';
import type { ServiceParts } from './assemble-service.ts';
import { ServiceConfiguration } from './configuration/service-configuration.ts';
import { requiredWord, wordIn } from './decisions/decision-input.ts';
import { actorOf, ServiceDecisions, type DecisionOptions } from './decisions/service-decisions.ts';
import { pageIn, type PageOptions, type Rows } from './pages.ts';
import { Refusal } from './refusal.ts';
import {
  changeObject,
  memberObject,
  reportObject,
  runObject,
  syncerObject,
  type ChangeObject,
  type MemberObject,
  type ReportObject,
  type RunObject,
  type SyncerObject,
} from './service-object.ts';
import { commentAlone, commentIn, selectionIn, type ChangeSelection } from './runs/change-selection.ts';
import { organizationIn } from './syncers/syncer-body.ts';
import { readFlag, readObject, wrongField } from './syncers/field-readers.ts';
import type { SyncerRecord } from './syncers/syncer-record.ts';

/** A syncer as a person fills it in: absent keys keep what is stored, or what a new one begins with. */
export type SyncerInput = Readonly<Record<string, unknown>>;

export interface ChangeOptions extends PageOptions {
  readonly kind?: ChangeKind;
  /** One member's, without case. */
  readonly userid?: string;
}

/** How a run begins. */
export interface BeginOptions extends DecisionOptions {
  /** Plan it, and change nothing. */
  readonly dryRun?: boolean;
}

export interface ApplyOptions extends DecisionOptions {
  /** Why, for whoever reads of it later. */
  readonly comment?: string;
}

/** What is taken back of a run; without a list all of it. */
export interface UndoOptions extends ChangeSelection, BeginOptions {}

/** A run that was begun. */
export interface BegunRunObject {
  /** As it stands at this moment. */
  readonly run: RunObject;
  /** The run as it ended; never rejects because it failed. */
  readonly ended: Promise<RunObject>;
}

/** Stored syncers, by `ORG/NAME`. */
export class ServiceSyncers {
  readonly #parts: ServiceParts;

  /** @internal */
  constructor(parts: ServiceParts) {
    this.#parts = parts;
  }

  /** By organization and name. */
  async list(organization?: string): Promise<readonly SyncerObject[]> {
    const wanted = organization === undefined ? undefined : wordIn({ organization }, 'organization');
    return Promise.all((await this.#parts.syncers.list(wanted)).map((record) => this.#shown(record)));
  }

  async get(id: string): Promise<SyncerObject | undefined> {
    const record = await this.#parts.syncers.byName(requiredWord({ id }, 'id'));
    return record && this.#shown(record);
  }

  /**
   * Never waits for a sync.
   *
   * @throws Refusal or ConfigError that names what to change; nothing was stored
   */
  async add(syncer: SyncerInput, options: DecisionOptions = {}): Promise<SyncerObject> {
    const [body, actor] = [readObject('syncer', syncer), actorOf(options)];
    const { record } = await this.#parts.auditedSyncers.add(body, namedIn(body), actor);
    return this.#stored(record);
  }

  /**
   * Another name renames, another organization moves; `***` keeps a stored secret.
   *
   * @throws Refusal or ConfigError that names what to change; nothing was stored
   * @throws NotFoundError when there is no such syncer
   */
  async update(id: string, syncer: SyncerInput, options: DecisionOptions = {}): Promise<SyncerObject> {
    const [body, actor] = [readObject('syncer', syncer), actorOf(options)];
    const stored = await this.#required(id);
    const named = body['id'];
    if (named !== undefined && named !== null && named !== '' && named !== stored.id) {
      throw new Refusal(text(`"id" is that of another syncer than "${id}".`, `“id”与同步器“${id}”不一致。`));
    }
    const { record } = await this.#parts.auditedSyncers.update(stored, body, actor);
    return this.#stored(record);
  }

  /**
   * Ends what goes on for it and deletes it with its runs; accounts and groups stay as they are.
   *
   * @returns what no syncer holds any more, in a sentence
   * @throws NotFoundError when there is no such syncer
   */
  async delete(id: string, options: DecisionOptions = {}): Promise<Text> {
    const actor = actorOf(options);
    return this.#parts.auditedSyncers.remove(await this.#required(id), { leavings: '', heir: '' }, actor);
  }

  /** Tries a configuration, saved or not; `***` stands for what is stored under its organization and name. */
  async test(syncer: SyncerInput, options: DecisionOptions = {}): Promise<ReportObject> {
    const { auditedSyncers, syncers } = this.#parts;
    const [body, actor] = [readObject('syncer', syncer), actorOf(options)];
    const named = namedIn(body);
    const { organization, name } = named;
    const isNamed = organization !== '' && name !== '';
    const stored = isNamed ? await syncers.find(organization, name, organization) : undefined;
    return reportObject(await auditedSyncers.test(body, stored, named, actor));
  }

  #required(id: string): Promise<SyncerRecord> {
    return this.#parts.syncers.required(requiredWord({ id }, 'id'));
  }

  /** As the schedule left it by now. */
  async #stored(record: SyncerRecord): Promise<SyncerObject> {
    return this.#shown((await this.#parts.syncers.byId(record.id)) ?? record);
  }

  async #shown(record: SyncerRecord): Promise<SyncerObject> {
    const { syncers, runs } = this.#parts;
    const { lastRunId, organization } = record;
    const last = lastRunId === null ? undefined : await runs.find(lastRunId);
    return syncerObject(
      syncers.fields,
      record,
      organization,
      // What it did in another organization is nothing for this one's eyes.
      last?.organization === organization ? runObject(last) : null,
    );
  }
}

/** Runs, begun, looked at and decided. */
export class ServiceRuns {
  readonly #parts: ServiceParts;

  /** @internal */
  constructor(parts: ServiceParts) {
    this.#parts = parts;
  }

  /**
   * Begins a run, also of a syncer that is not enabled, and answers at once.
   *
   * @throws LeaseError when another run of this syncer goes on
   * @throws NotFoundError when there is no such syncer
   */
  async begin(id: string, options: BeginOptions = {}): Promise<BegunRunObject> {
    const [dryRun, actor] = [dryRunIn(options), actorOf(options)];
    const { run, ended } = await this.#parts.auditedSyncers.begin(await this.#syncer(id), { dryRun }, actor);
    return { run: runObject(run), ended: ended.then(runObject) };
  }

  async find(runId: string): Promise<RunObject | undefined> {
    const run = await this.#parts.runs.find(requiredWord({ runId }, 'runId'));
    return run && runObject(run);
  }

  /** Of one syncer, newest first. */
  async list(id: string, options: PageOptions = {}): Promise<Rows<RunObject>> {
    const { page, pageSize } = pageIn(options);
    const { id: syncerId, organization } = await this.#syncer(id);
    const { rows, total } = await this.#parts.stores.runStore.list({ syncerId, organization }, page, pageSize);
    return { rows: rows.map(runObject), total };
  }

  /** What a run did, would do, or could not do, in its order. */
  async changes(runId: string, options: ChangeOptions = {}): Promise<Rows<ChangeObject>> {
    const [{ page, pageSize }, filter] = [pageIn(options), filterIn(options)];
    const { id } = await this.#required(runId);
    const { rows, total } = await this.#parts.stores.runStore.changes(id, filter, page, pageSize);
    return { rows: rows.map(changeObject), total };
  }

  /** Ends a run after the page that it is at, in whichever process it goes on, and waits for its end. */
  async cancel(runId: string, options: DecisionOptions = {}): Promise<RunObject> {
    const actor = actorOf(options);
    return runObject(await this.#parts.decisions.cancel(await this.#required(runId), actor));
  }

  /**
   * Applies what a held run would do, as far as it still stands today, and what is named of it alone. Answers the held
   * run.
   *
   * @throws ConfigError when the run, or something that is named of it, does not wait
   */
  async approve(runId: string, decision?: ChangeSelection, options: DecisionOptions = {}): Promise<RunObject> {
    const [said, actor] = [decisionIn(decision), actorOf(options)];
    return runObject(await this.#parts.decisions.approve(await this.#required(runId), said, actor));
  }

  /**
   * Leaves everything as it is, or what is named; no later run locks out whoever was rejected, while the limit is on.
   * Answers the held run.
   *
   * @throws ConfigError when the run, or something that is named of it, does not wait
   * @throws LeaseError while a run of this syncer goes on
   */
  async reject(runId: string, decision?: ChangeSelection, options: DecisionOptions = {}): Promise<RunObject> {
    const [said, actor] = [decisionIn(decision), actorOf(options)];
    return runObject(await this.#parts.decisions.reject(await this.#required(runId), said, actor));
  }

  /**
   * Applies a preview as it was seen, once: the directory is read again, what is no longer the same is listed and not
   * done, and nothing else is done. Answers the run that did it, as it ended.
   *
   * @throws ConfigError for any other run, and for a preview that was applied before
   * @throws LeaseError while a run of this syncer goes on
   */
  async apply(previewId: string, options: ApplyOptions = {}): Promise<RunObject> {
    const { by, ...said } = readObject('options', options);
    const [comment, actor] = [commentAlone(said), actorOf({ by })];
    return runObject(await this.#parts.decisions.apply(await this.#required(previewId), comment, actor));
  }

  /**
   * Takes back what a run did, or what is named of it, where it still stands as that run left it; whoever would lose
   * access passes the limit. Answers the run that did it, as it ended.
   *
   * @throws ConfigError for a preview, for a run that goes on, and when something named was not applied by it
   * @throws LeaseError while a run of this syncer goes on
   */
  async undo(runId: string, options: UndoOptions = {}): Promise<RunObject> {
    const { dryRun, by, ...decision } = readObject('options', options);
    const [said, actor] = [decisionIn(decision), actorOf({ by })];
    const wish = { ...said, dryRun: dryRunIn({ dryRun }) };
    return runObject(await this.#parts.decisions.undo(await this.#required(runId), wish, actor));
  }

  /** One member, now, with the outcome of each step. */
  async syncMember(id: string, userid: string, options: BeginOptions = {}): Promise<MemberObject> {
    const [dryRun, actor] = [dryRunIn(options), actorOf(options)];
    const asked = { userid: requiredWord({ userid }, 'userid') };
    return memberObject(await this.#parts.auditedSyncers.member(await this.#syncer(id), asked, dryRun, actor));
  }

  #syncer(id: string): Promise<SyncerRecord> {
    return this.#parts.syncers.required(requiredWord({ id }, 'id'));
  }

  async #required(runId: string): Promise<Run> {
    const run = await this.#parts.runs.find(requiredWord({ runId }, 'runId'));
    if (!run) throw new NotFoundError(text('There is no such run.', '没有该同步记录。'));
    return run;
  }
}

/** @throws Refusal for what is neither true nor false */
const dryRunIn = (options: unknown): boolean => {
  const { dryRun } = readObject('options', options);
  return dryRun !== undefined && dryRun !== null && readFlag('dryRun', dryRun);
};

/** @throws Refusal that names the key to change */
const namedIn = (syncer: SyncerInput) => ({ organization: organizationIn(syncer), name: wordIn(syncer, 'name') });

/** @throws Refusal that names the key to change */
function filterIn({ kind, userid }: ChangeOptions): Pick<ChangeOptions, 'kind' | 'userid'> {
  const [word, member] = [wordIn({ kind }, 'kind'), wordIn({ userid }, 'userid')];
  const known = CHANGE_KINDS.find((one) => one === word);
  if (word !== '' && !known) {
    throw wrongField('kind', `must be one of ${CHANGE_KINDS.join(', ')}`, `必须是 ${CHANGE_KINDS.join('、')} 之一`);
  }
  return present({ kind: known, userid: member === '' ? undefined : member });
}

/** @throws Refusal or ConfigError that names the key to change */
const decisionIn = (decision: unknown) => ({ selection: selectionIn(decision), comment: commentIn(decision) });

/** What a host of any kind needs of syncers; it serves nothing by itself. */
export class SyncService {
  readonly syncers: ServiceSyncers;
  readonly runs: ServiceRuns;
  readonly decisions: ServiceDecisions;
  readonly configuration: ServiceConfiguration;
  readonly #parts: ServiceParts;

  /** @internal */
  constructor(parts: ServiceParts) {
    this.#parts = parts;
    this.syncers = new ServiceSyncers(parts);
    this.runs = new ServiceRuns(parts);
    this.decisions = new ServiceDecisions(parts);
    this.configuration = new ServiceConfiguration(parts);
  }

  /** Ends what is abandoned, and begins schedule and retention. */
  start(): Promise<void> {
    return this.#parts.schedule.start();
  }

  /** No new run; those that go on end after their page, and are told. Answers within 30 seconds; again it does nothing. */
  close(): Promise<void> {
    return this.#parts.close();
  }
}

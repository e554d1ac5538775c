import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { MemberRequest } from '../engine/steps/sync-member.ts';
import type { SyncerRecord } from './syncers/syncer-record.ts';
import type { CallbackCall, CallbackReader, DirectoryHint } from '../syncer/callback.ts';
import { CallbackRefusedError, LeaseError, SyncError } from '../syncer/errors.ts';
import type { ServiceLog } from './log.ts';
import type { RunService } from './runs/run-service.ts';
import type { ScheduleService } from './runs/schedule-service.ts';
import type { SyncerService } from './syncers/syncer-service.ts';
import { present } from '../syncer/present.ts';

/** Which messages of directories were heard, in whichever process. */
export interface HeardMessages {
  /**
   * Remembers a message.
   *
   * @param keepMs how long it could be sent again and still be taken for new
   * @returns whether nobody heard it before; of several at once exactly one is told so
   */
  isFirst(syncerId: string, messageId: string, keepMs: number): Promise<boolean>;
  /** @returns how many were too old to be heard again */
  prune(): Promise<number>;
}

export interface CallbackServiceDeps {
  readonly syncers: Pick<SyncerService, 'find' | 'byId' | 'opened' | 'callbacksOf'>;
  readonly runs: Pick<RunService, 'member'>;
  readonly schedule: Pick<ScheduleService, 'hasten'>;
  readonly heard: HeardMessages;
  readonly log: ServiceLog;
  /** How long nothing more has to come before members are synced, in milliseconds. */
  readonly quietMs?: number;
  /** How long to wait while another run of the syncer goes on. */
  readonly retryMs?: number;
}

/** Plain text, as directories want it: no envelope. */
export interface CallbackAnswer {
  readonly status: 200 | 403 | 429;
  readonly text: string;
}

type MemberHint = Pick<MemberRequest, 'userid' | 'formerUserid'>;

/** What one syncer's directory said and nobody acted on yet. */
interface Waiting {
  readonly members: Map<string, MemberHint>;
  readonly since: number;
  tries: number;
  timer: NodeJS.Timeout | undefined;
}

const QUIET_MS = 1_000;
/** Events that never stop must not keep the first one waiting. */
const LONGEST_WAIT = 10;
const RETRY_MS = 15_000;
const MOST_TRIES = 8;
/** More members than this are quicker in a full run, and its guard sees them together. */
export const MOST_MEMBERS = 50;

/** Between two looks for messages that are too old to be remembered. */
const PRUNE_EVERY_MS = 10 * 60_000;

/** Messages from one address per minute that nobody's directory sent. */
const MOST_REFUSED = 60;

const SUCCESS: CallbackAnswer = { status: 200, text: 'success' };
const REFUSED: CallbackAnswer = { status: 403, text: 'refused' };
const TOO_MANY: CallbackAnswer = { status: 429, text: 'too many requests' };

/**
 * Directories' own messages. They may come twice, late, in any order, or never, so each is only a reason to look: the
 * members that they name are synced one by one a moment later, and everything else brings the next full run forward.
 */
export class CallbackService {
  readonly #deps: CallbackServiceDeps;
  readonly #quietMs: number;
  readonly #retryMs: number;
  readonly #refused = new RateLimiterMemory({ points: MOST_REFUSED, duration: 60 });
  readonly #waiting = new Map<string, Waiting>();
  readonly #working = new Map<string, Promise<void>>();
  #isClosed = false;
  #prunedAt = 0;

  constructor(deps: CallbackServiceDeps) {
    this.#deps = deps;
    this.#quietMs = deps.quietMs ?? QUIET_MS;
    this.#retryMs = deps.retryMs ?? RETRY_MS;
  }

  /** The directory tests the address. */
  confirm(organization: string, name: string, call: CallbackCall, address: string): Promise<CallbackAnswer> {
    return this.#answer(organization, name, address, (reader) => ({ status: 200, text: reader.confirm(call) }));
  }

  /** Answers at once; what is to be done is done later. */
  receive(organization: string, name: string, call: CallbackCall, address: string): Promise<CallbackAnswer> {
    return this.#answer(organization, name, address, async (reader, record) => {
      const { id, validMs, hints } = reader.read(call);
      if (!record.isEnabled || this.#isClosed || hints.length === 0) return SUCCESS;
      // A message that was recorded, or that the directory sends again for want of an answer, is no news.
      if (await this.#deps.heard.isFirst(record.id, id, validMs)) {
        this.#note(record, hints);
        this.#pruneHeard(record.id);
      }
      return SUCCESS;
    });
  }

  #pruneHeard(syncerId: string): void {
    if (Date.now() - this.#prunedAt < PRUNE_EVERY_MS) return;
    this.#prunedAt = Date.now();
    this.#begin(syncerId, async () => void (await this.#deps.heard.prune()));
  }

  /** Acts on nothing more; resolves when what is being done has ended. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { timer } of this.#waiting.values()) clearTimeout(timer);
    this.#waiting.clear();
    await Promise.all(this.#working.values());
  }

  /** Whoever is refused learns nothing more: not even whether there is such a syncer. */
  async #answer(
    organization: string,
    name: string,
    address: string,
    work: (reader: CallbackReader, record: SyncerRecord) => CallbackAnswer | Promise<CallbackAnswer>,
  ): Promise<CallbackAnswer> {
    try {
      const record = await this.#deps.syncers.find(organization, name, organization);
      const reader = record && (await this.#open(record));
      if (record && reader) return await work(reader, record);
    } catch (error) {
      if (!(error instanceof SyncError)) throw error;
      const reason = error instanceof CallbackRefusedError ? error.text.en : error.code;
      this.#deps.log.warn({ syncer: `${organization}/${name}`, reason }, 'a callback was refused');
    }
    // Counted only now: whoever sends forgeries through the gateway that the directory's messages come through, or under
    // its address, must not shut those out.
    const { consumedPoints } = await this.#refused.penalty(address);
    return consumedPoints > MOST_REFUSED ? TOO_MANY : REFUSED;
  }

  async #open(record: SyncerRecord): Promise<CallbackReader | undefined> {
    const { syncers } = this.#deps;
    const opened = await syncers.opened(record.id);
    return syncers.callbacksOf(opened.record, opened.config);
  }

  #note(record: SyncerRecord, hints: readonly DirectoryHint[]): void {
    if (this.#isClosed) return;
    const waiting = this.#waiting.get(record.id) ?? {
      members: new Map<string, MemberHint>(),
      since: Date.now(),
      tries: 0,
      timer: undefined,
    };
    let wantsFull = false;
    for (const hint of hints) {
      if (hint.about === 'directory') wantsFull = true;
      else addMember(waiting.members, hint);
    }
    const isFlood = waiting.members.size > MOST_MEMBERS;
    if (wantsFull || isFlood) this.#begin(record.id, () => this.#deps.schedule.hasten(record.id));
    if (isFlood) {
      // A full run shows all of them, and sooner than one by one.
      clearTimeout(waiting.timer);
      this.#waiting.delete(record.id);
      return;
    }
    // The early run may be minutes away: whoever is named is not kept waiting for it.
    if (waiting.members.size === 0) return;
    this.#waiting.set(record.id, waiting);
    const left = waiting.since + LONGEST_WAIT * this.#quietMs - Date.now();
    this.#arm(record.id, waiting, Math.min(this.#quietMs, Math.max(left, 0)));
  }

  #arm(syncerId: string, waiting: Waiting, ms: number): void {
    clearTimeout(waiting.timer);
    waiting.timer = setTimeout(() => {
      this.#waiting.delete(syncerId);
      this.#begin(syncerId, () => this.#syncMembers(syncerId, waiting));
    }, ms);
  }

  /** One thing at a time for each syncer. */
  #begin(syncerId: string, work: () => Promise<void>): void {
    const done = this.#perform(syncerId, work, this.#working.get(syncerId)).finally(() => {
      if (this.#working.get(syncerId) === done) this.#working.delete(syncerId);
    });
    this.#working.set(syncerId, done);
  }

  /** Never throws: nobody waits for it who could do anything about it. */
  async #perform(syncerId: string, work: () => Promise<void>, before: Promise<void> | undefined): Promise<void> {
    try {
      await before;
      await work();
    } catch (error) {
      this.#deps.log.error({ syncerId, err: error }, 'a callback could not be acted on');
    }
  }

  async #syncMembers(syncerId: string, waiting: Waiting): Promise<void> {
    const { members } = waiting;
    for (const [key, hint] of members) {
      // Asked for again each time: it may have been changed, switched off or deleted meanwhile.
      const record = await this.#deps.syncers.byId(syncerId);
      if (!record?.isEnabled || this.#isClosed) return;
      try {
        const { run } = await this.#deps.runs.member(record, { ...hint, automatic: true });
        // One lock-out too many to happen by itself: a person is shown all of them together.
        if (run.state === 'held') await this.#deps.schedule.hasten(syncerId);
      } catch (error) {
        if (!(error instanceof LeaseError)) throw error;
        await this.#waitForLease(syncerId, waiting);
        return;
      }
      members.delete(key);
    }
  }

  /** A run goes on, and may have read these members before they changed. */
  async #waitForLease(syncerId: string, waiting: Waiting): Promise<void> {
    waiting.tries += 1;
    if (waiting.tries > MOST_TRIES) return this.#deps.schedule.hasten(syncerId);
    const newer = this.#waiting.get(syncerId);
    if (newer) {
      for (const [key, hint] of waiting.members) if (!newer.members.has(key)) newer.members.set(key, hint);
      newer.tries = waiting.tries;
      return;
    }
    if (this.#isClosed) return;
    this.#waiting.set(syncerId, waiting);
    this.#arm(syncerId, waiting, this.#retryMs);
  }
}

/** What was said about a changed id is kept, whatever is said about the new one afterwards. */
function addMember(members: Map<string, MemberHint>, hint: Extract<DirectoryHint, { about: 'member' }>): void {
  const key = hint.id.toLowerCase();
  const formerUserid = hint.formerId ?? members.get(key)?.formerUserid;
  members.set(key, present({ userid: hint.id, formerUserid }));
}

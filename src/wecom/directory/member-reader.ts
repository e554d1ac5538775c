import {
  CancelledError,
  IncompleteReadError,
  NotFoundError,
  PermissionError,
  ProtocolError,
  SyncError,
  throwIfAborted,
  UnavailableError,
  type UnreadPart,
} from '../../syncer/errors.ts';
import { present } from '../../syncer/present.ts';
import type { ReadProgress } from '../../syncer/syncer.ts';
import { text } from '../../syncer/text.ts';
import { listIn, MOST_ENTRIES } from '../reading/answer-list.ts';
import type { ByteShare } from '../../http-client/byte-budget.ts';
import { gather } from './pages.ts';
import type { WeComClient } from '../api/client.ts';
import { fetchDepartments, type DepartmentList } from './department-list.ts';
import { MemberDeduplicator } from './member-deduplicator.ts';
import type { HiddenFields } from './hidden-fields.ts';
import { RosterMember, type WeComMember } from '../reading/member.ts';
import { slices } from '../../http-client/event-loop.ts';
import { parallel, type ReadAhead } from './parallel.ts';
import { fetchRoster } from './roster.ts';
import type { DirectoryScope } from './scope.ts';
import { tooManyEntries } from '../reading/advice.ts';
import { fetchMember, fetchTag, fetchVisibility } from './visible-members.ts';

export interface MemberReaderParts {
  readonly client: WeComClient;
  /** Speaks with the Sync-of-Contacts secret. */
  readonly rosterClient?: WeComClient;
  /** Set: members who are visible one by one and by tag are read, too. */
  readonly agentId: string;
  readonly scope: DirectoryScope;
  readonly hiddenFields: HiddenFields;
  /** Calls in flight at the moment. */
  readonly concurrency: () => number;
}

/** The members of one department, counted in the share until they were looked at. */
interface DepartmentAnswer {
  readonly id: number;
  readonly list: readonly unknown[];
  readonly share: ByteShare;
}

type Attempt<T> = { readonly name: string; readonly result: T } | { readonly name: string; readonly error: SyncError };

/** After that many in a row the next one will not answer either. */
const MAX_SILENT = 3;
const OUTSIDE_VISIBLE_RANGE = 60011;
/** Moved while one run reads; more of them are an app that sees departments and not their members. */
const MOST_MISSED = 200;
/** Records that are read while the engine stores a page: as many as some pages have, so that neither waits for the other. */
const MOST_AHEAD = 1500;

/** Whether the rest can be read when this part could not; false: every call would fail alike, so the run ends. */
const isLocal = (error: SyncError): boolean =>
  error instanceof NotFoundError ||
  error instanceof ProtocolError ||
  error instanceof UnavailableError ||
  (error instanceof PermissionError && error.vendorCode === OUTSIDE_VISIBLE_RANGE);

/** Counts what could not be read, and decides when going on makes no sense. */
class Losses {
  readonly parts: UnreadPart[];
  #silent = 0;
  #good = 0;

  constructor(known: readonly UnreadPart[]) {
    this.parts = [...known];
  }

  succeeded(): void {
    this.#silent = 0;
    this.#good += 1;
  }

  /** @throws the error itself when the run has to end */
  failed(name: string, error: SyncError): void {
    if (!isLocal(error)) throw error;
    this.#silent = error instanceof UnavailableError ? this.#silent + 1 : 0;
    if (this.#silent >= MAX_SILENT) throw error;
    this.parts.push({ name, error });
  }

  /** @throws the first error when nothing at all could be read */
  throwIfTotal(): void {
    const [first] = this.parts;
    if (!first || this.#good > 0) return;
    throw first.error instanceof ProtocolError ? placed(first.name, first.error) : first.error;
  }
}

/** Says where: "an answer that is too long" alone tells nobody which department to look at. */
const placed = (name: string, { text: said, remedy, vendorCode }: ProtocolError): ProtocolError =>
  new ProtocolError(text(`${name}: ${said.en}`, `${name}：${said.zh}`), present({ remedy, vendorCode }));

/** One read of everybody whom the credentials may see. */
export class MemberReader {
  readonly #parts: MemberReaderParts;
  #done = 0;
  #total = 0;

  constructor(parts: MemberReaderParts) {
    this.#parts = parts;
  }

  get progress(): ReadProgress {
    return { departmentsDone: this.#done, departmentsTotal: this.#total };
  }

  /**
   * Every member once. Departments come in any order; one that cannot be read is remembered and the rest is read.
   *
   * @throws IncompleteReadError at the end, naming what could not be read
   */
  async *read(list: DepartmentList, signal: AbortSignal): AsyncGenerator<readonly WeComMember[], void, undefined> {
    const { scope, hiddenFields } = this.#parts;
    const selection = scope.select(list);
    const ids = selection.departments.map((department) => department.id);
    const losses = new Losses(selection.unread);
    const deduplicator = new MemberDeduplicator(
      selection.outside,
      (userid) => scope.excludes(userid),
      (member) => hiddenFields.observe(member),
    );
    yield* gather(this.#readAll(ids, deduplicator, losses, signal));
    throwIfAborted(signal);
    losses.throwIfTotal();
    if (losses.parts.length > 0) throw new IncompleteReadError(losses.parts);
  }

  async *#readAll(
    ids: readonly number[],
    deduplicator: MemberDeduplicator,
    losses: Losses,
    signal: AbortSignal,
  ): AsyncGenerator<readonly WeComMember[], void, undefined> {
    const { agentId, scope } = this.#parts;
    yield* this.#readDepartments(ids, deduplicator, losses, signal);
    if (agentId && !scope.isPartial) yield* this.#readSingles(new Set(ids), deduplicator, losses, signal);
    yield deduplicator.rest(losses.parts.length === 0);
    yield* this.#readRoster(new Set(ids), deduplicator, losses, signal);
  }

  async *#readDepartments(
    ids: readonly number[],
    deduplicator: MemberDeduplicator,
    losses: Losses,
    signal: AbortSignal,
  ): AsyncGenerator<readonly WeComMember[], void, undefined> {
    this.#total += ids.length;
    const open = new Set<ByteShare>();
    const answers = this.#each(
      ids,
      (id) => `department ${String(id)}`,
      (id, own) => this.#readDepartment(id, open, own),
      losses,
      signal,
      ({ list }) => list.length,
    );
    try {
      for await (const { id, list, share } of answers) {
        for await (const slice of slices(list)) yield deduplicator.take(slice, id);
        share.clear();
        open.delete(share);
      }
    } finally {
      // Whoever stops reading leaves answers behind that nobody looks at.
      for (const share of open) share.clear();
    }
  }

  async #readDepartment(id: number, open: Set<ByteShare>, signal: AbortSignal): Promise<DepartmentAnswer> {
    const endpoint = 'user/list';
    const { client } = this.#parts;
    const share = client.openShare();
    let list: readonly unknown[] | undefined;
    try {
      const answer = await client.call({ endpoint, query: { department_id: String(id) } }, signal, share);
      throwIfAborted(signal);
      list = listIn(answer, 'userlist', endpoint);
      open.add(share);
      return { id, list, share };
    } finally {
      if (!list) share.clear();
      this.#done += 1;
    }
  }

  /** Members who are visible one by one, or by a tag, appear in no department. */
  async *#readSingles(
    visible: ReadonlySet<number>,
    deduplicator: MemberDeduplicator,
    losses: Losses,
    signal: AbortSignal,
  ): AsyncGenerator<readonly WeComMember[], void, undefined> {
    const { userids, departments } = await this.#findSingles(visible, losses, signal);
    yield* this.#readDepartments(departments, deduplicator, losses, signal);
    const singles = this.#each(
      userids.filter((userid) => !deduplicator.has(userid)),
      (userid) => `member ${userid}`,
      (userid, own) => fetchMember(this.#parts.client, userid, own),
      losses,
      signal,
    );
    for await (const member of singles) {
      const fresh = deduplicator.takeOne(member);
      if (fresh) yield [fresh];
    }
  }

  /** What the visible range of the app and its tags name: members, and departments that the list does not show. */
  async #findSingles(
    visible: ReadonlySet<number>,
    losses: Losses,
    signal: AbortSignal,
  ): Promise<{ readonly userids: readonly string[]; readonly departments: readonly number[] }> {
    const { client, agentId } = this.#parts;
    const userids = new Set<string>();
    const departments = new Set<number>();
    const note = (found: { readonly userids: readonly string[]; readonly departments: readonly number[] }): void => {
      for (const userid of found.userids) userids.add(userid);
      for (const id of found.departments) if (!visible.has(id)) departments.add(id);
      if (userids.size + departments.size > MOST_ENTRIES) throw tooManyEntries('agent/get', 'allow_*', MOST_ENTRIES);
    };
    const tagIds: number[] = [];
    const ranges = this.#each(
      [agentId],
      (id) => `visible range of agent ${id}`,
      (id, own) => fetchVisibility(client, id, own),
      losses,
      signal,
    );
    for await (const range of ranges) {
      note(range);
      tagIds.push(...range.tags);
    }
    const tags = this.#each(
      tagIds,
      (id) => `tag ${String(id)}`,
      (id, own) => fetchTag(client, id, own),
      losses,
      signal,
    );
    for await (const tag of tags) note(tag);
    const branches = this.#each(
      [...departments],
      (id) => `branch of department ${String(id)}`,
      (id, own) => fetchDepartments(client, own, id),
      losses,
      signal,
    );
    for await (const branch of branches) {
      losses.parts.push(...branch.unread);
      note({ userids: [], departments: branch.departments.map(({ id }) => id) });
    }
    return { userids: [...userids], departments: [...departments] };
  }

  /**
   * Whoever is in the company but was not shown has not left: the account is shown as existing, without a profile.
   * Without the roster nobody can tell, so a roster that fails makes the read incomplete.
   */
  async *#readRoster(
    inScope: ReadonlySet<number>,
    deduplicator: MemberDeduplicator,
    losses: Losses,
    signal: AbortSignal,
  ): AsyncGenerator<readonly WeComMember[], void, undefined> {
    const { rosterClient, scope } = this.#parts;
    if (!rosterClient) return;
    try {
      const rest: RosterMember[] = [];
      const missed: string[] = [];
      const isWhole = losses.parts.length === 0;
      for (const { userid, departments } of (await fetchRoster(rosterClient, signal)).values()) {
        if (deduplicator.has(userid) || scope.excludes(userid)) continue;
        if (scope.isPartial && ![...departments].some((id) => inScope.has(id))) continue;
        const isRead = [...departments].some((id) => inScope.has(id));
        if (isWhole && isRead && missed.length < MOST_MISSED) missed.push(userid);
        else rest.push(new RosterMember(userid, true));
      }
      losses.succeeded();
      yield rest;
      yield* this.#readMissed(missed, deduplicator, signal);
    } catch (error) {
      if (!(error instanceof SyncError) || error instanceof CancelledError) throw error;
      losses.parts.push({ name: 'roster', error });
    }
  }

  /** Who is in a department that was read and was not shown was moved there meanwhile. */
  async *#readMissed(
    userids: readonly string[],
    deduplicator: MemberDeduplicator,
    signal: AbortSignal,
  ): AsyncGenerator<readonly WeComMember[], void, undefined> {
    const fetch = async (userid: string, own: AbortSignal): Promise<WeComMember> => {
      try {
        const member = await fetchMember(this.#parts.client, userid, own);
        return deduplicator.takeOne(member) ?? new RosterMember(userid, true);
      } catch (error) {
        if (!(error instanceof SyncError) || error instanceof CancelledError) throw error;
        return new RosterMember(userid, true);
      }
    };
    for await (const member of parallel(userids, this.#parts.concurrency, fetch, signal)) yield [member];
  }

  async *#each<TInput, TResult>(
    inputs: readonly TInput[],
    nameOf: (input: TInput) => string,
    fetch: (input: TInput, signal: AbortSignal) => Promise<TResult>,
    losses: Losses,
    signal: AbortSignal,
    recordsIn: (result: TResult) => number = () => 1,
  ): AsyncGenerator<TResult, void, undefined> {
    const attempt = async (input: TInput, own: AbortSignal): Promise<Attempt<TResult>> => {
      const name = nameOf(input);
      try {
        return { name, result: await fetch(input, own) };
      } catch (error) {
        if (error instanceof SyncError) return { name, error };
        throw error;
      }
    };
    const ahead: ReadAhead<Attempt<TResult>> = {
      sizeOf: (outcome) => 1 + ('error' in outcome ? 0 : recordsIn(outcome.result)),
      most: MOST_AHEAD,
    };
    for await (const outcome of parallel(inputs, this.#parts.concurrency, attempt, signal, ahead)) {
      throwIfAborted(signal);
      if ('error' in outcome) {
        losses.failed(outcome.name, outcome.error);
      } else {
        losses.succeeded();
        yield outcome.result;
      }
    }
  }
}

import { IncompleteReadError, SyncError, throwIfAborted } from '../../../syncer/errors.ts';
import { externalId, keyOf, type ExternalId, type ExternalKey } from '../../../syncer/external-id.ts';
import type { UserProfile } from '../../../syncer/profile.ts';
import { isExclusionReader, isMemberLookup, type ExclusionReader } from '../../../syncer/syncer.ts';
import { text, type Text } from '../../../syncer/text.ts';
import { askAboutAll, leftAlone, type Answer } from '../ask-directory.ts';
import { GONE, idOf, losesAccess, type LockOut, type LockOutPlan } from '../../plan/lock-outs/lock-out.ts';
import type { RunContext } from '../run-context.ts';
import { warnUnread } from '../groups/sync-groups.ts';
import type { UserPages } from '../users/user-pages.ts';

/**
 * Everybody who was held and not shown. That alone proves nothing: who is moved to another department while a run reads
 * is in none of its answers. So the directory is asked for each of them before anything is taken.
 */
export class NotShown {
  readonly #context: RunContext;
  readonly #users: UserPages;
  readonly #lockOuts = new Map<ExternalKey, LockOut>();
  readonly #asked = new Set<ExternalKey>();
  readonly #spared: string[] = [];
  readonly #unknown = new Set<ExternalKey>();
  #isWhole = true;
  #failedWrites = 0;

  private constructor(context: RunContext, users: UserPages, keys: Iterable<ExternalKey>) {
    this.#context = context;
    this.#users = users;
    const reason = isMemberLookup(context.syncer) ? NOT_ASKED : GONE;
    for (const key of keys) this.#lockOuts.set(key, { key, cause: 'gone', reason });
  }

  /** Nobody when a part could not be read, for then absence proves nothing. */
  static async find(context: RunContext, users: UserPages): Promise<NotShown> {
    const keys: ExternalKey[] = [];
    // The usual case costs one count: everybody who is held was shown.
    const { complete, linkedSeen, moved, seen } = users;
    if (complete && (await context.store.countLinks(context.scope)) !== linkedSeen) {
      for await (const held of context.store.heldKeys(context.scope)) {
        throwIfAborted(context.signal);
        for (const key of held) if (!seen.has(key) && !moved.has(key)) keys.push(key);
      }
    }
    return new NotShown(context, users, keys);
  }

  get lockOuts(): readonly LockOut[] {
    return [...this.#lockOuts.values()];
  }

  /** False: it could not be read whom the settings leave out. */
  get complete(): boolean {
    return this.#isWhole;
  }

  /** How many could not be asked about. */
  get failedWrites(): number {
    return this.#failedWrites;
  }

  /** Lock-outs (`kind:key`) of those who were asked about and are there, out of sight. */
  get spared(): readonly string[] {
    return this.#spared;
  }

  /** Whether nobody can tell if this member is there. */
  isUnknown(key: ExternalKey): boolean {
    return this.#unknown.has(key);
  }

  /** Those of the plans that are about somebody who is to be asked about still: of whom it is time, or nobody knows yet. */
  unasked(plans: readonly LockOutPlan[]): readonly LockOutPlan[] {
    const { grace } = this.#context;
    return this.#open(plans).filter(({ key, isWaiting }) => isWaiting !== true || !grace.wasMissed(key));
  }

  #open(plans: readonly LockOutPlan[]): readonly LockOutPlan[] {
    if (!isMemberLookup(this.#context.syncer)) return [];
    return plans.filter(({ key }) => this.#lockOuts.has(key) && !this.#asked.has(key));
  }

  /**
   * Takes out whom the settings leave out and leave alone, without a question for each of them: a scope that was
   * narrowed leaves out a company.
   */
  async leaveExcluded(plans: readonly LockOutPlan[]): Promise<void> {
    const { syncer, settings } = this.#context;
    if (settings.excluded !== 'leave' || !isExclusionReader(syncer)) return;
    const excluded: ExcludedHolder[] = [];
    try {
      // Also of those who are given time: a person's word that they stay ends that.
      for await (const one of this.#excludedOf(this.#open(plans), syncer)) excluded.push(one);
    } catch (error) {
      if (!(error instanceof IncompleteReadError)) throw error;
      this.#isWhole = false;
      warnUnread(error, this.#context);
      this.#lockOuts.clear();
      return;
    }
    for (const { key } of excluded) this.#lockOuts.delete(key);
    await this.#keep(excluded.map(({ id }) => leftAlone(id, excludedReason(this.#context))));
  }

  /**
   * Says which setting leaves out those of them who count as leavers for it: whoever is to decide about a company reads
   * why each of them waits, although nobody was asked yet.
   */
  async explainExcluded(plans: readonly LockOutPlan[]): Promise<void> {
    const { syncer, settings } = this.#context;
    if (settings.excluded !== 'leaver' || !isExclusionReader(syncer)) return;
    try {
      for await (const { key, detail } of this.#excludedOf(this.#open(plans), syncer)) {
        this.#lockOuts.set(key, { key, cause: 'gone', reason: excludedByScope(detail) });
      }
    } catch (error) {
      // They wait all the same, and are asked about before access is taken: only the reason is less precise.
      if (!(error instanceof IncompleteReadError)) throw error;
    }
  }

  /** Each once, and by the first setting that leaves him out; nothing more is read when all are found. */
  async *#excludedOf(plans: readonly LockOutPlan[], syncer: ExclusionReader): AsyncGenerator<ExcludedHolder> {
    // Found by the id that the link has, which is whom the directory would be asked about, and held under its key.
    const due = new Map<ExternalKey, readonly LockOutPlan[]>();
    for (const plan of plans) {
      const member = keyOf(externalId(plan.userid));
      due.set(member, [...(due.get(member) ?? []), plan]);
    }
    if (due.size === 0) return;
    for await (const { ids, detail } of syncer.fetchExcluded(this.#context.signal)) {
      for (const member of ids.map(keyOf)) {
        for (const { key, userid } of due.get(member) ?? []) yield { key, id: externalId(userid), detail };
        due.delete(member);
      }
      if (due.size === 0) return;
    }
  }

  /** Asks about them: who is there is treated as shown, and of whom nobody can tell, nothing is taken. */
  async ask(plans: readonly LockOutPlan[]): Promise<void> {
    const { syncer, signal, recorder } = this.#context;
    if (!isMemberLookup(syncer)) return;
    const ids = new Set(plans.map(({ userid }) => externalId(userid)));
    const due = new Map(plans.flatMap((plan) => (losesAccess(plan) ? [[plan.key, idOf(plan)] as const] : [])));
    const answers = await askAboutAll([...ids], syncer, signal);
    const kept: UserProfile[] = [];
    // By the key under which each is held: a link whose key and id were parted by hand is still one that was asked about.
    for (const { key, userid } of plans) {
      const id = externalId(userid);
      const answer = answers.get(id);
      if (!answer) continue;
      this.#asked.add(key);
      if (answer instanceof SyncError) this.#unknown.add(key);
      const profile = this.#judge(key, id, answer);
      if (!profile) continue;
      this.#lockOuts.delete(key);
      kept.push(profile);
      if (answer instanceof SyncError) continue;
      if (answer.says === 'inScope') recorder.count('members');
      const lockOut = due.get(key);
      if (answer.says === 'outOfSight' && lockOut !== undefined) this.#spared.push(lockOut);
    }
    await this.#keep(kept);
  }

  /** Undefined: the lock-out stands. */
  #judge(key: ExternalKey, id: ExternalId, answer: Answer | SyncError): UserProfile | undefined {
    const { recorder, settings } = this.#context;
    if (answer instanceof SyncError) {
      this.#failedWrites += 1;
      const reason = text(
        `Not shown, and the directory could not be asked about this member; the account stays as it is. ${answer.text.en}`,
        `成员未出现在读取结果中，且无法单独查询；账号保持不变。${answer.text.zh}`,
      );
      recorder.warn('member-unread', reason, id);
      return leftAlone(id, reason);
    }
    switch (answer.says) {
      case 'gone':
        this.#lockOuts.set(key, { key, cause: 'gone', reason: GONE });
        return undefined;
      case 'excluded':
        if (settings.excluded === 'leave') return leftAlone(id, excludedReason(this.#context));
        this.#lockOuts.set(key, { key, cause: 'gone', reason: excludedByScope(answer.detail) });
        return undefined;
      case 'inScope':
      case 'outOfSight':
        return answer.profile;
    }
  }

  async #keep(profiles: readonly UserProfile[]): Promise<void> {
    for (const { externalId: id } of profiles) this.#lockOuts.delete(keyOf(id));
    await this.#users.storeAsked(profiles);
  }
}

/** Somebody who was not shown, and whom a setting leaves out. */
interface ExcludedHolder {
  readonly key: ExternalKey;
  readonly id: ExternalId;
  /** Which one. */
  readonly detail: Text;
}

/** Why somebody of the scope of before is left as he is. */
export const excludedReason = ({ scope }: Pick<RunContext, 'scope'>): Text =>
  text(`left alone by scope.excluded of ${scope.source}`, `因 ${scope.source} 的 scope.excluded 设置而保持不变`);

export const excludedByScope = (detail: Text): Text =>
  text(`Excluded by the scope of this syncer. ${detail.en}`, `已被此同步器的同步范围排除。${detail.zh}`);

const NOT_ASKED = text(
  'Not shown by the directory. It is asked about this member before access is taken.',
  '通讯录未返回该成员。锁定之前会先单独查询该成员。',
);

/** Leavers whose accounts stay by policy: nothing in the list of changes would tell of them. */
export function warnOfKept(lockOuts: readonly LockOut[], { settings, recorder }: RunContext): void {
  const kept = settings.leavers === 'keep' ? lockOuts.filter(({ cause }) => cause === 'gone').length : 0;
  if (kept === 0) return;
  recorder.warn(
    'leavers-kept',
    text(
      `${kept} members are gone; their accounts are kept, as this syncer is set to.`,
      `${kept} 名成员已离开；按此同步器的设置保留其账号。`,
    ),
  );
}

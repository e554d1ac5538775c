import { valueIn, type Account, type AccountLink, type AccountUpdate, type Decision } from '../../identity/account.ts';
import type { Change, FieldChange, FieldValue } from '../../identity/change.ts';
import { externalId, keyOf, type ExternalKey } from '../../syncer/external-id.ts';
import { PROFILE_FIELDS, type ValueField } from '../../syncer/profile.ts';
import { propertyKey } from '../../syncer/property.ts';
import { text, type Text } from '../../syncer/text.ts';
import { unlinkedDecision } from './users/displaced.ts';
import { ADMIN_CONTACT, ADMIN_KEPT, CONTACT } from './users/existing-account.ts';
import { UNDO_FREEZE_NOTE } from './lock-outs/freeze.ts';
import type { LockOut } from './lock-outs/lock-out.ts';
import { sameGroups } from './groups/memberships.ts';
import type { StandingProtection } from '../../identity/protection.ts';
import { leftAloneBy } from './lock-outs/protections.ts';

/** What a run did to one account, all of its changes together. */
export interface Done {
  readonly key: ExternalKey;
  readonly userid: string;
  /** `ORG/NAME`. */
  readonly user: string;
  readonly isCreated: boolean;
  readonly isLinked: boolean;
  /** By field: as it was before the first change, and as the last one left it. */
  readonly fields: ReadonlyMap<string, Omit<FieldChange, 'field'>>;
}

/** Those of the changes that can be taken back, by account. Groups stay. */
export function doneIn(changes: Iterable<Pick<Change, 'kind' | 'userid' | 'user' | 'fields'>>): readonly Done[] {
  const byAccount = new Map<string, Done & { readonly fields: Map<string, Omit<FieldChange, 'field'>> }>();
  for (const { kind, userid, user, fields } of changes) {
    if (!TAKEN_BACK.has(kind)) continue;
    const key = keyOf(externalId(userid));
    const id = `${key}\n${user}`;
    const before = byAccount.get(id);
    const merged = before?.fields ?? new Map<string, Omit<FieldChange, 'field'>>();
    for (const change of fields) {
      merged.set(change.field, {
        before: merged.has(change.field) ? (merged.get(change.field)?.before ?? null) : change.before,
        after: change.after,
      });
    }
    byAccount.set(id, {
      key,
      userid,
      user,
      isCreated: kind === 'create' || before?.isCreated === true,
      isLinked: kind === 'link' || before?.isLinked === true,
      fields: merged,
    });
  }
  return [...byAccount.values()];
}

const TAKEN_BACK: ReadonlySet<string> = new Set(['create', 'update', 'forbid', 'restore', 'remove', 'link']);

/**
 * Members whom a run gave another account, and took the one before from, as a person had decided. Taken back here, the new
 * one would be locked out, and the one before would stay so, for it is nobody's any more.
 *
 * @param done everything that the run did
 */
export function exchangedIn(done: readonly Done[]): ReadonlySet<ExternalKey> {
  const given = new Set(done.flatMap(({ key, isCreated, isLinked }) => (isCreated || isLinked ? key : [])));
  const accounts = new Map<ExternalKey, number>();
  for (const { key } of done) if (given.has(key)) accounts.set(key, (accounts.get(key) ?? 0) + 1);
  return new Set([...accounts].flatMap(([key, count]) => (count > 1 ? key : [])));
}

/** How an account stands that something was done to. */
export interface Standing {
  /** Undefined: there is none of this name. */
  readonly account: Account | undefined;
  /** Undefined: this syncer does not hold it under this key. */
  readonly link: AccountLink | undefined;
  /** By which rule it is left alone. */
  readonly rule?: StandingProtection | undefined;
  /** A later run changed whether he has access. */
  readonly isDecidedSince?: boolean;
  /** Fields of which another account has by now the value that would return. */
  readonly taken?: ReadonlySet<string>;
}

export interface UndoContext {
  readonly bindingColumn: string;
  /** Memberships (`ORG/<group>`) of groups that are still there. */
  readonly groups: ReadonlySet<string>;
  /** Those of them that are this syncer's. */
  readonly ours: ReadonlySet<string>;
  /** Why, for the list of changes. */
  readonly reason: Text;
  /** Nobody is locked out now. */
  readonly isFrozen: boolean;
}

/** What is to be done about one account. */
export interface UndoPlan {
  /** `update` or `restore`; undefined = nothing returns. */
  readonly change?: Pick<Change, 'kind' | 'fields'>;
  /** What stays as it is, and why. */
  readonly kept?: Pick<Change, 'fields' | 'reason'>;
  readonly update?: AccountUpdate;
  readonly link?: AccountLink;
  readonly removeLink?: ExternalKey;
  /** What a person said when he linked the account counts no more. */
  readonly forgetsDecision?: true;
  /** Of an account that is nobody's from now on. */
  readonly unlinked?: Decision;
  /** Somebody who was locked out is let in again. */
  readonly letsIn?: true;
  /** Somebody who was let in loses access, once it passed the guard. */
  readonly lockOut?: LockOut;
}

/** Values return where they still stand as the run left them; what was changed since stays. */
export function planUndo(done: Done, standing: Standing, context: UndoContext): UndoPlan {
  if (done.isCreated) return planUncreate(done, standing, context);
  const { account, link } = standing;
  if (!account) return done.fields.size === 0 ? {} : keptWhole(done, GONE_SINCE);
  const turn = new Turn(done, { ...standing, account }, context);
  for (const [field, change] of done.fields) turn.take(field, change);
  if (link && turn.unlinks) turn.unlink(link);
  return turn.plan();
}

/** An account that the run made stays, and loses access. */
function planUncreate(done: Done, { account, link }: Standing, { reason }: UndoContext): UndoPlan {
  if (!account || account.isForbidden || account.isDeleted) return {};
  if (!link) return keptWhole(done, NOT_HELD);
  if (account.isAdmin) return keptWhole(done, ADMIN_KEPT.message);
  return { lockOut: { key: done.key, userid: done.userid, cause: 'disabled', reason } };
}

/** Nothing of it is taken back: the question that a person answered is opened again instead. */
export const keptAsDecided = (done: Done): UndoPlan => keptWhole(done, EXCHANGED);

const keptWhole = ({ fields }: Done, reason: Text): UndoPlan => ({
  kept: { fields: [...fields].map(([field, { before, after }]) => ({ field, before: after, after: before })), reason },
});

/** One account, while it is planned what returns. */
class Turn {
  readonly #done: Done;
  readonly #account: Account;
  readonly #link: AccountLink | undefined;
  readonly #rule: StandingProtection | undefined;
  readonly #isDecidedSince: boolean;
  readonly #taken: ReadonlySet<string>;
  readonly #context: UndoContext;
  readonly #returned: FieldChange[] = [];
  readonly #kept: FieldChange[] = [];
  #keptFor: Text = CHANGED_SINCE;
  #values: Partial<Record<ValueField, string>> = {};
  #update: Partial<Omit<AccountUpdate, 'name' | 'values' | 'seen'>> = {};
  #nextLink: AccountLink | undefined;
  #removed: ExternalKey | undefined;
  #unlinked: Decision | undefined;
  #lockOut: LockOut | undefined;

  constructor(
    done: Done,
    { account, link, rule, isDecidedSince = false, taken = new Set() }: Standing & { readonly account: Account },
    context: UndoContext,
  ) {
    this.#isDecidedSince = isDecidedSince;
    this.#taken = taken;
    this.#done = done;
    this.#account = account;
    this.#link = link;
    this.#rule = rule;
    this.#context = context;
  }

  /** Whether the run made the link, and it still is as the run left it: the binding says whose the account was. */
  get unlinks(): boolean {
    const { bindingColumn } = this.#context;
    return this.#done.isLinked && this.#update.binding !== undefined && bindingColumn !== '';
  }

  take(field: string, { before, after }: Omit<FieldChange, 'field'>): void {
    const { bindingColumn } = this.#context;
    const account = this.#account;
    if (same(before, after)) return;
    if (field === 'isForbidden' || field === 'isDeleted') return this.#takeAccess(field, before === true);
    if (field === 'groups') return this.#takeGroups(listOf(before), listOf(after));
    const isBinding = bindingColumn !== '' && field === bindingColumn;
    if (!isBinding && !isValue(field)) return;
    const name = field as ValueField;
    const now = isBinding ? account.binding : valueIn(account, name);
    const value = textOf(before);
    // A column that this database lacks is lived with.
    if (now === undefined || now === value) return;
    if (now !== textOf(after) || !this.#link)
      return this.#keep(field, now, value, this.#link ? CHANGED_SINCE : NOT_HELD);
    if (this.#isOtherHalfChanged(name)) return this.#keep(field, now, value, CHANGED_SINCE);
    if (account.isAdmin && CONTACT.has(name)) return this.#keep(field, now, value, ADMIN_CONTACT.message);
    if (this.#taken.has(field)) return this.#keep(field, now, value, VALUE_TAKEN);
    this.#returned.push({ field, before: now, after: value });
    if (isBinding) this.#update = { ...this.#update, binding: value };
    else this.#values = { ...this.#values, [name]: value };
  }

  /** A number means nothing without its country: where one of the two was changed since, the other stays with it. */
  #isOtherHalfChanged(field: ValueField): boolean {
    const other = NUMBER.includes(field) ? NUMBER.find((half) => half !== field) : undefined;
    const change = other && this.#done.fields.get(other);
    const now = other && valueIn(this.#account, other);
    return change !== undefined && now !== undefined && now !== textOf(change.before) && now !== textOf(change.after);
  }

  /** @param wasOut whether the account had no access by this before the run */
  #takeAccess(field: 'isForbidden' | 'isDeleted', wasOut: boolean): void {
    const account = this.#account;
    const now = account[field];
    if (wasOut) {
      // It was let in: it loses access, whichever of the two kept it out before.
      if (account.isForbidden || account.isDeleted || this.#lockOut) return;
      const { key, userid } = this.#done;
      if (!this.#link) return this.#keep(field, now, true, NOT_HELD);
      // A later run let him in once more: what stands is that run's.
      if (this.#isDecidedSince) return this.#keep(field, now, true, CHANGED_SINCE);
      if (account.isAdmin) return this.#keep(field, now, true, ADMIN_KEPT.message);
      this.#lockOut = { key, userid, cause: 'disabled', reason: this.#context.reason };
      return;
    }
    if (!now) return;
    const by = field === 'isForbidden' ? this.#link?.forbiddenBy : this.#link?.deletedBy;
    if (!this.#link) return this.#keep(field, true, false, NOT_HELD);
    if (by !== 'syncer') return this.#keep(field, true, false, BY_PERSON);
    if (this.#isDecidedSince) return this.#keep(field, true, false, CHANGED_SINCE);
    this.#returned.push({ field, before: true, after: false });
    this.#update = { ...this.#update, [field]: false };
    const link = this.#nextLink ?? this.#link;
    this.#nextLink = { ...link, ...(field === 'isForbidden' ? { forbiddenBy: null } : { deletedBy: null }) };
  }

  #takeGroups(before: readonly string[], after: readonly string[]): void {
    const { groups: existing, ours } = this.#context;
    const now = this.#account.groups;
    const there = before.filter((group) => existing.has(group) || now.includes(group));
    const isGone = there.length < before.length;
    // What came in place of a group that is gone, or is called otherwise by now, stays: else he would be in none.
    const wanted = isGone ? [...new Set([...now, ...there])] : there;
    if (!isGone && sameGroups(wanted, now)) return;
    const link = this.#nextLink ?? this.#link;
    if (!sameGroups(now, after) || !link) return this.#keep('groups', now, before, link ? CHANGED_SINCE : NOT_HELD);
    if (isGone) this.#keep('groups', wanted, before, GROUP_GONE);
    if (sameGroups(wanted, now)) return;
    const takes = now.some((group) => !wanted.includes(group));
    if (takes && this.#rule) return this.#keep('groups', now, wanted, leftAloneBy(this.#rule));
    this.#returned.push({ field: 'groups', before: now, after: wanted });
    this.#update = { ...this.#update, groups: wanted };
    // A membership that stood stays whose it was; one that returns is ours where the group is.
    const isOurs = (group: string): boolean => (now.includes(group) ? link.groups.includes(group) : ours.has(group));
    this.#nextLink = { ...link, groups: wanted.filter(isOurs) };
  }

  /** The account goes back to nobody, or to the userid that the same person had before. */
  unlink(link: AccountLink): void {
    const former = this.#update.binding ?? '';
    // What is not done in a freeze is done when this is taken back again, for which the account is still to be found.
    if (this.#lockOut && (former === '' || this.#context.isFrozen)) return this.#staysLinked();
    if (this.#lockOut) this.#lockOut = { ...this.#lockOut, key: keyOf(externalId(former)) };
    this.#removed = link.key;
    if (former === '') this.#unlinked = unlinkedDecision(link, this.#account);
    this.#nextLink =
      former === ''
        ? undefined
        : { ...(this.#nextLink ?? link), key: keyOf(externalId(former)), externalId: externalId(former) };
  }

  /** Whom that run let in is locked out by his link: without one nobody would ever do so. */
  #staysLinked(): void {
    const { bindingColumn: field } = this.#context;
    const { binding: _kept, ...update } = this.#update;
    this.#update = update;
    const at = this.#returned.findIndex((change) => change.field === field);
    const reason = this.#context.isFrozen ? UNDO_FREEZE_NOTE.message : STAYS_LINKED;
    for (const { before, after } of at < 0 ? [] : this.#returned.splice(at, 1))
      this.#keep(field, before, after, reason);
  }

  plan(): UndoPlan {
    const account = this.#account;
    const update = { name: account.name, values: this.#values, ...this.#update, seen: account };
    const letsIn = update.isForbidden === false || update.isDeleted === false;
    const kind = letsIn ? 'restore' : 'update';
    const isTouched = this.#returned.length > 0;
    return {
      ...(isTouched && { change: { kind, fields: this.#returned }, update }),
      ...(this.#kept.length > 0 && { kept: { fields: this.#kept, reason: this.#keptFor } }),
      ...(isTouched && this.#nextLink && { link: this.#nextLink }),
      ...(this.#removed !== undefined && { removeLink: this.#removed, forgetsDecision: true }),
      ...(this.#unlinked && { unlinked: this.#unlinked }),
      ...(letsIn && { letsIn: true }),
      ...(this.#lockOut && { lockOut: this.#lockOut }),
    };
  }

  #keep(field: string, before: FieldValue, after: FieldValue, reason: Text): void {
    this.#kept.push({ field, before, after });
    // Of several reasons the one that only a person can answer for.
    if (this.#keptFor === CHANGED_SINCE) this.#keptFor = reason;
  }
}

const NUMBER: readonly ValueField[] = ['phone', 'countryCode'];

const isValue = (field: string): boolean =>
  (PROFILE_FIELDS as readonly string[]).includes(field) || propertyKey(field) !== undefined;

const textOf = (value: FieldValue): string => (typeof value === 'string' ? value : '');
const listOf = (value: FieldValue): readonly string[] => (Array.isArray(value) ? (value as readonly string[]) : []);

const same = (one: FieldValue, other: FieldValue): boolean =>
  Array.isArray(one) || Array.isArray(other) ? sameGroups(listOf(one), listOf(other)) : (one ?? '') === (other ?? '');

const CHANGED_SINCE = text(
  'This was changed since that run, so it stays as it is.',
  '该内容在那次同步之后已被更改，因此保持不变。',
);
const BY_PERSON = text(
  'A person took the access away since that run, so it stays so.',
  '该访问权限在那次同步之后已由人工取消，因此保持不变。',
);
const STAYS_LINKED = text(
  'That run let the account in: it is locked out, and stays this member’s until it is unlinked by hand.',
  '那次同步允许了该账号登录：现予锁定，并在人工解除关联之前仍属于该成员。',
);
const NOT_HELD = text(
  'The account belongs to this member no more, so it stays as it is.',
  '该账号已不属于此成员，因此保持不变。',
);
const VALUE_TAKEN = text(
  'Another account has this by now, and people sign in with it: change it there first, or here by hand.',
  '其他账号现已使用该值，且该值可用于登录：请先更改那个账号，或在此手动更改。',
);
const GROUP_GONE = text(
  'A group that the member was in is not there any more, or has another name: what came in its place stays.',
  '该成员原先所在的某个群组已不存在或已改名：取而代之的群组予以保留。',
);
const EXCHANGED = text(
  'A person decided that the member has another account from then on: open that question again instead.',
  '已由人工决定该成员改用另一个账号：请改为重新打开该问题。',
);
const GONE_SINCE = text('The account is not there any more.', '该账号已不存在。');

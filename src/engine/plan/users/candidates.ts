import type { AccountOrigin, Candidate } from '../../../identity/account.ts';
import { keyOf, type ExternalKey } from '../../../syncer/external-id.ts';
import type { ProfileValues, UserProfile } from '../../../syncer/profile.ts';
import { text, type Text } from '../../../syncer/text.ts';
import { comparePerson, e164, emailKey } from './person.ts';
import type { QuestionKind } from '../../question.ts';
import type { LinkRule } from '../../syncer-settings.ts';

/** What a newcomer meets in the organization. */
export type Match =
  /** Nobody: the account can be created. */
  | { readonly found: 'nobody' }
  /** Exactly one account, free to be linked. */
  | { readonly found: 'account'; readonly name: string; readonly by: 'binding' | 'id' | LinkRule }
  /** An account that may be this member's, but has no access: nobody is given it, and the member gets one of his own. */
  | { readonly found: 'withoutAccess'; readonly name: string }
  /** Something that only a person can decide. */
  | Conflict;

interface Conflict {
  readonly found: 'conflict';
  readonly kind: QuestionKind;
  readonly reason: Text;
  readonly candidates: readonly string[];
  /** Why each of them is one, where that is not the same for all. */
  readonly reasons?: ReadonlyMap<string, Text>;
}

/** The part of a candidate that matching looks at; kept small, for an organization may have many. */
interface Entry {
  readonly name: string;
  readonly id: string;
  readonly isAdmin: boolean;
  readonly isBound: boolean;
  readonly hasAccess: boolean;
  readonly origin: AccountOrigin;
  readonly emailVerified: boolean;
  readonly unlinked: boolean;
  /** Only where a rule looks at them. */
  readonly values: ProfileValues;
  /** Held by the very syncer that runs, when the index was read. */
  readonly isOurs: boolean;
  heldBy: string | null;
}

/**
 * The accounts that a newcomer might be, or collide with. Built once per run and only when there is a newcomer: the
 * login column has no index in the IAM's own schema, so one scan beats a query per page.
 */
export class CandidateIndex {
  /** In most databases two accounts may have names that differ in case alone. */
  readonly #byName = new Map<string, Entry[]>();
  readonly #byBinding = new Map<string, Entry[]>();
  readonly #byId = new Map<string, Entry[]>();
  readonly #byEmail = new Map<string, Entry[]>();
  readonly #byPhone = new Map<string, Entry[]>();
  readonly #linkBy: readonly LinkRule[];
  readonly #source: string;

  /** @param source `ORG/NAME` of the syncer that runs */
  constructor(linkBy: readonly LinkRule[], source: string) {
    this.#linkBy = linkBy;
    this.#source = source;
  }

  add({ account, heldBy, isOurs, origin, emailVerified, unlinked }: Candidate): void {
    const { displayName = '', email = '', phone = '', countryCode = '' } = account.values;
    const entry: Entry = {
      name: account.name,
      id: account.id.toLowerCase(),
      isAdmin: account.isAdmin,
      isBound: account.binding !== '',
      hasAccess: !account.isForbidden && !account.isDeleted,
      origin,
      emailVerified,
      unlinked,
      values: this.#linkBy.length === 0 ? {} : { displayName, email, phone, countryCode },
      isOurs,
      heldBy,
    };
    push(this.#byName, account.name.toLowerCase(), entry);
    push(this.#byBinding, account.binding.toLowerCase(), entry);
    push(this.#byId, entry.id, entry);
    if (this.#linkBy.includes('email')) push(this.#byEmail, emailKey(email), entry);
    if (this.#linkBy.includes('phone')) push(this.#byPhone, e164(phone, countryCode) ?? '', entry);
  }

  /** Marks an account as taken by a member of this run. */
  claim(name: string): void {
    const entry = this.#byName.get(name.toLowerCase())?.find((one) => one.name === name);
    if (entry) entry.heldBy = this.#source;
  }

  /**
   * The account that is this member's beyond doubt: the login column names him, or a directory sync of this organization
   * gave it the id. An id by itself proves nothing, for everybody can read it in a token, and whoever may add a member
   * can choose it: an account that has it otherwise is in the way. An administrator's is never found like this.
   *
   * @returns undefined when none is; a conflict when one is in the way
   */
  identify(key: ExternalKey): Exclude<Match, { found: 'nobody' }> | undefined {
    const bound = this.#byBinding.get(key) ?? [];
    const [only] = bound;
    if (bound.length > 1) {
      return conflict('Several accounts carry this login binding.', '有多个账号使用相同的登录绑定。', bound);
    }
    if (only) return refusal(only) ?? { found: 'account', name: only.name, by: 'binding' };
    const [same, ...others] = this.#byId.get(key) ?? [];
    if (!same) return undefined;
    if (others.length > 0) {
      return conflict('Several accounts have this id.', '有多个账号使用相同的 id。', [same, ...others]);
    }
    const refused = refusal(same);
    if (refused) return refused;
    if (same.isBound || same.origin !== 'sync') return conflict(ID_TAKEN.en, ID_TAKEN.zh, [same]);
    return { found: 'account', name: same.name, by: 'id' };
  }

  /**
   * The account of a link, which has another name now: a person renamed it. Its binding tells, or the id that a sync gave
   * it; an administrator's only both.
   *
   * @param formerName what the link calls it
   */
  findRenamed(key: ExternalKey, formerName: string): Exclude<Match, { found: 'withoutAccess' }> {
    const bound = this.#byBinding.get(key) ?? [];
    const ids = new Set([key, formerName.toLowerCase()]);
    const made = [...ids].flatMap((id) => this.#byId.get(id) ?? []);
    // A person may have taken it from this very member, and his id stays on it.
    const unbound = made.filter((entry) => !entry.isBound && entry.origin === 'sync' && !entry.unlinked);
    const [only, ...others] = new Set([...bound, ...unbound]);
    if (!only) return { found: 'nobody' };
    if (others.length > 0) {
      return conflict('Several accounts carry this login binding.', '有多个账号使用相同的登录绑定。', [
        only,
        ...others,
      ]);
    }
    if (only.heldBy !== null) return taken(only);
    if (only.isAdmin && !(bound.includes(only) && ids.has(only.id))) return adminFound(only);
    return { found: 'account', name: only.name, by: bound.length > 0 ? 'binding' : 'id' };
  }

  /** Whether an account has this name, without case; accounts of this syncer that are called by their userid do not count. */
  hasName(name: string): boolean {
    return this.#byName.has(name.toLowerCase());
  }

  /** Whether the account of this name is a member's: not this one's, or he would be no newcomer. */
  isAnothers(name: string): boolean {
    return (this.#byName.get(name.toLowerCase()) ?? []).some(({ heldBy }) => heldBy !== null);
  }

  /** Names of the accounts whose login binding names this member. */
  boundTo(key: ExternalKey): readonly string[] {
    return (this.#byBinding.get(key) ?? []).map(({ name }) => name);
  }

  /** What stands where the newcomer's own account would be made. */
  inTheWay(key: ExternalKey): Conflict | undefined {
    const entries = this.#byName.get(key);
    if (!entries) return undefined;
    const held = entries.find(({ heldBy }) => heldBy !== null);
    return held ? taken(held) : conflict(NAME_TAKEN.en, NAME_TAKEN.zh, entries);
  }

  /**
   * Names of the accounts that this member claims by the rules an administrator chose; those that this very syncer held
   * before are not among them, for their members may change in the same run.
   */
  claimed(profile: UserProfile): readonly string[] {
    return [...this.#claims(profile).keys()].map(({ name }) => name);
  }

  /**
   * Decides for one member, when it is known who else claims what.
   *
   * @param contested names of accounts that somebody else claims as well
   * @param others accounts of this syncer that have one of the values, and members of their own
   * @returns undefined when no rule finds anything
   */
  decide(
    profile: UserProfile,
    contested: ReadonlySet<string>,
    others: readonly string[],
  ): Exclude<Match, { found: 'nobody' }> | undefined {
    const claims = this.#claims(profile);
    const [[entry, rules] = [undefined, undefined]] = claims;
    const candidates = [...[...claims.keys()].map(({ name }) => name), ...others];
    const by = spoken(this.#linkBy);
    if (others.length > 0) {
      const reason = text(
        `The account that matches by ${by.en} is another member’s.`,
        `按${by.zh}匹配到的账号属于其他成员。`,
      );
      return { found: 'conflict', kind: 'several-candidates', reason, candidates, reasons: matchReasons(claims) };
    }
    if (!entry || !rules) return undefined;
    if (claims.size > 1) {
      const reason = text(`Several accounts match by ${by.en}.`, `按${by.zh}匹配到多个账号。`);
      return { found: 'conflict', kind: 'several-candidates', reason, candidates, reasons: matchReasons(claims) };
    }
    const match = contested.has(entry.name)
      ? conflict(CONTESTED.en, CONTESTED.zh, [entry])
      : this.#decideClaim(profile, entry, rules);
    // An account that is found by a value is in nobody's way.
    const isInTheWay = entry.name.toLowerCase() === keyOf(profile.externalId);
    return match.found === 'conflict' && !isInTheWay ? { ...match, kind: 'several-candidates' } : match;
  }

  #decideClaim(profile: UserProfile, entry: Entry, rules: readonly LinkRule[]): Exclude<Match, { found: 'nobody' }> {
    const by = spoken(rules);
    const stops = (en: string, zh: string): Conflict =>
      conflict(`The account that matches by ${by.en} ${en}`, `按${by.zh}匹配到的账号${zh}`, [entry]);
    if (entry.heldBy !== null) return taken(entry);
    if (entry.isAdmin) return stops('is an administrator’s; link it by hand.', '是管理员账号；请手动处理。');
    if (entry.isBound) return stops('is bound to another member.', '已绑定其他成员。');
    if (entry.unlinked) return conflict(UNLINKED.en, UNLINKED.zh, [entry]);
    if (!entry.hasAccess) return { found: 'withoutAccess', name: entry.name };
    if (entry.origin === 'signUp' && !(rules.includes('email') && entry.emailVerified)) {
      return stops(
        'was signed up by its user, and nobody verified the value; link it by hand.',
        '由用户自行注册，且该值未经验证；请手动关联。',
      );
    }
    if (this.#speaksAgainst(profile, entry)) {
      return stops('differs in another value that both have; link it by hand.', '有其他双方已知的值不同；请手动关联。');
    }
    return { found: 'account', name: entry.name, by: rules[0] ?? 'email' };
  }

  /** A rule of the administrator's says no, or a name and one more value do: one that agrees does not outvote them. */
  #speaksAgainst(profile: UserProfile, entry: Entry): boolean {
    const { name, phone, email } = comparePerson(profile.values, entry.values);
    const phoneDiffers = phone === 'different';
    const emailDiffers = email === 'different';
    if (phoneDiffers && this.#linkBy.includes('phone')) return true;
    if (emailDiffers && this.#linkBy.includes('email')) return true;
    return name === 'different' && (phoneDiffers || emailDiffers);
  }

  #claims(profile: UserProfile): ReadonlyMap<Entry, readonly LinkRule[]> {
    const found = new Map<Entry, LinkRule[]>();
    for (const rule of this.#linkBy) {
      for (const entry of this.#entriesBy(rule, profile)) {
        if (!entry.isOurs) found.set(entry, [...(found.get(entry) ?? []), rule]);
      }
    }
    return found;
  }

  #entriesBy(rule: LinkRule, { externalId, values }: UserProfile): readonly Entry[] {
    switch (rule) {
      case 'email':
        return this.#byEmail.get(emailKey(values.email)) ?? [];
      case 'phone':
        return this.#byPhone.get(e164(values.phone, values.countryCode) ?? '') ?? [];
      case 'name':
        return this.#byName.get(keyOf(externalId)) ?? [];
    }
  }
}

const RULE_TITLES: Readonly<Record<LinkRule, Text>> = {
  email: text('e-mail', '邮箱'),
  phone: text('phone', '手机'),
  name: text('user name', '用户名'),
};

const spoken = (rules: readonly LinkRule[]): Text =>
  text(rules.map((rule) => RULE_TITLES[rule].en).join(', '), rules.map((rule) => RULE_TITLES[rule].zh).join('、'));

/** @param value as it is compared; "" is nobody's */
function push(map: Map<string, Entry[]>, value: string, entry: Entry): void {
  if (value === '') return;
  const entries = map.get(value);
  if (entries) entries.push(entry);
  else map.set(value, [entry]);
}

export const NAME_TAKEN = text(
  'A local account has this name; rename it, or allow linking by name.',
  '已有同名的本地账号；请重命名该账号，或允许按名称关联。',
);
export const ID_TAKEN = text(
  'Another account has this id, and no directory sync gave it one: a second account with it is not made. Link the account by hand if it is this member’s.',
  '已有其他账号使用此 id，且并非由目录同步创建：不会创建第二个相同 id 的账号。如该账号属于此成员，请手动关联。',
);
export const UNLINKED = text(
  'A person took the account from its member; no run links it again. Link it by hand.',
  '已有人工解除该账号与成员的关联；同步不会自动重新关联。请手动关联。',
);
export const ADMIN_FOUND = text(
  'The account that matches is an administrator’s; no run gives it to anybody.',
  '匹配到的账号是管理员账号；同步不会将其交给任何成员。',
);
const CONTESTED = text(
  'Several members match the same account; link it by hand.',
  '有多名成员匹配到同一个账号；请手动关联。',
);

/** By what each of the accounts matches. */
const matchReasons = (claims: ReadonlyMap<Entry, readonly LinkRule[]>): ReadonlyMap<string, Text> =>
  new Map(
    [...claims].map(([{ name }, rules]) => {
      const by = spoken(rules);
      return [name, text(`Matches by ${by.en}.`, `按${by.zh}匹配。`)];
    }),
  );

const conflict = (en: string, zh: string, entries: readonly Entry[]): Conflict => ({
  found: 'conflict',
  kind: entries.length > 1 ? 'several-candidates' : 'name-taken',
  reason: text(en, zh),
  candidates: entries.map((entry) => entry.name),
});

const taken = (entry: Entry): Conflict =>
  conflict(`The account is held by ${entry.heldBy}.`, `该账号已由 ${entry.heldBy} 管理。`, [entry]);

const adminFound = (entry: Entry): Conflict => conflict(ADMIN_FOUND.en, ADMIN_FOUND.zh, [entry]);

/** Why an account that is found by binding or id is not this member's all the same. */
function refusal(entry: Entry): Conflict | undefined {
  if (entry.heldBy !== null) return taken(entry);
  if (entry.isAdmin) return adminFound(entry);
  return entry.unlinked ? conflict(UNLINKED.en, UNLINKED.zh, [entry]) : undefined;
}

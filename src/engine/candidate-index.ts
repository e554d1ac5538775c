import type { Candidate } from '../identity/account.ts';
import type { IdentityStore, SyncerScope } from '../identity/identity-store.ts';
import { keyOf, type ExternalKey } from '../syncer/external-id.ts';
import type { UserProfile } from '../syncer/profile.ts';
import { text, type Text } from '../syncer/text.ts';
import type { LinkRule } from './settings.ts';

/** What a newcomer meets in the organization. */
export type Match =
  /** Nobody: the account can be created. */
  | { readonly found: 'nobody' }
  /** Exactly one account, free to be linked. */
  | { readonly found: 'account'; readonly name: string; readonly by: 'binding' | 'id' | LinkRule }
  /** Something that only a person can decide. */
  | { readonly found: 'conflict'; readonly reason: Text; readonly candidates: readonly string[] };

/** The part of a candidate that matching looks at; kept small, for an organization may have many. */
interface Entry {
  readonly name: string;
  readonly isAdmin: boolean;
  readonly isBound: boolean;
  heldBy: string | null;
}

/**
 * The accounts that a newcomer might be, or collide with. Built once per run and only when there is a newcomer: the
 * login column has no index in the IAM's own schema, so one scan beats a query per page.
 */
export class CandidateIndex {
  readonly #byName = new Map<string, Entry>();
  readonly #byBinding = new Map<string, Entry[]>();
  readonly #byId = new Map<string, Entry[]>();
  readonly #byEmail = new Map<string, Entry[]>();
  readonly #byPhone = new Map<string, Entry[]>();
  readonly #linkBy: readonly LinkRule[];

  constructor(linkBy: readonly LinkRule[]) {
    this.#linkBy = linkBy;
  }

  add(candidate: Candidate): void {
    const { account, heldBy } = candidate;
    const entry: Entry = { name: account.name, isAdmin: account.isAdmin, isBound: account.binding !== '', heldBy };
    this.#byName.set(account.name.toLowerCase(), entry);
    push(this.#byBinding, account.binding, entry);
    push(this.#byId, account.id, entry);
    if (this.#linkBy.includes('email')) push(this.#byEmail, account.values.email ?? '', entry);
    if (this.#linkBy.includes('phone')) push(this.#byPhone, account.values.phone ?? '', entry);
  }

  /** Marks an account as taken by a member of this run. */
  claim(name: string, source: string): void {
    const entry = this.#byName.get(name.toLowerCase());
    if (entry) entry.heldBy = source;
    else this.#byName.set(name.toLowerCase(), { name, isAdmin: false, isBound: true, heldBy: source });
  }

  /**
   * Login column first, then id: both say "this account is that member". Only then the rules an administrator chose,
   * and only when they point to one account that is free and no administrator's. Never a guess.
   */
  match(profile: UserProfile, key: ExternalKey = keyOf(profile.externalId)): Match {
    return this.#identityMatch(key) ?? this.#ruleMatch(profile, key) ?? this.#nameTaken(key) ?? { found: 'nobody' };
  }

  /** Only what identifies without doubt: used to find an account that was renamed behind our back. */
  matchIdentity(key: ExternalKey): Match {
    return this.#identityMatch(key) ?? { found: 'nobody' };
  }

  #identityMatch(key: ExternalKey): Match | undefined {
    for (const [by, entries] of [
      ['binding', this.#byBinding.get(key)],
      ['id', this.#byId.get(key)?.filter((entry) => !entry.isBound || this.#byBinding.get(key)?.includes(entry))],
    ] as const) {
      if (!entries || entries.length === 0) continue;
      const [only, ...others] = entries;
      if (!only || others.length > 0) {
        return conflict(
          `Several accounts carry this ${by === 'id' ? 'id' : 'login binding'}.`,
          `有多个账号使用相同的${by === 'id' ? 'id' : '登录绑定'}。`,
          entries,
        );
      }
      if (only.heldBy !== null) return taken(only);
      return { found: 'account', name: only.name, by };
    }
    return undefined;
  }

  #ruleMatch(profile: UserProfile, key: ExternalKey): Match | undefined {
    const found = new Map<Entry, LinkRule>();
    for (const rule of this.#linkBy) {
      for (const entry of this.#entriesBy(rule, profile, key)) if (!found.has(entry)) found.set(entry, rule);
    }
    if (found.size === 0) return undefined;
    const [[only, rule] = [undefined, undefined], ...others] = found;
    if (!only || !rule || others.length > 0) {
      return conflict(
        `Several accounts match by ${this.#linkBy.join(', ')}.`,
        `按 ${this.#linkBy.join('、')} 匹配到多个账号。`,
        [...found.keys()],
      );
    }
    if (only.heldBy !== null) return taken(only);
    if (only.isAdmin) {
      return conflict(
        `The account that matches by ${rule} is an administrator's; link it by hand.`,
        `按 ${rule} 匹配到的账号是管理员账号；请手动关联。`,
        [only],
      );
    }
    if (only.isBound) {
      return conflict(
        `The account that matches by ${rule} is bound to another member.`,
        `按 ${rule} 匹配到的账号已绑定其他成员。`,
        [only],
      );
    }
    return { found: 'account', name: only.name, by: rule };
  }

  #entriesBy(rule: LinkRule, profile: UserProfile, key: ExternalKey): readonly Entry[] {
    switch (rule) {
      case 'email':
        return this.#byEmail.get((profile.values.email ?? '').toLowerCase()) ?? [];
      case 'phone':
        return this.#byPhone.get(profile.values.phone ?? '') ?? [];
      case 'name': {
        const entry = this.#byName.get(key);
        return entry ? [entry] : [];
      }
    }
  }

  #nameTaken(key: ExternalKey): Match | undefined {
    const entry = this.#byName.get(key);
    if (!entry) return undefined;
    if (entry.heldBy !== null) return taken(entry);
    return conflict(
      'A local account has this name; rename it, or allow linking by name.',
      '已有同名的本地账号；请重命名该账号，或允许按名称关联。',
      [entry],
    );
  }
}

/** Reads the index when it is first asked for, and once. */
export function lazyCandidates(
  store: IdentityStore,
  scope: SyncerScope,
  linkBy: readonly LinkRule[],
): () => Promise<CandidateIndex> {
  let reading: Promise<CandidateIndex> | undefined;
  const read = async (): Promise<CandidateIndex> => {
    const index = new CandidateIndex(linkBy);
    for await (const candidates of store.candidates(scope)) for (const candidate of candidates) index.add(candidate);
    return index;
  };
  return () => (reading ??= read());
}

function push(map: Map<string, Entry[]>, value: string, entry: Entry): void {
  if (value === '') return;
  const key = value.toLowerCase();
  const entries = map.get(key);
  if (entries) entries.push(entry);
  else map.set(key, [entry]);
}

const conflict = (en: string, zh: string, entries: readonly Entry[]): Match => ({
  found: 'conflict',
  reason: text(en, zh),
  candidates: entries.map((entry) => entry.name),
});

const taken = (entry: Entry): Match =>
  conflict(`The account is held by ${entry.heldBy}.`, `该账号已由 ${entry.heldBy} 管理。`, [entry]);

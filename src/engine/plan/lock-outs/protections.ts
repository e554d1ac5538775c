import type { Account } from '../../../identity/account.ts';
import { BY_UNDO, type StandingProtection } from '../../../identity/protection.ts';
import type { ExternalKey } from '../../../syncer/external-id.ts';
import { text, type Text } from '../../../syncer/text.ts';

/** Of whom it is asked. */
interface Asked {
  readonly key: ExternalKey;
  readonly account: Pick<Account, 'name' | 'id' | 'groups'> | null;
  /** The directory shows the member, and lets him in. */
  readonly isActive?: boolean;
}

/** Whom no run locks out, lets in or takes memberships from. Groups count as the account has them stored. */
export class Protections {
  readonly #organization: string;
  readonly #byKey = new Map<string, StandingProtection[]>();
  readonly #byAccount = new Map<string, StandingProtection[]>();
  readonly #byGroup = new Map<string, StandingProtection[]>();
  readonly #order = new Map<StandingProtection, number>();

  /**
   * @param rules of several that are about somebody, the first is named
   * @param parents of groups, by name: what is about a group is about those below it
   */
  constructor(organization: string, rules: readonly StandingProtection[], parents: ReadonlyMap<string, string>) {
    this.#organization = organization;
    for (const [at, rule] of rules.entries()) {
      this.#order.set(rule, at);
      if (rule.kind === 'userid') add(this.#byKey, rule.value.toLowerCase(), rule);
      else if (rule.kind === 'user') {
        add(this.#byAccount, rule.accountId === '' ? nameKey(rule.value) : idKey(rule.accountId), rule);
      } else for (const group of rule.groups) add(this.#byGroup, group, rule);
    }
    if (this.#byGroup.size > 0) this.#spread(parents);
  }

  get isEmpty(): boolean {
    return this.#order.size === 0;
  }

  /** @returns by which one this account is left alone; undefined: by none */
  of({ key, account, isActive = false }: Asked): StandingProtection | undefined {
    if (this.isEmpty) return undefined;
    const found = [
      ...(this.#byKey.get(key) ?? []),
      ...(account ? this.#byAccountOf(account) : []),
      ...(account?.groups ?? []).flatMap((group) => this.#byGroup.get(this.#nameOf(group)) ?? []),
    ].filter(({ by }) => !(by === BY_UNDO && isActive));
    return found.toSorted((one, other) => (this.#order.get(one) ?? 0) - (this.#order.get(other) ?? 0))[0];
  }

  /** The same for somebody whom the directory called by another userid until now. */
  alsoAs(former: ExternalKey): Pick<Protections, 'of' | 'alsoAs'> {
    return {
      of: (asked) => this.of(asked) ?? this.of({ ...asked, key: former }),
      alsoAs: (key) => this.alsoAs(key),
    };
  }

  /** Those that are about this very userid. */
  naming(key: ExternalKey): readonly string[] {
    return (this.#byKey.get(key) ?? []).map(({ id }) => id);
  }

  /** Those of them that end because the directory lets these members in. */
  endedBy(active: Iterable<ExternalKey>): readonly string[] {
    if (this.isEmpty) return [];
    return [...active].flatMap((key) =>
      (this.#byKey.get(key) ?? []).filter(({ by }) => by === BY_UNDO).map(({ id }) => id),
    );
  }

  #byAccountOf({ name, id }: Pick<Account, 'name' | 'id'>): readonly StandingProtection[] {
    const byName = this.#byAccount.get(nameKey(`${this.#organization}/${name}`)) ?? [];
    return id === '' ? byName : [...byName, ...(this.#byAccount.get(idKey(id)) ?? [])];
  }

  #nameOf(membership: string): string {
    const prefix = `${this.#organization}/`;
    return membership.startsWith(prefix) ? membership.slice(prefix.length) : membership;
  }

  #spread(parents: ReadonlyMap<string, string>): void {
    const named = new Map([...this.#byGroup].map(([group, rules]) => [group, [...rules]]));
    for (const group of parents.keys()) {
      const passed = new Set([group]);
      for (let above = parents.get(group); above !== undefined && !passed.has(above); above = parents.get(above)) {
        passed.add(above);
        for (const rule of named.get(above) ?? []) add(this.#byGroup, group, rule);
      }
    }
  }
}

const add = (rules: Map<string, StandingProtection[]>, key: string, rule: StandingProtection): void => {
  const known = rules.get(key);
  if (!known) rules.set(key, [rule]);
  else if (!known.includes(rule)) known.push(rule);
};

const nameKey = (user: string): string => `name:${user}`;
const idKey = (id: string): string => `id:${id}`;

/** Why somebody is left as he is. */
export function leftAloneBy({ by, until, reason }: Pick<StandingProtection, 'by' | 'until' | 'reason'>): Text {
  const [end, endZh] = until === null ? ['', ''] : [`, until ${until}`, `，直至 ${until}`];
  return text(`left alone by ${by}${end}: ${reason}`, `由 ${by} 设为保持不变${endZh}：${reason}`);
}

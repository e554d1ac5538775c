import { fitsCharacters } from '../../syncer/characters.ts';
import { chunks } from '../../syncer/chunks.ts';
import { deleteBySet, insertRows, MAX_ROWS, selectBySet, type Column, type Values } from '../bulk.ts';
import type { LiveColumns } from '../live-columns.ts';
import type { Session } from '../session.ts';
import { asText } from '../text-value.ts';

const TABLE = 'casbin_user_rule';
const COLUMNS: readonly Column[] = [
  { name: 'v0', type: 'text' },
  { name: 'v1', type: 'text' },
];
const CONSTANTS = { ptype: "'g'", v2: "''", v3: "''", v4: "''", v5: "''" };

/** The memberships of one account before and after, as `ORG/<group name>`. */
export interface MembershipChange {
  readonly accountName: string;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

const ruleOf = (group: string): string => `group:${group}`;

/**
 * Casdoor keeps memberships twice: in `user.groups`, which tokens are made from, and as casbin rules, which member
 * lists are made from. Where Casdoor's table exists both are written; nothing there is unique, so what is stored is
 * read first.
 */
export async function writeMemberships(
  session: Session,
  live: LiveColumns,
  organization: string,
  changes: readonly MembershipChange[],
): Promise<void> {
  if (!live.hasTable(TABLE) || changes.length === 0) return;
  const fits = (column: 'v0' | 'v1', value: string): boolean => fitsCharacters(value, live.limit(TABLE, column));
  const byAccount = new Map(changes.map((change) => [`${organization}/${change.accountName}`, change]));
  const stored = await selectBySet(session, TABLE, ['id', 'v0', 'v1'], { equal: { ptype: 'g' }, column: 'v0' }, [
    ...byAccount.keys(),
  ]);
  const present = new Map<string, Set<string>>();
  const gone: string[] = [];
  for (const row of stored) {
    const [account, rule] = [asText(row['v0']), asText(row['v1'])];
    const change = byAccount.get(account);
    if (!change) continue;
    const after = change.after.some((group) => ruleOf(group) === rule);
    if (!after && change.before.some((group) => ruleOf(group) === rule)) gone.push(asText(row['id']));
    else present.set(account, (present.get(account) ?? new Set()).add(rule));
  }
  await deleteByIds(session, gone);
  const added: Values[] = [];
  for (const [account, change] of byAccount) {
    for (const group of new Set(change.after)) {
      const rule = ruleOf(group);
      if (!present.get(account)?.has(rule) && fits('v0', account) && fits('v1', rule)) added.push([account, rule]);
    }
  }
  await insertRows(session, TABLE, COLUMNS, CONSTANTS, added);
}

/** Takes the rules of groups that are deleted with them, so that a later group of the same name starts empty. */
export async function removeGroupRules(
  session: Session,
  live: LiveColumns,
  organization: string,
  groupNames: readonly string[],
): Promise<void> {
  if (!live.hasTable(TABLE) || groupNames.length === 0) return;
  const rules = groupNames.map((name) => ruleOf(`${organization}/${name}`));
  await deleteBySet(session, TABLE, { equal: { ptype: 'g' }, column: 'v1' }, rules);
}

/** Memberships (`ORG/<group>`) in these groups that stand as rules, by account name. */
export async function membershipsByRule(
  session: Session,
  live: LiveColumns,
  organization: string,
  groupNames: readonly string[],
): Promise<Map<string, string[]>> {
  const memberships = new Map<string, string[]>();
  if (!live.hasTable(TABLE) || groupNames.length === 0) return memberships;
  const membershipOf = new Map(
    groupNames.map((name) => [ruleOf(`${organization}/${name}`), `${organization}/${name}`]),
  );
  const where = { equal: { ptype: 'g' }, column: 'v1' };
  for (const row of await selectBySet(session, TABLE, ['v0', 'v1'], where, [...membershipOf.keys()])) {
    const account = asText(row['v0']);
    const membership = membershipOf.get(asText(row['v1']));
    if (membership === undefined || !account.startsWith(`${organization}/`)) continue;
    const name = account.slice(organization.length + 1);
    memberships.set(name, [...(memberships.get(name) ?? []), membership]);
  }
  return memberships;
}

async function deleteByIds(session: Session, ids: readonly string[]): Promise<void> {
  // `id` is a number everywhere; these came from the database, and only digits go into the statement.
  const numbers = ids.filter((id) => /^\d+$/.test(id));
  for (const set of chunks(numbers, MAX_ROWS)) {
    await session.execute(`DELETE FROM ${session.table(TABLE)} WHERE id IN (${set.join(',')})`);
  }
}

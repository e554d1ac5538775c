import type { AccessRules } from '../company/access.ts';
import type { Company } from '../company/company.ts';
import { ROOT_ID } from '../company/departments/department.ts';
import { isActive } from '../company/member.ts';
import { WHOLE_CORP, type Scope } from '../company/visibility.ts';

export const WORLD_NAMES = [
  'whole-corp',
  'partial-tree',
  'single-members',
  'tags',
  'hidden-fields',
  'contacts-new-ip',
  'contacts-old-ip',
  'empty-scope',
  'narrowed-scope',
] as const;

export type WorldName = (typeof WORLD_NAMES)[number];

export interface World {
  readonly scope: Scope;
  readonly rules: AccessRules;
}

const NOTHING: Scope = { departments: [], users: [], tags: [] };
const OLD_APP: AccessRules = { withheld: false, contactsIp: 'new', appEnabled: true };
const SINGLES = 5;

export function isWorldName(text: unknown): text is WorldName {
  return WORLD_NAMES.some((name) => name === text);
}

const WORLDS: Readonly<Record<WorldName, (company: Company) => World>> = {
  'whole-corp': () => ({ scope: WHOLE_CORP, rules: OLD_APP }),
  'contacts-new-ip': () => ({ scope: WHOLE_CORP, rules: OLD_APP }),
  'contacts-old-ip': () => ({ scope: WHOLE_CORP, rules: { ...OLD_APP, contactsIp: 'old' } }),
  'hidden-fields': () => ({ scope: WHOLE_CORP, rules: { ...OLD_APP, withheld: true } }),
  'partial-tree': (company) => ({ scope: { ...NOTHING, departments: twoBranches(company) }, rules: OLD_APP }),
  'narrowed-scope': (company) => ({
    scope: { ...NOTHING, departments: twoBranches(company).slice(0, 1) },
    rules: OLD_APP,
  }),
  'single-members': (company) => ({ scope: { ...NOTHING, users: singles(company) }, rules: OLD_APP }),
  tags: (company) => ({ scope: { ...NOTHING, tags: [...company.tags.keys()] }, rules: OLD_APP }),
  'empty-scope': () => ({ scope: NOTHING, rules: OLD_APP }),
};

/** A circumstance that real companies have, set up whole: nothing of an earlier world remains. */
export function worldOf(name: WorldName, company: Company): World {
  return WORLDS[name](company);
}

/**
 * Two branches that do not overlap and whose parents are out of sight: the fullest of those that hang
 * below a department other than the root, or, in a flat company, below the root.
 */
function twoBranches(company: Company): number[] {
  const { tree } = company;
  const below = [...company.departments].filter(({ id }) => id !== ROOT_ID);
  const deep = below.filter(({ parentid }) => parentid !== ROOT_ID);
  const ranked = (deep.length >= 2 ? deep : below)
    .map(({ id }) => ({ id, branch: tree.branch(id) }))
    .map(({ id, branch }) => ({ id, branch, weight: headsIn(branch, company) }))
    .sort((one, other) => other.weight - one.weight || one.id - other.id);
  const [first] = ranked;
  if (first === undefined) return [];
  const second = ranked.find(({ id, branch }) => !first.branch.has(id) && !branch.has(first.id));
  return second === undefined ? [first.id] : [first.id, second.id];
}

function headsIn(branch: ReadonlySet<number>, company: Company): number {
  let heads = 0;
  for (const id of branch) heads += company.membersOf(id).size;
  return heads;
}

function singles(company: Company): string[] {
  const found: string[] = [];
  for (const member of company.members) {
    if (found.length === SINGLES) break;
    if (isActive(member)) found.push(member.userid);
  }
  return found;
}

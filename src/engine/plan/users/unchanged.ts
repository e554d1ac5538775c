import { goJson } from '../../../identity/account.ts';
import {
  digestedText,
  digestedValue,
  type DigestField,
  type DigestProperty,
  type DigestShape,
} from '../../../identity/account-digest.ts';
import { limitOf } from '../../../identity/column-limits.ts';
import { keyOf, type ExternalId } from '../../../syncer/external-id.ts';
import type { Authority, ProfileField, ProfileNote, UserProfile, ValueField } from '../../../syncer/profile.ts';
import { propertyField, propertyKey } from '../../../syncer/property.ts';
import type { PlanContext } from './account-plan.ts';
import { allNotes, authorityOf } from './existing-account.ts';
import { fitValues } from './fit-values.ts';

/** What is digested of the accounts of a run, and the authority for which that is right. */
export interface UnchangedShape extends DigestShape {
  /** How a group's name stands in a stored list, by department; "" where the department has no group. */
  readonly entries: Map<ExternalId, string>;
  readonly properties: readonly DigestProperty[];
  readonly authority: Readonly<Partial<Record<ValueField, Authority>>>;
  /** The fields of the shape, and those that only a new account gets. */
  readonly known: ReadonlySet<ValueField>;
}

/**
 * What to digest for members such as these: everything that they say and a run writes.
 *
 * @returns undefined where nobody of them can be compared like that
 */
export function unchangedShape(
  profiles: readonly UserProfile[],
  { groupNames, limits }: PlanContext,
): UnchangedShape | undefined {
  const comparable = profiles.filter(isComparable);
  // By the name it is told whether a userid went on to another person.
  if (limits.values.displayName === undefined || comparable.length === 0) return undefined;
  const authority: Partial<Record<ValueField, Authority>> = {};
  for (const profile of comparable) {
    for (const name in profile.values) {
      const field = name as ValueField;
      if (limitOf(limits, field) !== undefined) authority[field] ??= authorityOf(profile, field);
    }
  }
  const known = new Set(Object.keys(authority) as ValueField[]);
  const fields: DigestField[] = [];
  const properties: DigestProperty[] = [];
  for (const name of known) {
    // Whoever has another name than the directory says is looked at, whether or not the name may be written.
    const as = name === 'displayName' ? 'value' : HOW[authority[name] ?? 'always'];
    if (as === undefined) continue;
    const key = propertyKey(name);
    if (key === undefined) fields.push({ field: name as ProfileField, as });
    else properties.push({ key, as });
  }
  const groups = groupNames !== undefined && comparable.some((profile) => profile.groups !== undefined);
  return { groups, fields, properties, authority, known, entries: new Map() };
}

/** What of a value tells that nothing is to be written; undefined: nothing ever is. */
const HOW: Readonly<Record<Authority, DigestField['as'] | undefined>> = {
  always: 'value',
  whenEmpty: 'emptiness',
  createOnly: undefined,
};

/** The row of a member about whom there is nothing to do and to decide. */
export interface UnchangedRow {
  /** See `digestedText`. */
  readonly text: string;
  /** What is to be told of the member all the same. */
  readonly notes: readonly ProfileNote[];
}

/**
 * What the account and the link of a member are if there is nothing to do. Nobody who has such a row is planned in
 * another way than `unchanged`, with these notes; not everybody who is `unchanged` has one.
 *
 * @returns undefined for whoever has to be looked at in any case
 */
export function unchangedRow(
  profile: UserProfile,
  shape: UnchangedShape,
  context: PlanContext,
): UnchangedRow | undefined {
  if (!isComparable(profile)) return undefined;
  const { externalId } = profile;
  const { values, notes } = fitValues(profile.values, context.limits);
  const { binding } = context.limits;
  // Of a binding that does not fit its column nothing is written.
  const isBound = context.bindingColumn !== '' && binding !== undefined;
  if (isBound && externalId.length > binding) return undefined;
  for (const name in values) {
    const field = name as ValueField;
    if (values[field] === undefined) continue;
    if (!shape.known.has(field) || authorityOf(profile, field) !== shape.authority[field]) return undefined;
  }
  // A directory that says nothing of somebody's groups leaves them as they are, whichever they are.
  const groups = shape.groups ? listText(profile, shape, context) : '';
  if (groups === undefined || (!shape.groups && context.groupNames && profile.groups)) return undefined;
  const isForbidden = profile.access.state === 'forbidden';
  const text = digestedText({
    key: keyOf(externalId),
    externalId,
    forbiddenBy: isForbidden ? 'syncer' : null,
    deletedBy: null,
    binding: isBound ? externalId : '',
    isForbidden,
    isDeleted: false,
    groups,
    // A field of which the directory says nothing may hold anything; most often it holds nothing.
    fields: [
      ...shape.fields.map(({ field, as }) => digestedValue(values[field] ?? '', as)),
      ...shape.properties.map(({ key, as }) => digestedValue(values[propertyField(key)] ?? '', as)),
    ],
  });
  return text === undefined ? undefined : { text, notes: allNotes(profile, notes) };
}

/** The groups of a member as a link stores them; undefined: the directory does not say. */
function listText(
  { groups }: UserProfile,
  { entries }: UnchangedShape,
  { groupNames }: PlanContext,
): string | undefined {
  if (!groups) return undefined;
  let list = '';
  for (const [index, department] of groups.entries()) {
    let entry = entries.get(department);
    if (entry === undefined) {
      const name = groupNames?.get(keyOf(department));
      entry = name === undefined ? '' : goJson(name);
      entries.set(department, entry);
    }
    if (entry !== '' && groups.indexOf(department) === index) list += list === '' ? entry : `,${entry}`;
  }
  return `[${list}]`;
}

/** Shown whole, with a name, and with an access that the directory is sure of. */
const isComparable = ({ access, complete, values }: UserProfile): boolean =>
  complete !== false &&
  values.displayName !== undefined &&
  (access.state === 'allowed' || access.state === 'forbidden');

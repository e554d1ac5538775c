import { present } from '../../syncer/present.ts';
import { text } from '../../syncer/text.ts';
import type { Call } from './call.ts';
import type { Subject } from './route.ts';
import { shown, splitId, textOf, textsIn } from '../http/query.ts';
import { checkName } from '../../service/name-rule.ts';
import { Refusal } from '../../service/refusal.ts';

/** What Java's SDK sends for an owner that was never filled in. */
const NO_OWNER = 'null';

/** Whatever is named, each once; "" is nothing. */
export const distinct = (named: readonly string[]): string[] => [...new Set(named.filter((word) => word !== ''))];

/** A call that changes whichever of several objects is looked at first would change the wrong one. */
export function contradiction(named: readonly string[]): Refusal {
  const [first = '', second = ''] = named.map(shown);
  return new Refusal(
    text(
      `The call names two different objects, "${first}" and "${second}": name one.`,
      `该请求同时指向“${first}”和“${second}”，请只指定其中一个。`,
    ),
  );
}

/** The refusal of a call that names several where there can be one; undefined: each list names one at most. */
export function severalIn(...lists: readonly (readonly string[])[]): Refusal | undefined {
  const several = lists.find((words) => words.length > 1);
  return several && contradiction(several);
}

/** A list of one organization, or of all that the caller administers. */
export function listOwner(named: readonly string[]): Subject<undefined> {
  const organizations = distinct(named);
  const touched = { organizations, target: organizations[0] ?? '' };
  const refusal = severalIn(organizations);
  return refusal ? { ...touched, refusal } : { ...touched, object: undefined };
}

/** Something of an organization, as a call names it. */
export interface Named {
  readonly organization: string;
  readonly name: string;
}

/**
 * The one thing that is named, whether or not it is there. It belongs to some organization: "" is none, and not all of
 * them.
 *
 * @param own the organization that is meant where none is named
 */
export function oneNamed({ organizations, names }: Names, own = ''): Subject<Named> {
  const [owners, words] = [distinct(organizations), distinct(names)];
  const [organization = own, name = ''] = [owners[0], words[0]];
  const touched = { organizations: owners.length > 0 ? owners : [own], target: `${organization}/${name}` };
  const refusal = severalIn(owners, words);
  return refusal ? { ...touched, refusal } : { ...touched, object: { organization, name } };
}

/** Whatever names one object in a call: each list may say the same thing several times, and nothing else. */
export interface Names {
  readonly organizations: readonly string[];
  readonly names: readonly string[];
}

/**
 * What the id in the query names, as often as it comes.
 *
 * @throws Refusal when it is no id
 */
export function namesInId(call: Call): Names {
  const ids = textsIn(call.query, 'id').map(splitId);
  return {
    organizations: ids.map(({ owner }) => (owner === NO_OWNER ? '' : owner)),
    names: ids.map(({ name }) => name),
  };
}

/**
 * SDKs put the name of what they add into the id of the query, too: a name that breaks the id is what is wrong with it.
 *
 * @throws Refusal in Casdoor's words
 */
export function refuseSlashedName(call: Call): void {
  const name = textOf(call.bodyIfAny, 'name');
  if (name.includes('/')) checkName('name', name);
}

/** What parameters of the query and keys of the body name. */
export function namedIn(call: Call, ...keys: readonly string[]): string[] {
  return keys.flatMap((key) => [...textsIn(call.query, key), textOf(call.bodyIfAny, key)]);
}

/**
 * The one thing that is named.
 *
 * @returns "" when nothing is; the refusal of several, to be told once it is known that the caller may touch them
 */
export function unambiguous(named: readonly string[]): { readonly word: string; readonly refusal?: Refusal } {
  const words = distinct(named);
  return { word: words[0] ?? '', ...present({ refusal: severalIn(words) }) };
}

import { present } from '../../syncer/present.ts';
import { text } from '../../syncer/text.ts';
import type { Call } from './call.ts';
import { splitId, textOf, textsIn } from '../http/query.ts';
import { checkName } from '../../service/name-rule.ts';
import { Refusal } from '../../service/refusal.ts';

/** What Java's SDK sends for an owner that was never filled in. */
const NO_OWNER = 'null';

/** Whatever is named, each once; "" is nothing. */
export const distinct = (named: readonly string[]): string[] => [...new Set(named.filter((word) => word !== ''))];

/** A call that changes whichever of several objects is looked at first would change the wrong one. */
export function contradiction(named: readonly string[]): Refusal {
  // Go's SDK takes a message for a format.
  const [first = '', second = ''] = named.map((word) => word.replaceAll('%', '').slice(0, 100));
  return new Refusal(
    text(
      `The call names two different objects, "${first}" and "${second}": name one.`,
      `该请求同时指向“${first}”和“${second}”，请只指定其中一个。`,
    ),
  );
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
  return { word: words[0] ?? '', ...present({ refusal: words.length > 1 ? contradiction(words) : undefined }) };
}

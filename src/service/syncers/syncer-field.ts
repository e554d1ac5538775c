import type { FormField } from '../../syncer/definition.ts';

/** Where a value of the syncer's JSON is kept. Leftovers are keys of Casdoor's other types: kept, answered, never used. */
export type Home = 'settings' | 'secrets' | 'leftovers';

/** One key of the syncer's JSON: always present in answers, always of one type. */
export interface Field {
  readonly home: Home;
  readonly kind: FormField['kind'] | 'object' | 'leavers' | 'removalLimit' | 'linkBy' | 'windows' | 'selfService';
  /** Of a select. */
  readonly options?: readonly string[];
  /** Of an object. */
  readonly parts?: ReadonlyMap<string, Pick<Field, 'kind' | 'empty' | 'options'>>;
  /** Of an object: parts that are stored as secrets, each under its whole name. */
  readonly secretParts?: ReadonlySet<string>;
  /** Of an object: parts that are younger than stored syncers, and what holds for those. */
  readonly formers?: Readonly<Record<string, unknown>>;
  /** Answers have these keys first. */
  readonly isCasdoors: boolean;
  /** What an answer shows where nothing is stored. */
  readonly empty: unknown;
  /** What holds where nothing is stored but the secret of this name. */
  readonly withSecret?: { readonly name: string; readonly value: unknown };
  /** @throws Refusal naming the key */
  read(key: string, value: unknown): unknown;
}

import { ConfigError } from '../../syncer/errors.ts';
import { text } from '../../syncer/text.ts';
import type { StoredChange } from '../ports/run-store.ts';
import type { Run } from '../run.ts';

/** Which changes of a run a person means; without a list all of them. */
export interface Selection {
  /** By their number. */
  readonly changes?: readonly number[];
  /** By member, without case. */
  readonly userids?: readonly string[];
}

/** Whether all of them are meant. */
export const isWhole = ({ changes, userids }: Selection): boolean => changes === undefined && userids === undefined;

const MOST_NAMED = 5;

/**
 * Those of the changes that are meant.
 *
 * @param changes those that can be
 * @throws ConfigError that names what is not among them, or says that nothing is named
 */
export function selected(run: Run, changes: readonly StoredChange[], selection: Selection): readonly StoredChange[] {
  if (isWhole(selection)) return changes;
  const numbers = new Set(selection.changes);
  const userids = new Map((selection.userids ?? []).map((userid) => [userid.toLowerCase(), userid]));
  if (numbers.size + userids.size === 0) throw NOTHING_NAMED;
  const people = new Set(changes.filter(({ kind }) => !isGroup(kind)).map(({ userid }) => userid.toLowerCase()));
  const isNamed = ({ kind, userid }: StoredChange): boolean => {
    const key = userid.toLowerCase();
    // A department may have the number that is some member's userid: who names one means the member.
    return userids.has(key) && !(isGroup(kind) && people.has(key));
  };
  const chosen = changes.filter((change) => numbers.has(change.seq) || isNamed(change));
  const found = new Set(chosen.map(({ userid }) => userid.toLowerCase()));
  const foundNumbers = new Set(chosen.map(({ seq }) => seq));
  const missing = [
    ...[...numbers].filter((number) => !foundNumbers.has(number)).map(String),
    ...[...userids].filter(([key]) => !found.has(key)).map(([, userid]) => userid),
  ];
  if (missing.length > 0) throw notThere(run, missing);
  return chosen;
}

const isGroup = (kind: string): boolean => kind.endsWith('Group');

const NOTHING_NAMED = new ConfigError(
  text('Neither "changes" nor "userids" names anything.', '“changes”和“userids”均未指定任何内容。'),
  { remedy: text('Name some, or leave both out for all of them.', '请指定具体内容，或省略两者以表示全部。') },
);

function notThere(run: Run, missing: readonly string[]): ConfigError {
  const named = missing
    .slice(0, MOST_NAMED)
    .map((name) => name.slice(0, 64))
    .join(', ');
  const more = missing.length > MOST_NAMED ? ', …' : '';
  return new ConfigError(
    text(
      `Nothing was decided: of run ${run.id} these are not open: ${named}${more}.`,
      `未作任何处理：同步 ${run.id} 中以下内容并非待处理：${named}${more}。`,
    ),
    { remedy: text('Look at the changes of the run as they stand now.', '请查看该同步当前的变更列表。') },
  );
}

import type { ReactNode } from 'react';
import type { ChangeKind, RunCounts, RunJson } from '../../host/api.ts';
import { useFormats } from '../language/formats.ts';
import { useMessages } from '../language/language.ts';

/** Counts that have a list of changes behind them, and the others. Those that are nearly always 0 are shown when they are not. */
const TILES: readonly { readonly count: keyof RunCounts; readonly kind?: ChangeKind; readonly always?: boolean }[] = [
  { count: 'members', always: true },
  { count: 'created', kind: 'create', always: true },
  { count: 'updated', kind: 'update', always: true },
  { count: 'unchanged', always: true },
  { count: 'forbidden', kind: 'forbid', always: true },
  { count: 'signedOut' },
  { count: 'restored', kind: 'restore' },
  { count: 'removed', kind: 'remove' },
  { count: 'linked', kind: 'link' },
  { count: 'conflicts', kind: 'conflict' },
  { count: 'skipped', kind: 'skip' },
  { count: 'groupsCreated', kind: 'createGroup' },
  { count: 'groupsUpdated', kind: 'updateGroup' },
  { count: 'groupsRemoved', kind: 'removeGroup' },
];

interface RunSummaryProps {
  readonly run: RunJson;
  /** Shows the changes of one kind. */
  readonly show: (kind: ChangeKind) => void;
}

/** What a run did, each number a way to the changes behind it. */
export function RunSummary({ run, show }: RunSummaryProps): ReactNode {
  const words = useMessages();
  const formats = useFormats();
  return (
    <section className="panel" aria-label={words.run.summary}>
      <dl className="tiles">
        {TILES.filter(({ count, always }) => always || run.counts[count] > 0).map(({ count, kind }) => (
          <div key={count}>
            <dt>{words.counts[count]}</dt>
            <dd>
              {kind && run.counts[count] > 0 ? (
                <button
                  type="button"
                  aria-label={words.run.showChanges(formats.number(run.counts[count]), words.counts[count])}
                  onClick={() => show(kind)}
                >
                  {formats.number(run.counts[count])}
                </button>
              ) : (
                formats.number(run.counts[count])
              )}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

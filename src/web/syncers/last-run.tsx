import type { ReactNode } from 'react';
import { Link } from 'react-router';
import type { SyncerJson } from '../../host/api.ts';
import { useFormats } from '../language/formats.ts';
import { useMessages } from '../language/language.ts';
import { Moment } from '../parts/clock.tsx';
import { HealthTag, isActive, StateTag } from '../parts/state-tag.tsx';
import { briefCounts } from '../runs/run-brief.ts';

/** How the last run went; leads to it. */
export function LastRun({ syncer }: { readonly syncer: SyncerJson }): ReactNode {
  const words = useMessages();
  const formats = useFormats();
  const { lastRun, health } = syncer;
  if (!lastRun) return <span className="quiet">{words.syncers.neverRan}</span>;
  const problem = lastRun.error?.message ?? lastRun.warnings[0]?.message;
  // A syncer may be unwell although its last run by hand went well, and the other way round.
  const showHealth =
    health === 'quarantined' || (health !== 'ok' && (lastRun.state === 'succeeded' || lastRun.state === 'partial'));
  return (
    <div className="last-run">
      <div>
        <Link to={`/runs/${lastRun.id}`}>
          <StateTag state={lastRun.state} />
        </Link>
        {showHealth && <HealthTag health={health} />}
        <span className="quiet">
          <Moment at={lastRun.finishedAt ?? lastRun.startedAt} />
        </span>
      </div>
      <div className="quiet">
        {isActive(lastRun.state)
          ? `${words.phase[lastRun.phase]} · ${words.brief.members(formats.number(lastRun.progress.membersSeen))}`
          : lastRun.state !== 'succeeded' && problem !== undefined
            ? problem
            : briefCounts(lastRun.counts, words.brief, formats.number)}
      </div>
    </div>
  );
}

export function NextRun({ syncer }: { readonly syncer: SyncerJson }): ReactNode {
  const words = useMessages().syncers;
  const { isEnabled, nextRunAt } = syncer;
  if (!isEnabled || nextRunAt === null) return <span className="quiet">{words.notScheduled}</span>;
  return Date.parse(nextRunAt) <= Date.now() ? words.due : <Moment at={nextRunAt} />;
}

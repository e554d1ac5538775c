import { Tag } from 'antd';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import type { HistoryEntryJson } from '../../host/api.ts';
import { useFormats } from '../language/formats.ts';
import { useMessages } from '../language/language.ts';
import { PagedTable, type Paging } from '../parts/paged-table.tsx';
import { FieldChanges } from '../run/field-changes.tsx';

const TONES: Readonly<Record<HistoryEntryJson['what'], string>> = {
  run: 'busy',
  decision: 'caution',
  edit: 'quiet',
  protection: 'good',
};

interface StoryProps {
  readonly rows: readonly HistoryEntryJson[];
  readonly total: number;
  readonly loading: boolean;
  readonly paging: Paging;
  readonly titles: ReadonlyMap<string, string>;
  readonly organization: string;
}

/** What happened, newest first: when, by which run or person, before and after. */
export function Story({ titles, organization, ...list }: StoryProps): ReactNode {
  const words = useMessages().history;
  const what = (entry: HistoryEntryJson): ReactNode => (
    <div>
      {entry.reason !== '' && <div className="reason break">{entry.reason}</div>}
      <FieldChanges fields={entry.changes} titles={titles} organization={organization} />
    </div>
  );
  return (
    <PagedTable<HistoryEntryJson>
      {...list}
      size="middle"
      className="story"
      rowKey={(entry) => JSON.stringify(entry)}
      card={(entry) => (
        <div className="change-card">
          <div className="spread">
            <When entry={entry} />
            <What entry={entry} />
          </div>
          {what(entry)}
        </div>
      )}
      columns={[
        { title: words.when, width: 190, render: (_, entry) => <When entry={entry} /> },
        { title: words.what, width: 120, render: (_, entry) => <What entry={entry} /> },
        { title: words.changes, render: (_, entry) => what(entry) },
      ]}
    />
  );
}

interface OneEntry {
  readonly entry: HistoryEntryJson;
}

function When({ entry: { at, by } }: OneEntry): ReactNode {
  const words = useMessages().history;
  const formats = useFormats();
  return (
    <div className="person">
      <time dateTime={at}>{formats.moment(at)}</time>
      {by !== '' && <span className="quiet">{words.by(by)}</span>}
    </div>
  );
}

function What({ entry: { what, run } }: OneEntry): ReactNode {
  const words = useMessages().history;
  return (
    <div className="story-what">
      <Tag className={`mark mark-${TONES[what]}`} variant="filled">
        {words.kinds[what]}
      </Tag>
      {run !== undefined && <Link to={`/runs/${encodeURIComponent(run)}`}>{words.toRun}</Link>}
    </div>
  );
}

import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Segmented, Skeleton } from 'antd';
import type { ReactNode } from 'react';
import { REPORT_NUMBERS, type ReportDayJson, type ReportJson } from '../../host/api.ts';
import { getReport, getReportTable } from '../api/calls.ts';
import { useFormats } from '../language/formats.ts';
import { useMessages } from '../language/language.ts';
import { Blank } from '../parts/blank.tsx';
import { OrganizationSelect } from '../parts/organization-select.tsx';
import { PageHeader } from '../parts/page-header.tsx';
import { PagedTable, usePaging } from '../parts/paged-table.tsx';
import { Problem } from '../parts/problem.tsx';
import { TableButton } from '../history/table-button.tsx';
import { DayInput } from '../history/day-input.tsx';
import { daysBefore, today } from '../history/days.ts';
import { ReportChart } from './report-chart.tsx';
import { useFilter, useReach } from '../history/use-filter.ts';
import '../history/filters.css';
import './report-page.css';

const USUAL_DAYS = 30;
const PERIODS = [7, USUAL_DAYS, 90, 365] as const;

/** Who came, moved and left in a period, and what had to be decided. */
export function ReportPage(): ReactNode {
  const messages = useMessages();
  const words = messages.report;
  const [asked, ask] = useFilter(['organization', 'from', 'to']);
  const { organization, seesAll } = useReach(asked.organization);
  const to = asked.to || today();
  const period = { organization, from: asked.from || daysBefore(to, USUAL_DAYS - 1), to };
  const paging = usePaging(20);
  const report = useQuery({
    queryKey: ['report', period],
    queryFn: () => getReport(period),
    placeholderData: keepPreviousData,
  });
  const change: typeof ask = (changed) => {
    paging.restart();
    ask(changed);
  };
  const days = report.data?.days.toReversed() ?? [];
  const chosen = to === today() ? PERIODS.find((count) => daysBefore(to, count - 1) === period.from) : undefined;
  const { page, pageSize } = paging;
  return (
    <>
      <PageHeader
        title={words.title}
        lead={words.lead}
        actions={
          <>
            <OrganizationSelect
              value={organization}
              {...(seesAll && { all: messages.syncers.allOrganizations })}
              onChange={(name) => change({ organization: name })}
            />
            <TableButton
              name={`report-${organization || 'all'}-${period.from}-${period.to}`}
              read={() => getReportTable(period)}
            />
          </>
        }
      />
      <div className="filters report-filters">
        <Segmented<number>
          aria-label={words.period}
          value={chosen ?? 0}
          options={PERIODS.map((count) => ({ value: count, label: words.lastDays(String(count)) }))}
          onChange={(count) => change({ from: daysBefore(today(), count - 1), to: '' })}
        />
        <DayInput label={words.fromDay} value={period.from} onChange={(from) => change({ from })} />
        <DayInput label={words.toDay} value={period.to} onChange={(day) => change({ from: period.from, to: day })} />
        <span className="quiet">{words.utc}</span>
      </div>
      {report.isError && <Problem error={report.error} retry={() => void report.refetch()} />}
      {report.isPending && <Skeleton active />}
      {report.data && !report.isError && (
        <>
          <Numbers numbers={report.data.numbers} />
          {days.length === 0 ? (
            <Blank title={words.emptyTitle} text={words.emptyText} />
          ) : (
            <>
              <ReportChart days={report.data.days} from={period.from} to={period.to} />
              <section className="panel" aria-labelledby="days-title">
                <h2 id="days-title">{words.days}</h2>
                <DayTable
                  rows={days.slice((page - 1) * pageSize, page * pageSize)}
                  total={days.length}
                  loading={report.isPlaceholderData}
                  paging={paging}
                />
              </section>
            </>
          )}
        </>
      )}
    </>
  );
}

function Numbers({ numbers }: { readonly numbers: ReportJson }): ReactNode {
  const words = useMessages().report;
  const formats = useFormats();
  return (
    <section className="panel numbers report-numbers" aria-label={words.numbers}>
      <dl>
        {REPORT_NUMBERS.map((what) => (
          <div key={what}>
            <dt>{words.whats[what]}</dt>
            <dd>{formats.number(numbers[what])}</dd>
            <dd className="quiet">{words.means[what]}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

type DayTableProps = Pick<Parameters<typeof PagedTable<ReportDayJson>>[0], 'rows' | 'total' | 'loading' | 'paging'>;

function DayTable(list: DayTableProps): ReactNode {
  const words = useMessages().report;
  const formats = useFormats();
  const dayOf = (date: string): string => formats.date(`${date}T12:00:00`);
  return (
    <PagedTable<ReportDayJson>
      {...list}
      size="middle"
      tableLayout="fixed"
      rowKey="date"
      card={(day) => (
        <div className="change-card">
          <strong>{dayOf(day.date)}</strong>
          <span className="quiet">
            {REPORT_NUMBERS.filter((what) => day[what] > 0)
              .map((what) => `${words.whats[what]} ${formats.number(day[what])}`)
              .join(' · ')}
          </span>
        </div>
      )}
      columns={[
        { title: words.day, render: (_, { date }) => dayOf(date) },
        ...REPORT_NUMBERS.map((what) => ({
          title: words.whats[what],
          key: what,
          align: 'end' as const,
          render: (_: unknown, day: ReportDayJson) =>
            day[what] === 0 ? <span className="quiet">0</span> : formats.number(day[what]),
        })),
      ]}
    />
  );
}

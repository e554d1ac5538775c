import type { ConnectionReport } from '../../syncer/connection-report.ts';
import type { Language } from '../http/language.ts';
import { component, FLAG, list, orNull, record, TEXT, WHOLE, type Shape } from '../http/schema.ts';
import { present } from '../../syncer/present.ts';

/** A connection report as the contract shows it, in the reader's language. */
export const CONNECTION_REPORT = component(
  'ConnectionReport',
  record(
    {
      ok: FLAG,
      checks: list(record({ name: TEXT, ok: FLAG, detail: TEXT, remedy: TEXT }, ['remedy'])),
      departments: WHOLE,
      members: WHOLE,
      sample: orNull(record({ userid: TEXT, name: TEXT })),
      withheldFields: list(TEXT),
      egressIp: TEXT,
    },
    ['egressIp'],
  ),
);
export type ConnectionReportJson = Shape<typeof CONNECTION_REPORT.schema>;

export const connectionReportJson = (report: ConnectionReport, language: Language): ConnectionReportJson => ({
  ok: report.ok,
  checks: report.checks.map(({ name, ok, detail, remedy }) => ({
    name,
    ok,
    detail: detail[language],
    ...present({ remedy: remedy?.[language] }),
  })),
  departments: report.departments,
  members: report.members,
  sample: report.sample ?? null,
  withheldFields: report.withheldFields,
  ...present({ egressIp: report.egressIp }),
});

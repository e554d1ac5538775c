import type { ConnectionReport } from '../../syncer/connection-report.ts';
import type { Language } from '../http/language.ts';

/** A connection report as the contract shows it, in the reader's language. */
export const connectionReportJson = (report: ConnectionReport, language: Language) => ({
  ok: report.ok,
  checks: report.checks.map(({ name, ok, detail, remedy }) => ({
    name,
    ok,
    detail: detail[language],
    ...(remedy ? { remedy: remedy[language] } : {}),
  })),
  departments: report.departments,
  members: report.members,
  sample: report.sample ?? null,
  withheldFields: report.withheldFields,
  ...(report.egressIp === undefined ? {} : { egressIp: report.egressIp }),
});

export type ConnectionReportJson = ReturnType<typeof connectionReportJson>;

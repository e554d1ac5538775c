import { component, FLAG, list, orNull, record, TEXT, WHOLE, type Shape } from '../http/schema.ts';

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

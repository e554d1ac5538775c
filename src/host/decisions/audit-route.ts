import type { FieldChange, FieldValue } from '../../identity/change.ts';
import type { AuditFilter, AuditRecords } from '../../storage/accounts/audit-records.ts';
import type { AuditRow } from '../../storage/entities/index.ts';
import { auditDetail } from '../../storage/history/account-history.ts';
import { present } from '../../syncer/present.ts';
import { csvReply } from '../http/csv.ts';
import { ok } from '../http/envelope.ts';
import { pageOf } from '../http/paging.ts';
import { textsIn } from '../http/query.ts';
import { list } from '../http/schema.ts';
import type { Call } from '../request/call.ts';
import { listOwner } from '../request/named-object.ts';
import { organizationRoute, type Route } from '../request/route.ts';
import { AUDIT_ENTRY, type AuditEntryJson } from './history-schema.ts';
import { FORMAT, wantsTable } from './table-format.ts';
import { PERIOD, periodIn } from './period.ts';

export interface AuditRouteNeeds {
  readonly records: AuditRecords;
}

/** Who did what. */
export const getAuditLog = ({ records }: AuditRouteNeeds): Route =>
  organizationRoute({
    method: 'GET',
    path: '/api/get-audit-log',
    rule: 'organization',
    summary: 'Who did what, newest first; with format=csv all of it, for a spreadsheet.',
    query: {
      owner: 'the organization; all when it is empty',
      action: 'one action',
      user: 'ORG/NAME of whoever did it',
      syncer: 'ORG/NAME: what was done to this syncer and its runs',
      ...PERIOD,
      ...FORMAT,
    },
    listed: [],
    answers: { data: list(AUDIT_ENTRY.ref), isTable: true },
    find: (call) => listOwner(textsIn(call.query, 'owner')),
    answer: async (call, { organization }) => {
      const filter = filterIn(call, organization);
      if (wantsTable(call)) return csvReply('audit', COLUMNS, lines(records.all(filter)));
      const { rows, total } = await pageOf(call.query, (page, size) => records.page(filter, page, size));
      return ok(rows.map(entryJson), { data2: total });
    },
  });

function filterIn(call: Call, organization: string | undefined): AuditFilter {
  const [action, actor, syncer] = ['action', 'user', 'syncer'].map((name) => call.text(name) || undefined);
  return { ...present({ organization, action, actor, syncer }), ...periodIn(call) };
}

const entryJson = (row: AuditRow): AuditEntryJson => ({
  id: row.id,
  at: new Date(row.createdMs).toISOString(),
  action: row.action,
  by: row.actor,
  address: row.clientIp,
  object: row.target,
  ...auditDetail(row.detail),
});

const COLUMNS = ['id', 'at', 'action', 'by', 'address', 'object', 'outcome', 'changes', 'comment'] as const;

async function* lines(stretches: AsyncIterable<readonly AuditRow[]>): AsyncGenerator<readonly (readonly string[])[]> {
  for await (const rows of stretches) {
    yield rows.map((row) => {
      const { changes, ...entry } = entryJson(row);
      const cells: Readonly<Record<(typeof COLUMNS)[number], string>> = {
        ...entry,
        changes: changes.map(changeText).join('; '),
      };
      return COLUMNS.map((column) => cells[column]);
    });
  }
}

const changeText = ({ field, before, after }: FieldChange): string =>
  `${field}: ${valueText(before)} → ${valueText(after)}`;

const valueText = (value: FieldValue): string =>
  value === null ? '' : Array.isArray(value) ? value.join(' ') : String(value);

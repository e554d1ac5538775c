import { Readable } from 'node:stream';
import { PlainReply } from './reply.ts';

/** Spreadsheets read UTF-8 only behind this mark. */
const BOM = '\ufeff';

export const CSV_TYPE = 'text/csv; charset=utf-8';

/**
 * Spreadsheets calculate what begins so, those of Chinese and Japanese systems in full width, too; and what people and
 * directories write must never be calculated.
 */
const FORMULA = /^[=+\-@＝＋－＠\t\r\n]/;

function cell(value: string): string {
  const safe = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

const line = (cells: readonly string[]): string => `${cells.map(cell).join(',')}\r\n`;

/**
 * Rows for a spreadsheet (RFC 4180), written while they are read: all of them fit in no memory.
 *
 * @param name of the file that a browser makes of it
 */
export function csvReply(
  name: string,
  columns: readonly string[],
  stretches: AsyncIterable<readonly (readonly string[])[]>,
): PlainReply {
  async function* written(): AsyncGenerator<string> {
    yield BOM + line(columns);
    for await (const rows of stretches) yield rows.map(line).join('');
  }
  const headers = { 'content-disposition': `attachment; filename="${name}.csv"` };
  return new PlainReply(CSV_TYPE, Readable.from(written()), { headers });
}

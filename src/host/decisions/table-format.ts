import { Refusal } from '../../service/refusal.ts';
import { text } from '../../syncer/text.ts';
import { textsIn } from '../http/query.ts';
import type { Call } from '../request/call.ts';
import { choice, type QueryShape } from '../request/query-parameter.ts';

const FORMATS = ['csv'] as const;

/** As what a list may be asked for. */
export const FORMAT: QueryShape = { format: choice('absent: an envelope', FORMATS) };

/**
 * Whether a spreadsheet is asked for.
 *
 * @throws Refusal that names the formats, for one that is none of them
 */
export function wantsTable(call: Call): boolean {
  const asked = textsIn(call.query, 'format');
  if (asked.some((word) => !FORMATS.some((format) => format === word))) throw UNKNOWN;
  return asked.length > 0;
}

const UNKNOWN = new Refusal(
  text(
    `"format" must be one of ${FORMATS.join(', ')}, or absent.`,
    `“format”必须是 ${FORMATS.join('、')} 之一，或不填写。`,
  ),
);

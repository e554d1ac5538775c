import { text, type Text } from '../../syncer/text.ts';
import { Refusal } from '../refusal.ts';

/** Where something stands in a text; both begin with 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** What is wrong, and where. */
export const refusedAt = ({ line, column }: Place, { en, zh }: Text): Refusal =>
  new Refusal(text(`Line ${line}, column ${column}: ${en}`, `第 ${line} 行第 ${column} 列：${zh}`));

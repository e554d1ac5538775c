import type { ReactNode } from 'react';
import type { FieldChange, FieldValue } from '../../host/api.ts';
import type { Messages } from '../language/english.ts';
import { useMessages } from '../language/language.ts';
import './field-changes.css';

function shown(value: FieldValue, words: Messages['changes'], titles: ReadonlyMap<string, string>): string {
  if (value === null || value === '') return words.emptyValue;
  if (typeof value === 'boolean') return value ? words.yes : words.no;
  if (typeof value === 'string') return value;
  return value.length === 0 ? words.emptyValue : value.map((entry) => titles.get(entry) ?? entry).join(', ');
}

const isEmpty = (value: FieldValue): boolean =>
  value === null || value === '' || (Array.isArray(value) && value.length === 0);

interface FieldChangesProps {
  readonly fields: readonly FieldChange[];
  /** What groups are called, by `ORG/GROUP`. */
  readonly titles?: ReadonlyMap<string, string>;
}

const NO_TITLES: ReadonlyMap<string, string> = new Map();

/** What a change does to each field: before → after; of a field that was empty only what it becomes. */
export function FieldChanges({ fields, titles = NO_TITLES }: FieldChangesProps): ReactNode {
  const words = useMessages();
  const labels: Readonly<Record<string, string>> = { ...words.otherFields, ...words.accountFields };
  const telling = fields.filter(({ before, after }) => !isEmpty(before) || !isEmpty(after));
  if (telling.length === 0) return null;
  return (
    <ul className="field-changes">
      {telling.map(({ field, before, after }) => (
        <li key={field}>
          <span className="quiet">{labels[field] ?? field}</span>
          <span>
            {!isEmpty(before) && (
              <>
                <del>{shown(before, words.changes, titles)}</del>
                <span className="quiet"> → </span>
              </>
            )}
            <ins>{shown(after, words.changes, titles)}</ins>
          </span>
        </li>
      ))}
    </ul>
  );
}

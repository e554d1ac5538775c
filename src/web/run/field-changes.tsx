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
  /** Where the account or group is: a parent is named without it. */
  readonly organization?: string;
}

const NO_TITLES: ReadonlyMap<string, string> = new Map();

/** What a change does to each field: before → after; of a field that was empty only what it becomes. */
export function FieldChanges({ fields, titles = NO_TITLES, organization = '' }: FieldChangesProps): ReactNode {
  const words = useMessages();
  const labels: Readonly<Record<string, string>> = { ...words.otherFields, ...words.accountFields };
  const say = (field: string, value: FieldValue): string =>
    (field === 'parentId' ? titles.get(`${organization}/${String(value)}`) : undefined) ??
    shown(value, words.changes, titles);
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
                <del>{say(field, before)}</del>
                <span className="quiet"> → </span>
              </>
            )}
            <ins>{say(field, after)}</ins>
          </span>
        </li>
      ))}
    </ul>
  );
}

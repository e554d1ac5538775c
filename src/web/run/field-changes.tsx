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

/** A value as people read it. @param titles what groups are called, by `ORG/GROUP` */
export function useShown(titles: ReadonlyMap<string, string>): (value: FieldValue) => string {
  const words = useMessages().changes;
  return (value) => shown(value, words, titles);
}

interface FieldChangesProps {
  readonly fields: readonly FieldChange[];
  /** What groups are called, by `ORG/GROUP`. */
  readonly titles?: ReadonlyMap<string, string>;
  /** What else fields are called, of what is no account. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Where the account or group is: a parent is named without it. */
  readonly organization?: string;
}

const NO_TITLES: ReadonlyMap<string, string> = new Map();

/** What a change does to each field: before → after; of a field that was empty only what it becomes. */
export function FieldChanges({
  fields,
  titles = NO_TITLES,
  labels: others = {},
  organization = '',
}: FieldChangesProps): ReactNode {
  const words = useMessages();
  const labels: Readonly<Record<string, string>> = { ...words.otherFields, ...words.accountFields, ...others };
  const say = (field: string, value: FieldValue): string =>
    (field === 'parentId' ? titles.get(`${organization}/${String(value)}`) : undefined) ??
    shown(value, words.changes, titles);
  const telling = fields.filter(({ before, after }) => !isEmpty(before) || !isEmpty(after));
  if (telling.length === 0) return null;
  return (
    <ul className="field-changes">
      {telling.map(({ field, before, after }) => {
        // Two groups may have one title: then their names tell them apart.
        const isSame = say(field, before) === say(field, after);
        // Accounts that may be meant are no value, and nobody takes them away.
        const isList = field === 'candidates';
        const said = (value: FieldValue): string =>
          isSame ? shown(value, words.changes, NO_TITLES) : say(field, value);
        return (
          <li key={field}>
            <span className="quiet">{labels[field] ?? field}</span>
            <span>
              {!isEmpty(before) && !isList && (
                <>
                  <del>{said(before)}</del>
                  <span className="quiet"> → </span>
                </>
              )}
              <ins>{said(isList ? before : after)}</ins>
            </span>
          </li>
        );
      })}
    </ul>
  );
}

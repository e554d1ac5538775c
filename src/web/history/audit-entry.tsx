import { Tag } from 'antd';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import type { AuditEntryJson, RunState } from '../../host/api.ts';
import { historyPath } from '../api/account-path.ts';
import { syncerPath } from '../api/syncer-path.ts';
import { useFormats } from '../language/formats.ts';
import { useLanguage, useMessages } from '../language/language.ts';
import { useSyncerTypes } from '../api/use-syncer-types.ts';
import { FieldChanges } from '../run/field-changes.tsx';
import { labelOf } from '../syncer-form/type-field.tsx';
import { settingLabels } from './setting-labels.ts';

interface OneEntry {
  readonly entry: AuditEntryJson;
}

/** Who did it, when, from where; a click shows what else he did. */
export function Actor({ entry, only }: OneEntry & { readonly only: (user: string) => void }): ReactNode {
  const words = useMessages().audit;
  const formats = useFormats();
  const { by, at, address } = entry;
  return (
    <div className="person">
      <button type="button" className="audit-by" aria-label={words.onlyOf(by)} onClick={() => only(by)}>
        {by}
      </button>
      <time className="quiet" dateTime={at}>
        {formats.moment(at)}
      </time>
      {address !== '' && <span className="quiet">{words.from(address)}</span>}
    </div>
  );
}

/** What was done, and to what. */
export function Act({ entry }: OneEntry): ReactNode {
  const words = useMessages().audit;
  const { action, object } = entry;
  const labels: Readonly<Record<string, string>> = words.actions;
  const place = placeOf(entry);
  return (
    <div className="person">
      <strong>{labels[action] ?? action}</strong>
      {object !== '' && (
        <span className="quiet">
          {place === undefined ? object : <Link to={place}>{objectLabel(object, words.run)}</Link>}
        </span>
      )}
    </div>
  );
}

const RUN_ID = /^[0-9a-f]{8}-[0-9a-f-]{27}$/;

/** An id tells nobody anything. */
const objectLabel = (object: string, run: string): string => (RUN_ID.test(object) ? run : object);

/** Whose accounts have a story, or had one. */
const OF_ACCOUNTS =
  /^(?:add|update|delete)-user$|^set-password$|^remove-user-from-group$|link-account$|^delete-session$/;
const OF_SYNCERS = /^(?:add|adopt|update|test|run)-syncer$|^sync-member$/;

/** Where what it was done to is shown; undefined: nowhere, or not any more. */
function placeOf({ action, object }: AuditEntryJson): string | undefined {
  if (RUN_ID.test(object)) return `/runs/${object}`;
  const [organization = '', name = ''] = object.split('/');
  if (name === '') return undefined;
  if (OF_SYNCERS.test(action)) return syncerPath({ organization, name });
  return OF_ACCOUNTS.test(action) ? historyPath(object) : undefined;
}

/** What changes settings of a syncer. */
const OF_SETTINGS = /-syncer$|^apply-config$/;

/** The run that began, as an outcome names it. */
const BEGAN = /^(begun|preview) ([0-9a-f-]{36})$/;

/** How it ended, where that is not the usual, what it changed, and what was said of it. */
export function Result({ entry: { action, outcome, changes, comment, object } }: OneEntry): ReactNode {
  const messages = useMessages();
  const words = messages.audit;
  const { language } = useLanguage();
  const fields = useSyncerTypes().data?.content.flatMap((type) => type.fields) ?? [];
  const labels = settingLabels(
    messages,
    Object.fromEntries(fields.map((field) => [field.name, labelOf(field, language)])),
  );
  const states: Readonly<Record<string, string>> = { ...messages.questions.states, ...messages.state };
  const refusals: Readonly<Record<string, string>> = words.refusals;
  const isRefused = states[outcome] === undefined;
  const [, how, run] = BEGAN.exec(outcome) ?? [];
  if (run !== undefined) {
    return <Link to={`/runs/${run}`}>{how === 'preview' ? messages.syncers.preview : words.run}</Link>;
  }
  return (
    <div>
      {outcome !== 'ok' && (
        <Tag className={`mark mark-${isRefused ? 'bad' : toneOf(outcome)}`} variant="filled">
          {states[outcome] ?? refusals[outcome] ?? outcome}
        </Tag>
      )}
      {comment !== '' && <div className="reason break">{comment}</div>}
      <FieldChanges
        fields={changes}
        organization={object.slice(0, Math.max(0, object.indexOf('/')))}
        {...(OF_SETTINGS.test(action) && { labels })}
      />
    </div>
  );
}

const BAD: ReadonlySet<string> = new Set<RunState>(['failed']);
const toneOf = (outcome: string): string => (BAD.has(outcome) ? 'bad' : 'quiet');

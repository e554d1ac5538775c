import { Tag } from 'antd';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import type { AuditEntryJson, RunState } from '../../host/api.ts';
import { historyPath } from '../api/account-path.ts';
import { syncerPath } from '../api/syncer-path.ts';
import type { Messages } from '../language/english.ts';
import { useFormats } from '../language/formats.ts';
import { useMessages } from '../language/language.ts';
import { FieldChanges } from '../run/field-changes.tsx';

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
          {place === undefined ? object : <Link to={place}>{labelOf(object, words.run)}</Link>}
        </span>
      )}
    </div>
  );
}

const RUN_ID = /^[0-9a-f]{8}-[0-9a-f-]{27}$/;

/** An id tells nobody anything. */
const labelOf = (object: string, run: string): string => (RUN_ID.test(object) ? run : object);

/** Whose accounts have a story, or had one. */
const OF_ACCOUNTS =
  /^(?:add|update|delete)-user$|^set-password$|^remove-user-from-group$|link-account$|^delete-session$/;
const OF_SYNCERS = /^(?:add|update|test|run)-syncer$|^sync-member$/;

/** Where what it was done to is shown; undefined: nowhere, or not any more. */
function placeOf({ action, object }: AuditEntryJson): string | undefined {
  if (RUN_ID.test(object)) return `/runs/${object}`;
  const [organization = '', name = ''] = object.split('/');
  if (name === '') return undefined;
  if (OF_SYNCERS.test(action)) return syncerPath({ organization, name });
  return OF_ACCOUNTS.test(action) ? historyPath(object) : undefined;
}

/** The run that began, as an outcome names it. */
const BEGAN = /^(begun|preview) ([0-9a-f-]{36})$/;

/** How it ended, where that is not the usual, what it changed, and what was said of it. */
export function Result({ entry: { action, outcome, changes, comment, object } }: OneEntry): ReactNode {
  const messages = useMessages();
  const words = messages.audit;
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
        {...(action.endsWith('-syncer') && { labels: settingLabels(messages.form) })}
      />
    </div>
  );
}

const BAD: ReadonlySet<string> = new Set<RunState>(['failed']);
const toneOf = (outcome: string): string => (BAD.has(outcome) ? 'bad' : 'quiet');

/** What settings are called on the page of a syncer, where they are called there. */
const settingLabels = (form: Messages['form']): Readonly<Record<string, string>> => ({
  isEnabled: form.enabled,
  syncInterval: form.interval,
  schedule: form.line,
  timeZone: form.timeZone,
  quietWindows: form.quietWindows,
  freezeWindows: form.freezeWindows,
  freezeDisabled: form.freezeDisabled,
  leavers: form.leavers,
  graceDays: form.graceDays,
  deleteDays: form.deleteDays,
  removalLimit: form.limitPercent,
  linkBy: form.linkBy,
  scope: form.scope,
  syncGroups: form.syncGroups,
  parentGroup: form.parentGroup,
  rosterInterval: form.rosterInterval,
  selfService: form.selfService,
  tableColumns: form.mapping,
  organization: form.organization,
  name: form.name,
  type: form.type,
});

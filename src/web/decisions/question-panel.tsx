import { Button, Checkbox, Flex, Input, Tag } from 'antd';
import { useEffect, useEffectEvent, useState, type ReactNode } from 'react';
import type { QuestionJson } from '../../host/api.ts';
import type { QuestionDecision } from '../api/calls.ts';
import { useMessages } from '../language/language.ts';
import { useGroupTitles } from '../parts/use-group-titles.ts';
import { compare, compareGroups, type Compared } from './compare.ts';

interface QuestionPanelProps {
  readonly question: QuestionJson;
  readonly busy: boolean;
  readonly decide: (said: QuestionDecision) => void;
  /** To another question of the list. */
  readonly move: (by: 1 | -1) => void;
}

/** One question: both sides next to each other, and what can be said to it, by hand or by key. */
export function QuestionPanel({ question, busy, decide, move }: QuestionPanelProps): ReactNode {
  const words = useMessages().questions;
  const { candidates, kind, member, proposedName, userid } = question;
  const [chosen, setChosen] = useState(0);
  const [name, setName] = useState(proposedName);
  const [comment, setComment] = useState('');
  const [keepSignIn, setKeepSignIn] = useState(false);
  const isGroup = kind === 'group-name-taken';
  const onlyIgnore = kind === 'value-taken';
  const candidate = candidates[chosen];
  const said = { comment, keepSignIn };
  const link = (): void => {
    if (candidate && !busy && !onlyIgnore) decide({ decision: 'link', user: candidate.user, ...said });
  };
  const create = (): void => {
    if (!busy && !onlyIgnore) decide({ decision: 'create', name, ...said });
  };
  const ignore = (): void => {
    if (!busy) decide({ decision: 'ignore', comment });
  };
  useKeys({
    l: link,
    c: create,
    i: ignore,
    j: () => move(1),
    k: () => move(-1),
    ...Object.fromEntries(candidates.slice(0, 9).map((_, index) => [String(index + 1), () => setChosen(index)])),
  });
  return (
    <section className="panel question" aria-label={member.name || userid}>
      <div className="spread">
        <h2>{words.asks[kind](member.name || userid)}</h2>
        <Tag className="mark mark-caution">{words.kinds[kind]}</Tag>
      </div>
      <Sides question={question} chosen={chosen} choose={setChosen} />
      <div className="question-answers">
        {!isGroup && !onlyIgnore && (
          <Checkbox checked={keepSignIn} onChange={(event) => setKeepSignIn(event.target.checked)}>
            {words.keepSignIn}
          </Checkbox>
        )}
        <Input
          value={comment}
          maxLength={1000}
          aria-label={words.comment}
          placeholder={words.comment}
          onChange={(event) => setComment(event.target.value)}
        />
        <Flex gap={8} wrap align="center">
          {candidate && !onlyIgnore && (
            <Button type="primary" loading={busy} onClick={link}>
              {words.link(candidate.user)} <kbd>L</kbd>
            </Button>
          )}
          {!onlyIgnore && (
            <span className="question-create">
              <Button disabled={busy} onClick={create}>
                {kind === 'renamed' ? words.keepBoth : words.create} <kbd>C</kbd>
              </Button>
              {kind !== 'renamed' && (
                <Input
                  value={name}
                  aria-label={words.newName}
                  className="question-name"
                  onChange={(event) => setName(event.target.value)}
                />
              )}
            </span>
          )}
          <Button disabled={busy} onClick={ignore}>
            {words.ignore} <kbd>I</kbd>
          </Button>
        </Flex>
        <p className="quiet question-keys">{words.keys}</p>
      </div>
    </section>
  );
}

interface SidesProps {
  readonly question: QuestionJson;
  readonly chosen: number;
  readonly choose: (place: number) => void;
}

/** The directory's side, and each account that may be meant: what differs is marked, and said. */
function Sides({ question: { syncer, kind, userid, member, candidates }, chosen, choose }: SidesProps): ReactNode {
  const words = useMessages().questions;
  const titles = useGroupTitles(syncer.slice(0, syncer.indexOf('/')));
  const isGroup = kind === 'group-name-taken';
  const titled = (groups: readonly string[]): string => groups.map((group) => titles.get(group) ?? group).join(', ');
  const rows = [
    { label: words.name, own: member.name, of: candidates.map(({ displayName }) => compare(member.name, displayName)) },
    ...(isGroup
      ? []
      : [
          { label: words.email, own: member.email, of: candidates.map(({ email }) => compare(member.email, email)) },
          {
            label: words.phone,
            own: member.phone,
            of: candidates.map(({ phone }) => compare(member.phone, phone, true)),
          },
          {
            label: words.departments,
            own: titled(member.groups),
            of: candidates.map(({ groups }) => compareGroups(member.groups, groups, titled)),
          },
        ]),
  ];
  return (
    <div className="question-sides">
      <table>
        <thead>
          <tr>
            <td />
            <th scope="col">
              {words.directory}
              <span className="quiet break">{userid}</span>
            </th>
            {candidates.map(({ user }, index) => (
              <th key={user} scope="col" className={index === chosen ? 'chosen' : ''}>
                <button type="button" aria-pressed={index === chosen} onClick={() => choose(index)}>
                  {candidates.length > 1 && <kbd>{index + 1}</kbd>} {isGroup ? words.group : words.account}
                  <span className="quiet break">{user}</span>
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ label, own, of }) => (
            <tr key={label}>
              <th scope="row">{label}</th>
              <td className="break">{own || <span className="quiet">{words.unknown}</span>}</td>
              {of.map((side, index) => (
                <Side key={candidates[index]?.user} side={side} chosen={index === chosen} />
              ))}
            </tr>
          ))}
          <tr>
            <th scope="row">{words.why}</th>
            <td />
            {candidates.map(({ user, reason }, index) => (
              <td key={user} className={index === chosen ? 'chosen quiet' : 'quiet'}>
                {reason}
              </td>
            ))}
          </tr>
        </tbody>
      </table>
    </div>
  );
}

function Side({ side: { value, how }, chosen }: { readonly side: Compared; readonly chosen: boolean }): ReactNode {
  const words = useMessages().questions;
  return (
    <td className={chosen ? 'chosen break' : 'break'}>
      {how === 'unknown' ? (
        value || <span className="quiet">{words.unknown}</span>
      ) : (
        <span className={`side-${how}`}>
          {value} <span className="side-mark">{how === 'same' ? words.same : words.differs}</span>
        </span>
      )}
    </td>
  );
}

/** Keys for quick work; whoever types into a field types. */
function useKeys(keys: Readonly<Record<string, () => void>>): void {
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    const isTyping =
      event.target instanceof HTMLElement && event.target.matches('input:not([type=checkbox]), textarea');
    const isOpen = document.querySelector('dialog[open]') !== null;
    if (isTyping || isOpen || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
    const work = keys[event.key.toLowerCase()];
    if (!work) return;
    event.preventDefault();
    work();
  });
  useEffect(() => {
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
}

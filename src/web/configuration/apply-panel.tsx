import { UploadOutlined } from '@ant-design/icons';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Checkbox } from 'antd';
import { useId, useMemo, useRef, useState, type ReactNode } from 'react';
import type { ConfigurationChangeJson } from '../../host/api.ts';
import { applyConfiguration, compareConfiguration } from '../api/calls.ts';
import { useFormats } from '../language/formats.ts';
import { useMessages } from '../language/language.ts';
import { Dialog } from '../parts/dialog.tsx';
import { sentenceOf, useNotices } from '../parts/notices.ts';
import { Difference } from './difference.tsx';
import { YamlInput } from './yaml-input.tsx';
import { placeIn } from './yaml-place.ts';

/** What a text would do, or did. */
interface Outcome {
  readonly isDone: boolean;
  readonly changes: readonly ConfigurationChangeJson[];
}

interface ApplyPanelProps {
  readonly yaml: string;
  readonly setYaml: (yaml: string) => void;
}

/** A text that is pasted or opened: compared first, and made so when somebody has seen what that does. */
export function ApplyPanel({ yaml, setYaml }: ApplyPanelProps): ReactNode {
  const words = useMessages().configuration;
  const formats = useFormats();
  const queries = useQueryClient();
  const { done, problem } = useNotices();
  const [prune, setPrune] = useState(false);
  const [asking, setAsking] = useState(false);
  const [outcome, setOutcome] = useState<Outcome>();
  const file = useRef<HTMLInputElement>(null);
  const helpId = useId();
  const compare = useMutation({
    mutationFn: () => compareConfiguration(yaml, prune),
    onSuccess: ({ content }) => setOutcome({ isDone: false, changes: content.changes }),
  });
  const apply = useMutation({
    mutationFn: (reviewed: Outcome['changes']) => applyConfiguration(yaml, prune, reviewed),
    async onSuccess({ content: { changes } }) {
      setOutcome({ isDone: true, changes });
      done(words.applied(formats.number(changes.length), changes.length));
      await queries.invalidateQueries();
    },
    onSettled: () => setAsking(false),
  });
  const isBusy = compare.isPending || apply.isPending;
  const error = apply.error ?? compare.error;
  const refusal = error && sentenceOf(error);
  const place = useMemo(() => (refusal ? placeIn(refusal, yaml) : undefined), [refusal, yaml]);
  const forget = (): void => {
    setOutcome(undefined);
    compare.reset();
    apply.reset();
  };
  const write = (text: string): void => {
    forget();
    setYaml(text);
  };
  const deleted = outcome?.changes.filter(({ action }) => action === 'delete') ?? [];
  const begin = ({ changes }: Outcome): void => {
    if (deleted.length > 0) setAsking(true);
    else apply.mutate(changes);
  };
  return (
    <section className="panel" aria-label={words.change}>
      <div className="configuration-head">
        <div>
          <h2>{words.change}</h2>
          <p className="page-lead">{words.changeText}</p>
        </div>
        <div className="configuration-buttons">
          <Button icon={<UploadOutlined aria-hidden />} onClick={() => file.current?.click()}>
            {words.open}
          </Button>
          <input
            ref={file}
            type="file"
            hidden
            aria-label={words.open}
            accept=".yaml,.yml,application/yaml,text/yaml,text/plain"
            onChange={({ target }) => {
              target.files?.[0]?.text().then(write, problem);
              // The same file again is a choice, too.
              target.value = '';
            }}
          />
        </div>
      </div>
      <YamlInput label={words.text} placeholder={words.placeholder} value={yaml} onChange={write} place={place} />
      {refusal && (
        <Alert
          className="gap-above"
          type="error"
          showIcon
          role="alert"
          title={refusal}
          description={
            place && (
              <code className="yaml-place">
                {place.before}
                <mark>{place.at}</mark>
                {place.after}
              </code>
            )
          }
        />
      )}
      <div className="configuration-apply">
        <div>
          <Checkbox
            checked={prune}
            aria-describedby={helpId}
            onChange={({ target }) => {
              forget();
              setPrune(target.checked);
            }}
          >
            {words.prune}
          </Checkbox>
          <p id={helpId} className="quiet">
            {words.pruneHelp}
          </p>
        </div>
        <Button
          type={outcome && !outcome.isDone ? 'default' : 'primary'}
          disabled={yaml.trim() === ''}
          loading={compare.isPending}
          onClick={() => {
            forget();
            compare.mutate();
          }}
        >
          {words.compare}
        </Button>
      </div>
      <div role="status">
        {outcome?.changes.length === 0 && <Alert type="success" showIcon title={words.nothing} />}
        {outcome?.isDone === true && outcome.changes.length > 0 && (
          <Alert
            type="success"
            showIcon
            title={words.applied(formats.number(outcome.changes.length), outcome.changes.length)}
          />
        )}
        {outcome?.isDone === false && outcome.changes.length > 0 && (
          <h3>{words.wouldChange(formats.number(outcome.changes.length), outcome.changes.length)}</h3>
        )}
      </div>
      {outcome && outcome.changes.length > 0 && <Difference label={words.difference} changes={outcome.changes} />}
      {outcome?.isDone === false && outcome.changes.length > 0 && (
        <div className="configuration-buttons">
          <Button
            type="primary"
            danger={deleted.length > 0}
            loading={apply.isPending}
            disabled={isBusy}
            onClick={() => begin(outcome)}
          >
            {words.apply}
          </Button>
        </div>
      )}
      {asking && outcome && (
        <Dialog
          title={words.confirmTitle}
          confirm={words.confirm}
          danger
          busy={apply.isPending}
          onConfirm={() => apply.mutate(outcome.changes)}
          onCancel={() => setAsking(false)}
        >
          <p>{words.confirmText(formats.number(deleted.length), deleted.length)}</p>
          <ul className="configuration-deleted">
            {deleted.map(({ kind, name }) => (
              <li key={`${kind} ${name}`} className="bad break">
                {words.kinds[kind]} {name}
              </li>
            ))}
          </ul>
        </Dialog>
      )}
    </section>
  );
}

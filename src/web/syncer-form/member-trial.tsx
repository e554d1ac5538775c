import { CheckCircleFilled, CloseCircleFilled } from '@ant-design/icons';
import { useMutation } from '@tanstack/react-query';
import { Button, Input, Space } from 'antd';
import { useState, type ReactNode } from 'react';
import type { MemberReportJson } from '../../host/api.ts';
import { tryMember } from '../api/calls.ts';
import { useMessages } from '../language/language.ts';
import { Problem } from '../parts/problem.tsx';
import { FieldChanges } from '../run/field-changes.tsx';
import { KindTag } from '../runs/kind-tag.tsx';
import './member-trial.css';

interface MemberTrialProps {
  readonly organization: string;
  readonly name: string;
  /** The saved settings are tried, not the ones in the form. */
  readonly unsaved: boolean;
}

/** What a sync of one member would do, step by step, without doing it. */
export function MemberTrial({ organization, name, unsaved }: MemberTrialProps): ReactNode {
  const words = useMessages().form;
  const [userid, setUserid] = useState('');
  const trial = useMutation({ mutationFn: () => tryMember({ organization, name }, userid.trim()) });
  const start = (): void => {
    if (userid.trim() !== '' && !unsaved) trial.mutate();
  };
  return (
    <div className="member-trial">
      <Space.Compact>
        <Input
          aria-label={words.trialUserid}
          placeholder={words.trialUserid}
          value={userid}
          spellCheck={false}
          onChange={(event) => setUserid(event.target.value)}
          onPressEnter={(event) => {
            event.preventDefault();
            start();
          }}
        />
        <Button loading={trial.isPending} disabled={unsaved || userid.trim() === ''} onClick={start}>
          {words.trialRun}
        </Button>
      </Space.Compact>
      {unsaved && <p className="quiet">{words.trialUnsaved}</p>}
      <div aria-live="polite">
        {trial.isError && <Problem error={trial.error} />}
        {trial.data && <TrialReport report={trial.data.content} />}
      </div>
    </div>
  );
}

function TrialReport({ report }: { readonly report: MemberReportJson }): ReactNode {
  const words = useMessages();
  const labels: Readonly<Record<string, string>> = words.form.steps;
  const { steps, change, run } = report;
  return (
    <div className={`report ${steps.every(({ ok }) => ok) && !run.error ? 'report-good' : 'report-bad'}`}>
      <ul className="checks">
        {steps.map((step) => (
          <li key={step.name}>
            {step.ok ? (
              <CheckCircleFilled className="good" aria-label={words.test.passedCheck} />
            ) : (
              <CloseCircleFilled className="bad" aria-label={words.test.failedCheck} />
            )}
            <div>
              <strong>{labels[step.name] ?? step.name}</strong>
              <span>{step.detail}</span>
            </div>
          </li>
        ))}
      </ul>
      {run.error && (
        <p className="remedy">
          {run.error.message} {run.error.remedy}
        </p>
      )}
      {change && (
        <div className="trial-change">
          <KindTag kind={change.kind} /> <strong>{change.displayName ?? change.user}</strong>{' '}
          {change.displayName !== undefined && <span className="quiet">{change.user}</span>}
          <FieldChanges fields={change.fields} />
        </div>
      )}
      {!change && !run.error && <p className="quiet">{words.form.trialNothing}</p>}
    </div>
  );
}

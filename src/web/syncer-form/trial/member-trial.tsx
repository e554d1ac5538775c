import { CheckCircleFilled, CloseCircleFilled } from '@ant-design/icons';
import { useMutation } from '@tanstack/react-query';
import { Button, Input, Space } from 'antd';
import { useState, type ReactNode } from 'react';
import type { MappingTrialJson, MemberReportJson } from '../../../host/api.ts';
import { tryMember } from '../../api/calls.ts';
import { useMessages } from '../../language/language.ts';
import { Problem } from '../../parts/problem.tsx';
import { FieldChanges } from '../../run/field-changes.tsx';
import { KindTag } from '../../runs/kind-tag.tsx';
import { MappingReport } from './mapping-report.tsx';
import './member-trial.css';

interface MemberTrialProps {
  readonly organization: string;
  readonly name: string;
  /** What is in the form; a refusal marks the field that it is about. */
  readonly tryMapping: (userid: string) => Promise<MappingTrialJson>;
  /** Stored as it stands in the form: then a sync of this member can be shown, too. */
  readonly isStored: boolean;
}

/** What settings make of one member, step by step, saved or not; and of saved ones, what a sync of him would do. */
export function MemberTrial({ organization, name, tryMapping, isStored }: MemberTrialProps): ReactNode {
  const words = useMessages().form;
  const [userid, setUserid] = useState('');
  const mapping = useMutation({ mutationFn: () => tryMapping(userid.trim()) });
  const sync = useMutation({ mutationFn: () => tryMember({ organization, name }, userid.trim()) });
  const start = (): void => {
    if (userid.trim() === '') return;
    sync.reset();
    mapping.mutate(undefined, { onSuccess: () => isStored && sync.mutate() });
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
        <Button loading={mapping.isPending || sync.isPending} disabled={userid.trim() === ''} onClick={start}>
          {words.trialRun}
        </Button>
      </Space.Compact>
      <div aria-live="polite">
        {mapping.isError && <Problem error={mapping.error} />}
        {mapping.data && <MappingReport trial={mapping.data} />}
        {sync.isError && <Problem error={sync.error} />}
        {sync.data && <TrialReport report={sync.data.content} />}
        {mapping.data && !isStored && <p className="quiet">{words.trialUnsaved}</p>}
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
      <h3>{words.form.trialSync}</h3>
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

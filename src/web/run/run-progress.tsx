import { StopOutlined } from '@ant-design/icons';
import { useMutation } from '@tanstack/react-query';
import { Button, Progress } from 'antd';
import type { ReactNode } from 'react';
import type { RunCounts, RunJson } from '../../host/api.ts';
import { cancelRun } from '../api/calls.ts';
import { useFormats } from '../language/formats.ts';
import { useMessages } from '../language/language.ts';
import { useNow } from '../parts/clock.tsx';
import { useNotices } from '../parts/notices.ts';
import './run-progress.css';

const LIVE = ['created', 'updated', 'forbidden'] as const satisfies readonly (keyof RunCounts)[];

/** What a run is doing now. */
export function RunProgress({ run }: { readonly run: RunJson }): ReactNode {
  const words = useMessages();
  const formats = useFormats();
  const now = useNow(1000);
  const { done, problem } = useNotices();
  const cancel = useMutation({
    mutationFn: () => cancelRun(run.id),
    onSuccess: () => done(words.run.cancelled),
    onError: problem,
  });
  const { departmentsDone, departmentsTotal, membersSeen } = run.progress;
  const percent = departmentsTotal > 0 ? Math.floor((departmentsDone * 100) / departmentsTotal) : 0;
  return (
    <section className="panel progress-panel" aria-label={words.run.title}>
      <div className="spread">
        {/* Only the phase is announced: the numbers change many times a second. */}
        <h2 role="status">{words.phase[run.phase]}</h2>
        <Button
          icon={<StopOutlined aria-hidden />}
          loading={cancel.isPending}
          disabled={cancel.isSuccess}
          onClick={() => cancel.mutate()}
        >
          {words.run.cancel}
        </Button>
      </div>
      <Progress percent={percent} status="active" showInfo={departmentsTotal > 0} aria-label={words.phase[run.phase]} />
      <dl className="tiles">
        <div>
          <dt>{words.run.departments}</dt>
          <dd>
            {departmentsTotal > 0
              ? words.run.ofTotal(formats.number(departmentsDone), formats.number(departmentsTotal))
              : words.none}
          </dd>
        </div>
        <div>
          <dt>{words.run.membersSeen}</dt>
          <dd>{formats.number(membersSeen)}</dd>
        </div>
        {LIVE.map((kind) => (
          <div key={kind}>
            <dt>{words.counts[kind]}</dt>
            <dd>{formats.number(run.counts[kind])}</dd>
          </div>
        ))}
        <div>
          <dt>{words.run.elapsed}</dt>
          <dd>{formats.duration(Math.floor(Math.max(0, now - Date.parse(run.startedAt)) / 1000) * 1000)}</dd>
        </div>
      </dl>
    </section>
  );
}

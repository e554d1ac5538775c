import { ApiOutlined, CheckCircleFilled, CloseCircleFilled } from '@ant-design/icons';
import { Button, Tag } from 'antd';
import { useState, type ReactNode } from 'react';
import type { ConnectionReportJson } from '../../host/api.ts';
import { useFormats } from '../language/formats.ts';
import { useMessages } from '../language/language.ts';
import { CopyButton } from '../parts/copy-button.tsx';
import { useNotices } from '../parts/notices.ts';
import './connection-test.css';

interface ConnectionTestProps {
  /** @throws when the form is not complete enough, or the server refuses without a report */
  readonly test: () => Promise<ConnectionReportJson | undefined>;
}

/** Tries the values in the form, saved or not. */
export function ConnectionTest({ test }: ConnectionTestProps): ReactNode {
  const words = useMessages().test;
  const { problem } = useNotices();
  const [busy, setBusy] = useState(false);
  const [report, setReport] = useState<ConnectionReportJson>();
  const run = async (): Promise<void> => {
    setBusy(true);
    try {
      setReport(await test());
    } catch (error) {
      setReport(undefined);
      problem(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className="connection-test">
      <div className="connection-test-button">
        <Button icon={<ApiOutlined aria-hidden />} loading={busy} onClick={() => void run()}>
          {words.button}
        </Button>
        <span className="quiet">{words.hint}</span>
      </div>
      <div aria-live="polite">{report && <Report report={report} />}</div>
    </div>
  );
}

function Report({ report }: { readonly report: ConnectionReportJson }): ReactNode {
  const words = useMessages().test;
  const formats = useFormats();
  const { ok, checks, departments, members, sample, withheldFields, egressIp } = report;
  return (
    <section className={`report ${ok ? 'report-good' : 'report-bad'}`} aria-label={words.button}>
      <h3>
        {ok ? <CheckCircleFilled className="good" aria-hidden /> : <CloseCircleFilled className="bad" />}
        {ok ? words.passed : words.failed}
      </h3>
      <ul className="checks">
        {checks.map((check) => (
          <Check key={check.name} check={check} />
        ))}
      </ul>
      {egressIp !== undefined && <EgressIp address={egressIp} />}
      <dl className="facts">
        <Fact label={words.departments}>{formats.number(departments)}</Fact>
        <Fact label={words.members}>{formats.number(members)}</Fact>
        {sample && (
          <Fact label={words.sample}>
            {sample.name} <span className="quiet">({sample.userid})</span>
          </Fact>
        )}
        {withheldFields.length > 0 && (
          <Fact label={words.withheld}>
            {withheldFields.map((field) => (
              <Tag key={field}>{field}</Tag>
            ))}
            <span className="quiet">{words.withheldHint}</span>
          </Fact>
        )}
      </dl>
    </section>
  );
}

const Fact = ({ label, children }: { readonly label: string; readonly children: ReactNode }): ReactNode => (
  <div>
    <dt>{label}</dt>
    <dd>{children}</dd>
  </div>
);

function Check({ check }: { readonly check: ConnectionReportJson['checks'][number] }): ReactNode {
  const words = useMessages().test;
  const labels: Readonly<Record<string, string>> = words.checks;
  return (
    <li>
      {check.ok ? (
        <CheckCircleFilled className="good" aria-label={words.passedCheck} />
      ) : (
        <CloseCircleFilled className="bad" aria-label={words.failedCheck} />
      )}
      <div>
        <strong>{labels[check.name] ?? check.name}</strong>
        <span>{check.detail}</span>
        {check.remedy !== undefined && check.remedy !== '' && <span className="remedy">{check.remedy}</span>}
      </div>
    </li>
  );
}

/** The address that the directory saw, ready to be pasted into its console. */
function EgressIp({ address }: { readonly address: string }): ReactNode {
  const words = useMessages().test;
  return (
    <div className="egress-ip">
      <span>{words.egressIp}</span>
      <code>{address}</code>
      <CopyButton size="small" text={address} aria-label={words.copyIp} />
    </div>
  );
}

import { Tag } from 'antd';
import type { ReactNode } from 'react';
import type { RunJson } from '../../host/api.ts';
import { useFormats } from '../language/formats.ts';
import { useMessages } from '../language/language.ts';
import './run-warnings.css';

export function RunWarnings({ warnings }: Pick<RunJson, 'warnings'>): ReactNode {
  const words = useMessages().run;
  const formats = useFormats();
  if (warnings.length === 0) return null;
  return (
    <section className="panel">
      <h2>{words.warnings}</h2>
      <ul className="warnings">
        {warnings.map(({ code, message, count, samples }) => (
          <li key={`${code} ${message}`}>
            <span>{message}</span>
            {count > 1 && <span className="quiet"> {words.warningTimes(formats.number(count))}</span>}
            {samples.length > 0 && (
              <span className="samples">
                {samples.map((sample) => (
                  <Tag key={sample}>{sample}</Tag>
                ))}
              </span>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

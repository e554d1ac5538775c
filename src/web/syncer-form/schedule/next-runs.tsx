import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { getNextRuns } from '../../api/calls.ts';
import { useFormats } from '../../language/formats.ts';
import { useMessages } from '../../language/language.ts';
import './next-runs.css';

interface NextRunsProps {
  readonly organization: string;
  readonly name: string;
  readonly timeZone: string;
}

/** What line, zone and windows come to, as they are stored. */
export function NextRuns({ organization, name, timeZone }: NextRunsProps): ReactNode {
  const words = useMessages().form;
  const formats = useFormats();
  const next = useQuery({
    queryKey: ['next-runs', organization, name],
    queryFn: () => getNextRuns(organization, name),
  });
  const times = next.data?.content;
  if (!times) return null;
  return (
    <div className="next-runs">
      <h3>{words.nextRuns}</h3>
      {times.length === 0 ? (
        <p className="quiet">{words.nextRunsNone}</p>
      ) : (
        <>
          <ol>
            {times.map((time) => (
              <li key={time}>
                <time dateTime={time}>{formats.momentIn(time, timeZone)}</time>
              </li>
            ))}
          </ol>
          <p className="quiet">{words.nextRunsZone(timeZone)}</p>
        </>
      )}
    </div>
  );
}

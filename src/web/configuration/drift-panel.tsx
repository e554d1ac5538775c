import { Alert } from 'antd';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import type { ConfigurationDriftJson, SyncerJson } from '../../host/api.ts';
import { getDrift } from '../api/calls.ts';
import { useFormats } from '../language/formats.ts';
import { useMessages } from '../language/language.ts';
import { Problem } from '../parts/problem.tsx';
import { Difference } from './difference.tsx';

const FRESH_MS = 20_000;

/** @param organization "" = all that the caller may see */
const useDrift = (organization: string) =>
  useQuery({ queryKey: ['drift', organization], queryFn: () => getDrift(organization), staleTime: FRESH_MS });

/** What was changed by hand since a text was applied. */
export function DriftPanel({ organization }: { readonly organization: string }): ReactNode {
  const words = useMessages().configuration;
  const { data, error, isError, refetch } = useDrift(organization);
  if (isError) return <Problem error={error} retry={() => void refetch()} />;
  if (!data) return null;
  return (
    <section className="panel" aria-label={words.drift}>
      <h2>{words.drift}</h2>
      {data.content.length === 0 && <p className="page-lead">{words.neverApplied}</p>}
      {data.content.map((drift) => (
        <Drift key={drift.organization} drift={drift} />
      ))}
    </section>
  );
}

function Drift({
  drift: { organization, appliedAt, by, changes },
}: {
  readonly drift: ConfigurationDriftJson;
}): ReactNode {
  const words = useMessages().configuration;
  const formats = useFormats();
  const applied = words.appliedBy(organization, formats.moment(appliedAt), by);
  return (
    <>
      <p className="page-lead">{applied}</p>
      {changes.length === 0 ? (
        <p className="good">{words.noDrift}</p>
      ) : (
        <>
          <Alert className="gap-above" type="warning" showIcon title={words.driftTitle} description={words.driftText} />
          <Difference label={words.drift} changes={changes} />
        </>
      )}
    </>
  );
}

/** Says in a list that a syncer is not as the text that was applied has it; nothing where it is, and where none was. */
export function DriftMark({ syncer: { organization, name } }: { readonly syncer: SyncerJson }): ReactNode {
  const words = useMessages().configuration;
  const { data } = useDrift('');
  const drift = data?.content.find((one) => one.organization === organization);
  const isChanged = drift?.changes.some(
    (change) => change.kind === 'syncer' && change.name === `${organization}/${name}`,
  );
  return isChanged ? (
    <Link className="drift-mark" to={`/configuration?organization=${encodeURIComponent(organization)}`}>
      {words.changedByHand}
    </Link>
  ) : null;
}

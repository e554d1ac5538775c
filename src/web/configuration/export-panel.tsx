import { DownloadOutlined, EditOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Button, Spin } from 'antd';
import type { ReactNode } from 'react';
import { exportConfiguration } from '../api/calls.ts';
import { saveAs } from '../history/table-button.tsx';
import { useMessages } from '../language/language.ts';
import { CopyButton } from '../parts/copy-button.tsx';
import { Problem } from '../parts/problem.tsx';

interface ExportPanelProps {
  /** "" = all that the caller may see. */
  readonly organization: string;
  /** Somebody wants to go on from what is. */
  readonly edit: (yaml: string) => void;
}

/** The settings as they are, as a text. */
export function ExportPanel({ organization, edit }: ExportPanelProps): ReactNode {
  const messages = useMessages();
  const words = messages.configuration;
  const { data, error, isError, refetch } = useQuery({
    queryKey: ['configuration', organization],
    queryFn: () => exportConfiguration(organization),
  });
  if (isError) return <Problem error={error} retry={() => void refetch()} />;
  const yaml = data?.content.yaml;
  return (
    <section className="panel" aria-label={words.now}>
      <div className="configuration-head">
        <div>
          <h2>{words.now}</h2>
          <p className="page-lead">{words.nowText}</p>
        </div>
        {yaml !== undefined && (
          <div className="configuration-buttons">
            <CopyButton text={yaml} />
            <Button
              icon={<DownloadOutlined aria-hidden />}
              onClick={() =>
                saveAs(`${organization || words.all}.yaml`, new Blob([yaml], { type: 'application/yaml' }))
              }
            >
              {words.download}
            </Button>
            <Button icon={<EditOutlined aria-hidden />} onClick={() => edit(yaml)}>
              {words.edit}
            </Button>
          </div>
        )}
      </div>
      {yaml === undefined ? (
        <Spin />
      ) : (
        // Whoever uses the keyboard scrolls it, too.
        <pre className="yaml-text" role="region" aria-label={words.nowLabel} tabIndex={0}>
          {yaml}
        </pre>
      )}
    </section>
  );
}

import { CopyOutlined, DownloadOutlined, EditOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Button, Spin } from 'antd';
import type { ReactNode } from 'react';
import { exportConfiguration } from '../api/calls.ts';
import { saveAs } from '../history/table-button.tsx';
import { useMessages } from '../language/language.ts';
import { useNotices } from '../parts/notices.ts';
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
  const { done, problem } = useNotices();
  const { data, error, isError, refetch } = useQuery({
    queryKey: ['configuration', organization],
    queryFn: () => exportConfiguration(organization),
  });
  if (isError) return <Problem error={error} retry={() => void refetch()} />;
  const yaml = data?.content.yaml;
  const copy = async (text: string): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      done(messages.copied);
    } catch (error) {
      problem(error);
    }
  };
  return (
    <section className="panel" aria-label={words.now}>
      <div className="configuration-head">
        <div>
          <h2>{words.now}</h2>
          <p className="page-lead">{words.nowText}</p>
        </div>
        {yaml !== undefined && (
          <div className="configuration-buttons">
            {/* Browsers offer the clipboard only to pages from https or this machine. */}
            {isSecureContext && (
              <Button icon={<CopyOutlined aria-hidden />} onClick={() => void copy(yaml)}>
                {messages.copy}
              </Button>
            )}
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

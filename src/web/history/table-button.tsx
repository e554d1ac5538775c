import { DownloadOutlined } from '@ant-design/icons';
import { useMutation } from '@tanstack/react-query';
import { Button } from 'antd';
import type { ReactNode } from 'react';
import { useMessages } from '../language/language.ts';
import { useNotices } from '../parts/notices.ts';

interface TableButtonProps {
  /** Of the file, without its end. */
  readonly name: string;
  readonly read: () => Promise<Blob>;
}

/** Saves all rows, not only those that are shown, as a table for a spreadsheet. */
export function TableButton({ name, read }: TableButtonProps): ReactNode {
  const words = useMessages();
  const { problem } = useNotices();
  const { mutate, isPending } = useMutation({
    mutationFn: read,
    onSuccess: (table) => saveAs(`${name}.csv`, table),
    onError: problem,
  });
  return (
    <Button icon={<DownloadOutlined aria-hidden />} loading={isPending} onClick={() => mutate()}>
      {words.downloadTable}
    </Button>
  );
}

/** Saves a file where the browser saves what is downloaded. */
export function saveAs(name: string, file: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  // Once the browser has begun to read it.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

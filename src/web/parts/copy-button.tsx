import { CopyOutlined } from '@ant-design/icons';
import { Button, type ButtonProps } from 'antd';
import type { ReactNode } from 'react';
import { useMessages } from '../language/language.ts';
import { useNotices } from './notices.ts';

interface CopyButtonProps extends Pick<ButtonProps, 'size' | 'aria-label'> {
  readonly text: string;
}

/** Puts a text into the clipboard. Browsers offer that only to pages from https or this machine; elsewhere it is not shown. */
export function CopyButton({ text, ...props }: CopyButtonProps): ReactNode {
  const words = useMessages();
  const { done, problem } = useNotices();
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      done(words.copied);
    } catch (error) {
      problem(error);
    }
  };
  if (!isSecureContext) return null;
  return (
    <Button {...props} icon={<CopyOutlined aria-hidden />} onClick={() => void copy()}>
      {words.copy}
    </Button>
  );
}

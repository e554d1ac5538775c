import { App } from 'antd';
import { useMemo } from 'react';

export interface Notices {
  /** Something went well. */
  readonly done: (sentence: string) => void;
  /** Something did not; errors of this page carry a sentence for the person. */
  readonly problem: (error: unknown) => void;
}

export const sentenceOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Sentences that come and go at the edge of the page. */
export function useNotices(): Notices {
  const { message, notification } = App.useApp();
  return useMemo(
    () => ({
      done: (sentence) => void message.success(sentence),
      // Remedies take time to read: they stay until they are closed.
      problem: (error) => notification.error({ title: sentenceOf(error), duration: 0, role: 'alert' }),
    }),
    [message, notification],
  );
}

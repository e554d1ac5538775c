import { Alert, Button } from 'antd';
import type { ReactNode } from 'react';
import { useMessages } from '../language/language.ts';
import { sentenceOf } from './notices.ts';

/** In the place of what could not be read: what is wrong, and a way to try again. */
export function Problem({ error, retry }: { readonly error: unknown; readonly retry?: () => void }): ReactNode {
  const words = useMessages();
  return (
    <Alert
      type="error"
      showIcon
      role="alert"
      title={words.problem.title}
      description={sentenceOf(error)}
      action={retry && <Button onClick={retry}>{words.retry}</Button>}
    />
  );
}

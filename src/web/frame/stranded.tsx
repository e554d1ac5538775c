import { Button } from 'antd';
import type { ReactNode } from 'react';
import { useHref } from 'react-router';
import { useMessages } from '../language/language.ts';
import { Blank } from '../parts/blank.tsx';

/** Where people end up when there is no such page, or a page broke. */
export function Stranded({ missing = false }: { readonly missing?: boolean }): ReactNode {
  const words = useMessages().problem;
  const syncers = useHref('/syncers');
  return (
    <Blank title={missing ? words.notFound : words.title} {...(missing ? {} : { text: words.crashed })}>
      {missing ? (
        <Button href={syncers}>{words.backToSyncers}</Button>
      ) : (
        <Button onClick={() => location.reload()}>{words.reload}</Button>
      )}
    </Blank>
  );
}

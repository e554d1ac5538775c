import { Button } from 'antd';
import type { ReactNode } from 'react';
import { useMessages } from '../language/language.ts';
import { Blank, Missing } from '../parts/blank.tsx';

/** Where people end up when there is no such page, or a page broke. */
export function Stranded({ missing = false }: { readonly missing?: boolean }): ReactNode {
  const words = useMessages().problem;
  if (missing) return <Missing title={words.notFound} />;
  return (
    <Blank title={words.title} text={words.crashed}>
      <Button onClick={() => location.reload()}>{words.reload}</Button>
    </Blank>
  );
}

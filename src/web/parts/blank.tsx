import { Button } from 'antd';
import type { ReactNode } from 'react';
import { useHref } from 'react-router';
import { useMessages } from '../language/language.ts';
import { Logo } from './logo.tsx';
import './blank.css';

/** A list without rows: says why, and what to do next. */
export const Blank = (props: {
  readonly title: string;
  readonly text?: string;
  readonly children?: ReactNode;
}): ReactNode => (
  <div className="blank">
    <Logo size={40} />
    <h2>{props.title}</h2>
    {props.text !== undefined && <p>{props.text}</p>}
    {props.children}
  </div>
);

/** In the place of what does not exist, or not for whoever asks: says so, and leads back. */
export function Missing({ title }: { readonly title: string }): ReactNode {
  const { backToSyncers } = useMessages().problem;
  const syncers = useHref('/syncers');
  return (
    <Blank title={title}>
      <Button href={syncers}>{backToSyncers}</Button>
    </Blank>
  );
}

import type { ReactNode } from 'react';
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

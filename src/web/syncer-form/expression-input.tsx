import { Form, Input, type InputProps } from 'antd';
import type { ReactNode } from 'react';
import { placeIn } from './mapping-problem.ts';
import './expression-input.css';

type Given = Pick<InputProps, 'id' | 'status' | 'value' | 'aria-label' | 'placeholder'> & {
  readonly onChange?: (event: { readonly target: { readonly value: string } }) => void;
  /** Whether the refusal of the field is about this expression; of a table of several it is about one. */
  readonly isRefused?: boolean;
};

/** A formula of one or more lines, in letters of one width: its errors are told by line and column, and marked there. */
export function ExpressionInput({ isRefused = true, ...given }: Given): ReactNode {
  const refusal = Form.Item.useStatus().errors.find((error) => typeof error === 'string');
  const place = isRefused && refusal !== undefined ? placeIn(refusal, String(given.value ?? '')) : undefined;
  return (
    <div className="expression-input">
      <Input.TextArea {...given} rows={2} autoComplete="off" spellCheck={false} />
      {place && (
        <code aria-hidden="true">
          {place.before}
          <mark>{place.at}</mark>
          {place.after}
        </code>
      )}
    </div>
  );
}

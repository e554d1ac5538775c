import { Input, type InputProps } from 'antd';
import type { ReactNode } from 'react';

type Given = Pick<InputProps, 'id' | 'status' | 'value' | 'aria-label' | 'placeholder'> & {
  readonly onChange?: (event: { readonly target: { readonly value: string } }) => void;
};

/** A formula of one or more lines, in letters of one width: its errors are told by line and column. */
export function ExpressionInput(given: Given): ReactNode {
  return (
    <Input.TextArea
      {...given}
      rows={2}
      autoComplete="off"
      spellCheck={false}
      style={{ fontFamily: 'ui-monospace, SFMono-Regular, Menlo, monospace', fontSize: 13 }}
    />
  );
}

import { Button } from 'antd';
import { useEffect, useId, useRef, type ReactNode } from 'react';
import { useMessages } from '../language/language.ts';
import './dialog.css';

export interface DialogProps {
  readonly title: string;
  readonly children: ReactNode;
  /** Label of the button that goes on. */
  readonly confirm: string;
  readonly cancel?: string;
  readonly danger?: boolean;
  readonly busy?: boolean;
  /** There is nothing to go on with. */
  readonly disabled?: boolean;
  /** Id of the form that the confirming button submits; `onConfirm` is not called then. */
  readonly form?: string;
  readonly onConfirm?: () => void;
  readonly onCancel: () => void;
}

/**
 * The browser's own modal dialog: what is behind it cannot be reached, Escape leaves it, and what had the focus gets it
 * back.
 */
export function Dialog(props: DialogProps): ReactNode {
  const {
    title,
    children,
    confirm,
    cancel,
    danger = false,
    busy = false,
    disabled = false,
    form,
    onConfirm,
    onCancel,
  } = props;
  const words = useMessages();
  const element = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const dialog = element.current;
    dialog?.showModal();
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      ref={element}
      className="dialog"
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        onCancel();
      }}
    >
      <h2 id={titleId}>{title}</h2>
      <div className="dialog-body">{children}</div>
      <div className="dialog-buttons">
        <Button onClick={onCancel}>{cancel ?? words.cancel}</Button>
        <Button
          type="primary"
          danger={danger}
          loading={busy}
          disabled={disabled}
          {...(form === undefined ? { onClick: onConfirm } : { htmlType: 'submit', form })}
        >
          {confirm}
        </Button>
      </div>
    </dialog>
  );
}

import { Form, Input, Select, Switch } from 'antd';
import type { ReactNode } from 'react';
import type { FormFieldJson } from '../../../host/api.ts';
import { useMessages } from '../../language/language.ts';
import { IntervalInput } from './interval-input.tsx';
import { RosterField } from './roster-field.tsx';
import { WindowList } from './window-list.tsx';

const ZONES = Intl.supportedValuesOf('timeZone').map((value) => ({ value }));

/** When a syncer runs by itself, and when not. */
export function ScheduleFields({ roster }: { readonly roster: FormFieldJson | undefined }): ReactNode {
  const words = useMessages().form;
  return (
    <>
      <Form.Item name="syncInterval" label={words.interval} extra={words.intervalHelp}>
        <IntervalInput />
      </Form.Item>
      <Form.Item name="schedule" label={words.line} extra={words.lineHelp}>
        <Input autoComplete="off" spellCheck={false} placeholder="30 2 * * 1-5" maxLength={200} />
      </Form.Item>
      <Form.Item name="timeZone" label={words.timeZone} extra={words.timeZoneHelp}>
        <Select showSearch options={ZONES} />
      </Form.Item>
      {roster && <RosterField secret={roster} />}
      <Form.Item label={words.quietWindows} extra={words.quietWindowsHelp}>
        <WindowList name="quietWindows" />
      </Form.Item>
    </>
  );
}

/** When nobody is locked out. */
export function FreezeFields(): ReactNode {
  const words = useMessages().form;
  return (
    <>
      <Form.Item label={words.freezeWindows} extra={words.freezeWindowsHelp}>
        <WindowList name="freezeWindows" />
      </Form.Item>
      <Form.Item
        name="freezeDisabled"
        label={words.freezeDisabled}
        extra={words.freezeDisabledHelp}
        valuePropName="checked"
      >
        <Switch />
      </Form.Item>
    </>
  );
}

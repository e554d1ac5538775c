import { DeleteOutlined, PlusOutlined } from '@ant-design/icons';
import { Button, Form, Input, Select } from 'antd';
import type { ReactNode } from 'react';
import type { WindowJson } from '../../../host/api.ts';
import { useMessages } from '../../language/language.ts';
import './window-list.css';

const NIGHT: WindowJson = { days: [1, 2, 3, 4, 5, 6, 7], from: '22:00', to: '06:00' };

/** Parts of the week, one a row. */
export function WindowList({ name }: { readonly name: 'quietWindows' | 'freezeWindows' }): ReactNode {
  const words = useMessages().form;
  const days = words.weekdays.map((label, index) => ({ value: index + 1, label }));
  return (
    <Form.List name={name}>
      {(rows, { add, remove }, { errors }) => (
        <div className="windows">
          {rows.map((row, index) => (
            <div key={row.key} className="window" role="group" aria-label={words.windowRow(String(index + 1))}>
              <Form.Item name={[row.name, 'days']} rules={[{ required: true, message: words.windowDaysNeeded }]}>
                <Select mode="multiple" options={days} aria-label={words.windowDays} />
              </Form.Item>
              <Form.Item name={[row.name, 'from']} rules={[{ required: true, message: words.windowTimeNeeded }]}>
                <Input type="time" aria-label={words.windowFrom} />
              </Form.Item>
              <span className="window-to" aria-hidden>
                –
              </span>
              <Form.Item
                name={[row.name, 'to']}
                dependencies={[[name, row.name, 'from']]}
                rules={[
                  { required: true, message: words.windowTimeNeeded },
                  ({ getFieldValue }) => ({
                    validator: (_, to) =>
                      to && to === getFieldValue([name, row.name, 'from'])
                        ? Promise.reject(new Error(words.windowEmpty))
                        : Promise.resolve(),
                  }),
                ]}
              >
                <Input type="time" aria-label={words.windowTo} />
              </Form.Item>
              <Button
                icon={<DeleteOutlined aria-hidden />}
                aria-label={words.windowRemove(String(index + 1))}
                onClick={() => remove(row.name)}
              />
            </div>
          ))}
          <Button icon={<PlusOutlined aria-hidden />} onClick={() => add(NIGHT)}>
            {words.windowAdd}
          </Button>
          <Form.ErrorList errors={errors} />
        </div>
      )}
    </Form.List>
  );
}

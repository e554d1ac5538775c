import { Form, InputNumber } from 'antd';
import { useEffect, useRef, type ReactNode } from 'react';
import { ROSTER_RANGE, ROSTER_SECONDS, type FormFieldJson } from '../../../host/api.ts';
import { useLanguage, useMessages } from '../../language/language.ts';

/** How often who came, moved or left is looked for between full runs; only with the secret that lists everybody. */
export function RosterField({ secret }: { readonly secret: FormFieldJson }): ReactNode {
  const words = useMessages().form;
  const { language } = useLanguage();
  const form = Form.useFormInstance();
  const has = Boolean(Form.useWatch<string | undefined>(secret.name.split('.'), form));
  const had = useRef<boolean>(undefined);
  useEffect(() => {
    // The checks begin with the secret, as the host stores it; a 0 that was left there would switch them off.
    if (had.current === false && has && !form.getFieldValue('rosterInterval')) {
      form.setFieldValue('rosterInterval', ROSTER_SECONDS);
    }
    had.current = has;
  }, [form, has]);
  return (
    <Form.Item
      name="rosterInterval"
      label={words.rosterInterval}
      extra={
        has
          ? words.rosterIntervalHelp(String(ROSTER_SECONDS), String(ROSTER_RANGE.shortest))
          : words.rosterIntervalNeeds(language === 'zh' ? secret.labelZh : secret.label)
      }
      rules={[
        {
          validator: (_, seconds: number | null) =>
            seconds !== null && seconds > 0 && seconds < ROSTER_RANGE.shortest
              ? Promise.reject(new Error(words.rosterIntervalShort(String(ROSTER_RANGE.shortest))))
              : Promise.resolve(),
        },
      ]}
      normalize={(seconds: number | null) => seconds ?? 0}
    >
      <InputNumber
        className="roster-interval"
        min={0}
        max={ROSTER_RANGE.longest}
        precision={0}
        disabled={!has}
        suffix={words.units.second}
      />
    </Form.Item>
  );
}

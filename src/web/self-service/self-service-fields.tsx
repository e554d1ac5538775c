import { useQuery } from '@tanstack/react-query';
import { Alert, Checkbox, Form, InputNumber, Switch } from 'antd';
import type { ReactNode } from 'react';
import {
  FIELD_TITLES,
  memberPageAddress,
  MOST_NUDGES_PER_DAY,
  SELF_SERVICE_FIELDS,
  type FormFieldJson,
} from '../../host/api.ts';
import { getSelfService } from '../api/calls.ts';
import { useLanguage, useMessages } from '../language/language.ts';
import { PREFIX } from '../api/place.ts';
import { PageAddress } from './page-address.tsx';
import './self-service-fields.css';

interface SelfServiceFieldsProps {
  /** With which members are asked. */
  readonly asking: FormFieldJson;
  /** Stored: then the host tells the address of its page. */
  readonly saved: boolean;
}

/** Whether members complete their own data, and which. */
export function SelfServiceFields({ asking, saved }: SelfServiceFieldsProps): ReactNode {
  const words = useMessages().selfService;
  const { language } = useLanguage();
  const isOn = Form.useWatch<boolean | undefined>(['selfService', 'enabled']) === true;
  const nudges = Form.useWatch<boolean | undefined>(['selfService', 'nudge']) === true;
  const hasAsking = Boolean(Form.useWatch<string | undefined>(asking.name.split('.')));
  const label = language === 'zh' ? asking.labelZh : asking.label;
  return (
    <>
      <Form.Item
        name={['selfService', 'enabled']}
        label={words.enabled}
        extra={hasAsking ? words.enabledHelp : words.needs(label)}
        valuePropName="checked"
      >
        <Switch disabled={!hasAsking && !isOn} />
      </Form.Item>
      <Form.Item
        name={['selfService', 'fields']}
        label={words.fields}
        extra={words.fieldsHelp}
        hidden={!isOn}
        rules={[
          {
            validator: (_, fields: readonly string[] = []) =>
              isOn && fields.length === 0 ? Promise.reject(new Error(words.fieldsNeeded)) : Promise.resolve(),
          },
        ]}
      >
        <FieldChoice />
      </Form.Item>
      <Form.Item
        name={['selfService', 'nudge']}
        label={words.nudge}
        extra={words.nudgeHelp}
        hidden={!isOn}
        valuePropName="checked"
      >
        <Switch />
      </Form.Item>
      <Form.Item
        name={['selfService', 'nudgePerDay']}
        label={words.nudgePerDay}
        hidden={!isOn || !nudges}
        rules={[{ required: isOn && nudges, message: words.nudgePerDayNeeded }]}
      >
        <InputNumber className="nudge-number" min={1} max={MOST_NUDGES_PER_DAY} precision={0} suffix={words.members} />
      </Form.Item>
      {isOn && <ConsoleSteps asking={asking} saved={saved} />}
    </>
  );
}

interface FieldChoiceProps {
  // Given by Form.Item.
  readonly id?: string;
  readonly value?: readonly string[];
  readonly onChange?: (fields: string[]) => void;
}

function FieldChoice({ id, value = [], onChange }: FieldChoiceProps): ReactNode {
  const words = useMessages().selfService;
  const { language } = useLanguage();
  return (
    <div role="group" aria-label={words.fields} {...(id === undefined ? {} : { id })}>
      <Checkbox.Group
        value={[...value]}
        options={SELF_SERVICE_FIELDS.map((field) => ({ value: field, label: FIELD_TITLES[field][language] }))}
        onChange={(fields) => onChange?.(fields)}
      />
    </div>
  );
}

/** What is to be done in the directory, and with which address. */
function ConsoleSteps({ asking: { asksMembers }, saved }: SelfServiceFieldsProps): ReactNode {
  const words = useMessages().selfService;
  const { language } = useLanguage();
  const organization = Form.useWatch<string | undefined>('organization') ?? '';
  const name = Form.useWatch<string | undefined>('name') ?? '';
  const form = Form.useFormInstance();
  const known = useQuery({
    queryKey: ['self-service', organization, name, 1, 1],
    queryFn: () => getSelfService(organization, name, { page: 1, pageSize: 1 }),
    // Under a name that is being typed nothing is found.
    enabled: saved && organization !== '' && !form.isFieldTouched('name'),
    staleTime: 60_000,
  });
  const hasNoAddress = known.data?.address === '';
  const steps = (language === 'zh' ? asksMembers?.stepsZh : asksMembers?.steps) ?? [];
  return (
    <div className="console-steps">
      <h3>{words.address}</h3>
      <PageAddress
        address={known.data?.address || memberPageAddress(`${location.origin}${PREFIX}`, { organization, name })}
      />
      {hasNoAddress && <Alert type="warning" showIcon role="alert" title={words.noAddress} />}
      <ol>
        {steps.map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ol>
    </div>
  );
}

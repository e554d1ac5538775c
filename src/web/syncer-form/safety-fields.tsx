import { Form, InputNumber, Select } from 'antd';
import type { ReactNode } from 'react';
import { useMessages } from '../language/language.ts';

/** What every type of syncer has: leavers, the guard, links to existing accounts. */
export function SafetyFields(): ReactNode {
  const words = useMessages().form;
  return (
    <>
      <Form.Item name="leavers" label={words.leavers} extra={words.leaversHelp}>
        <Select
          options={(['forbid', 'keep', 'softDelete'] as const).map((policy) => ({
            value: policy,
            label: words.leaverPolicies[policy],
          }))}
        />
      </Form.Item>
      <LeaverDays />
      <div className="limits">
        <Form.Item name={['removalLimit', 'percent']} label={words.limitPercent}>
          <InputNumber min={0} max={100} suffix={words.limitPercentSuffix} />
        </Form.Item>
        <Form.Item name={['removalLimit', 'count']} label={words.limitCount}>
          <InputNumber min={0} max={1_000_000} precision={0} suffix={words.limitCountSuffix} />
        </Form.Item>
        <p className="quiet">{words.limitHelp}</p>
      </div>
      <Form.Item name="linkBy" label={words.linkBy} extra={words.linkByHelp}>
        <Select
          mode="multiple"
          allowClear
          placeholder={words.linkByNone}
          options={(['email', 'phone', 'name'] as const).map((rule) => ({ value: rule, label: words.linkRules[rule] }))}
        />
      </Form.Item>
    </>
  );
}

/** How long leavers keep what they have; a policy that keeps them needs no days. */
function LeaverDays(): ReactNode {
  const words = useMessages().form;
  const leavers = Form.useWatch<string | undefined>('leavers');
  return (
    <div className="limits">
      <Form.Item name="graceDays" label={words.graceDays} hidden={leavers === 'keep'}>
        <InputNumber min={0} max={3650} precision={0} suffix={words.days} />
      </Form.Item>
      <Form.Item name="deleteDays" label={words.deleteDays} hidden={leavers !== 'softDelete'}>
        <InputNumber min={0} max={3650} precision={0} suffix={words.days} />
      </Form.Item>
      {leavers !== 'keep' && <p className="quiet">{leavers === 'softDelete' ? words.deleteHelp : words.graceHelp}</p>}
    </div>
  );
}

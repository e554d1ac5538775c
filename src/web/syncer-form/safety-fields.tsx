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
          options={(['email', 'phone', 'name'] as const).map((rule) => ({ value: rule, label: words.linkRules[rule] }))}
        />
      </Form.Item>
    </>
  );
}

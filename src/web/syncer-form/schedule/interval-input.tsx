import { InputNumber, Select, Space } from 'antd';
import { useState, type ReactNode } from 'react';
import { useMessages } from '../../language/language.ts';

const UNITS = { second: 1, minute: 60, hour: 3600, day: 86_400 } as const;
type Unit = keyof typeof UNITS;
const LARGEST_FIRST: readonly Unit[] = ['day', 'hour', 'minute', 'second'];

/** The largest unit in which the interval is a whole number. */
const unitOf = (seconds: number): Unit =>
  LARGEST_FIRST.find((unit) => seconds >= UNITS[unit] && seconds % UNITS[unit] === 0) ?? 'second';

interface IntervalInputProps {
  readonly id?: string;
  /** Seconds. */
  readonly value?: number;
  readonly onChange?: (seconds: number) => void;
}

/** Seconds, entered in the unit that reads best. */
export function IntervalInput({ id, value = 3600, onChange }: IntervalInputProps): ReactNode {
  const words = useMessages().form;
  const [unit, setUnit] = useState<Unit>(() => unitOf(value));
  const shown = value / UNITS[unit];
  return (
    <Space.Compact>
      <InputNumber
        {...(id === undefined ? {} : { id })}
        min={unit === 'second' ? 60 : 1}
        max={unit === 'day' ? 365 : 100_000}
        precision={0}
        value={Math.round(shown)}
        onChange={(count) => onChange?.((count ?? 1) * UNITS[unit])}
      />
      <Select<Unit>
        aria-label={words.intervalUnit}
        className="interval-unit"
        value={unit}
        options={LARGEST_FIRST.toReversed().map((option) => ({ value: option, label: words.units[option] }))}
        onChange={(next) => {
          setUnit(next);
          onChange?.(Math.max(60, Math.round(shown) * UNITS[next]));
        }}
      />
    </Space.Compact>
  );
}

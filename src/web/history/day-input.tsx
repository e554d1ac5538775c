import { Input } from 'antd';
import type { ReactNode } from 'react';

interface DayInputProps {
  readonly label: string;
  /** A date, or "". */
  readonly value: string;
  readonly onChange: (day: string) => void;
}

/** The browser's own calendar. */
export const DayInput = ({ label, value, onChange }: DayInputProps): ReactNode => (
  <label className="day-input">
    <span>{label}</span>
    <Input type="date" value={value} onChange={(event) => onChange(event.target.value)} />
  </label>
);

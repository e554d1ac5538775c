import { useEffect, useRef, type ReactNode } from 'react';
import type { YamlPlace } from './yaml-place.ts';
import './yaml-input.css';

interface YamlInputProps {
  readonly label: string;
  readonly placeholder: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** Where something is wrong. */
  readonly place: YamlPlace | undefined;
}

/** Lines above the one that is wrong which are seen, too. */
const ABOVE = 4;

/** A text with the numbers of its lines; where something is wrong, the line is marked and the caret stands there. */
export function YamlInput({ label, placeholder, value, onChange, place }: YamlInputProps): ReactNode {
  const text = useRef<HTMLTextAreaElement>(null);
  const numbers = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const input = text.current;
    if (!input || !place) return;
    input.focus({ preventScroll: true });
    input.setSelectionRange(place.offset, place.offset);
    input.scrollTop = Math.max(0, place.line - 1 - ABOVE) * Number.parseFloat(getComputedStyle(input).lineHeight);
  }, [place]);
  const count = value.split('\n').length;
  const wrong = place && place.line <= count ? place.line : undefined;
  return (
    <div className="yaml-input">
      <div ref={numbers} className="yaml-numbers" aria-hidden="true">
        {upTo(1, (wrong ?? count + 1) - 1)}
        {wrong !== undefined && <mark>{wrong}</mark>}
        {wrong !== undefined && `\n${upTo(wrong + 1, count)}`}
      </div>
      <textarea
        ref={text}
        aria-label={label}
        aria-invalid={place !== undefined}
        placeholder={placeholder}
        value={value}
        rows={16}
        wrap="off"
        spellCheck={false}
        autoComplete="off"
        autoCapitalize="off"
        onChange={(event) => onChange(event.target.value)}
        onScroll={(event) => {
          if (numbers.current) numbers.current.scrollTop = event.currentTarget.scrollTop;
        }}
      />
    </div>
  );
}

const upTo = (first: number, last: number): string =>
  Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => `${first + index}\n`).join('');

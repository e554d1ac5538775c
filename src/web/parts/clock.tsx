import { Tooltip } from 'antd';
import { useEffect, useState, type ReactNode } from 'react';
import { useFormats } from '../language/formats.ts';

/** The present time in milliseconds, fresh at every interval while `active`. */
export function useNow(intervalMs: number, active = true): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!active) return undefined;
    const timer = setInterval(() => setNow(Date.now()), intervalMs);
    return () => clearInterval(timer);
  }, [intervalMs, active]);
  return now;
}

/** How long ago or ahead; the exact time on hover and for screen readers. */
export function Moment({ at }: { readonly at: string }): ReactNode {
  const formats = useFormats();
  const now = useNow(15_000);
  return (
    <Tooltip title={formats.moment(at)}>
      <time dateTime={at}>{formats.distance(at, now)}</time>
    </Tooltip>
  );
}

import type { ChangeJson } from '../host/runs/run-json.ts';

/** One change as lines: who, what, why, and each field with before and after. */
export function changeLines(change: ChangeJson): string {
  const who = [change.userid, change.user && `(${change.user})`].filter(Boolean).join(' ');
  const lines = [`${change.kind.padEnd(11)} ${who} — ${change.reason}`];
  for (const { field, before, after } of change.fields) lines.push(`    ${field}: ${shown(before)} → ${shown(after)}`);
  return lines.join('\n');
}

const shown = (value: unknown): string => (value === null || value === undefined ? '∅' : JSON.stringify(value));

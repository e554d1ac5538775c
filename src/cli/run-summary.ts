import type { ChangeJson, RunJson } from '../host/runs/run-schema.ts';

/** The end of a run as a small table: one line per number, then what a person should know. */
export function runSummary(run: RunJson): string {
  const { counts } = run;
  const rows: [string, string][] = [
    ['state', run.dryRun ? `${run.state} (preview: nothing was written)` : run.state],
    ['members', String(counts.members)],
    ['created', String(counts.created)],
    ['updated', String(counts.updated)],
    ['unchanged', String(counts.unchanged)],
    ['forbidden', String(counts.forbidden)],
    ['restored', String(counts.restored)],
    ['removed', String(counts.removed)],
    ['linked', String(counts.linked)],
    ['conflicts', String(counts.conflicts)],
    ['skipped', String(counts.skipped)],
    // Where no IAM stands beside us there is nobody to sign out.
    ...(counts.signedOut > 0 ? [['signed out', String(counts.signedOut)] as [string, string]] : []),
    ['groups', `${counts.groupsCreated} created, ${counts.groupsUpdated} updated, ${counts.groupsRemoved} removed`],
    ['warnings', String(run.warnings.reduce((sum, { count }) => sum + count, 0))],
    ['seconds', seconds(run)],
  ];
  const width = Math.max(...rows.map(([label]) => label.length));
  const lines = rows.map(([label, value]) => `  ${label.padEnd(width)}  ${value}`);
  for (const warning of run.warnings) lines.push('', ...warningLines(warning));
  if (run.error) lines.push('', `  ${run.error.message}`, ...(run.error.remedy ? [`  → ${run.error.remedy}`] : []));
  return lines.join('\n');
}

function warningLines({ code, message, count, samples }: RunJson['warnings'][number]): string[] {
  const which = samples.length > 0 ? ` (${samples.join(', ')}${count > samples.length ? ', …' : ''})` : '';
  return [`  ! ${code}${count > 1 ? ` × ${count}` : ''}: ${message}${which}`];
}

function seconds(run: RunJson): string {
  if (run.finishedAt === null) return '';
  return ((Date.parse(run.finishedAt) - Date.parse(run.startedAt)) / 1000).toFixed(1);
}

/** One change as lines: who, what, why, and each field with before and after. */
export function changeLines(change: ChangeJson): string {
  const who = [change.userid, change.user && `(${change.user})`].filter(Boolean).join(' ');
  const lines = [`${change.kind.padEnd(11)} ${who} — ${change.reason}`];
  for (const field of change.fields) lines.push(`    ${fieldLine(field)}`);
  return lines.join('\n');
}

/** One field with before and after. */
export const fieldLine = ({ field, before, after }: ChangeJson['fields'][number]): string =>
  `${field}: ${shown(before)} → ${shown(after)}`;

const shown = (value: unknown): string => (value === null || value === undefined ? '∅' : JSON.stringify(value));

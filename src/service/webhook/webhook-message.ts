import { randomUUID } from 'node:crypto';
import { gravest } from '../../engine/warnings.ts';
import type { Run, RunCounts, RunState } from '../../engine/run.ts';
import { text, type Text } from '../../syncer/text.ts';
import { SLOWED } from '../syncers/syncer-condition.ts';
import type { WebhookEvent } from './webhook-event.ts';
import { present } from '../../syncer/present.ts';

/** What a receiver reads. It names syncers and numbers, never people. */
export interface WebhookMessage {
  /** The same in every attempt, so that a receiver can drop what it has. */
  readonly id: string;
  readonly event: WebhookEvent;
  /** When the run ended, RFC 3339: attempts come later. */
  readonly at: string;
  readonly organization: string;
  /** `ORG/NAME`. */
  readonly syncer: string;
  readonly runId: string;
  readonly state: RunState;
  readonly message: Text;
  readonly remedy?: Text;
  /** What the run did; a failed one tells it in the Syncers tab. */
  readonly counts?: RunCounts;
  /** The run in the Syncers tab. */
  readonly url?: string;
}

/**
 * @param failures in a row, this run included
 * @param publicUrl where browsers find the Syncers tab
 */
export function messageOf(event: WebhookEvent, run: Run, failures: number, publicUrl?: string): WebhookMessage {
  const remedy = remedyOf(event, run);
  return {
    id: randomUUID(),
    event,
    at: run.finishedAt ?? new Date().toISOString(),
    organization: run.organization,
    syncer: `${run.organization}/${run.syncerName}`,
    runId: run.id,
    state: run.state,
    message: sentenceOf(event, run, failures),
    ...present({
      remedy,
      counts: run.state === 'failed' ? undefined : { ...run.counts },
      url: publicUrl === undefined ? undefined : `${publicUrl.replace(/\/+$/, '')}/runs/${run.id}`,
    }),
  };
}

function sentenceOf(event: WebhookEvent, run: Run, failures: number): Text {
  const { en, zh } = run.error?.message ?? gravest(run.warnings)?.message ?? FAILED;
  switch (event) {
    case 'held':
      // The warnings' samples name members; only the reason leaves.
      return run.warnings.find(({ code }) => code === 'held')?.message ?? HELD;
    case 'quarantined':
      return text(`${en} ${SLOWED.en}`, `${zh}${SLOWED.zh}`);
    case 'failing':
      return text(`${failures} runs in a row failed. ${en}`, `已连续 ${failures} 次同步失败。${zh}`);
    case 'recovered':
      return run.state === 'partial' ? RECOVERED_IN_PART : RECOVERED;
  }
}

function remedyOf(event: WebhookEvent, run: Run): Text | undefined {
  if (event === 'held') return DECIDE;
  return event === 'recovered' ? undefined : (run.error?.remedy ?? undefined);
}

const FAILED = text('The run failed.', '同步失败。');
const HELD = text('A run waits for a person.', '同步等待审批。');
/** Said wherever somebody is told that a run waits. */
export const DECIDE = text(
  'Open the run, look at what it would take away, and approve or reject it; until then nobody loses access because of it.',
  '请打开该同步，查看将被锁定的内容，然后批准或拒绝；在此之前不会因此锁定任何人。',
);
const RECOVERED = text('The syncer works again: its last run succeeded.', '同步器已恢复正常：最近一次同步成功。');
const RECOVERED_IN_PART = text(
  'The syncer works again: its last run was done in part, and its warnings name what was left out.',
  '同步器已恢复：最近一次同步部分完成，其警告会指明遗漏的内容。',
);

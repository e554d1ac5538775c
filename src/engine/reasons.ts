import type { WriteConflictError } from '../identity/errors.ts';
import { ConfigError, errorFields, kindOf, LeaseError, type CancelledError } from '../syncer/errors.ts';
import { text, type Text } from '../syncer/text.ts';
import type { LeaseHolder } from './ports/lease-store.ts';
import type { Run, RunError } from './run.ts';

const runError = (code: string, recovery: string, message: Text, remedy: Text | null = null): RunError => ({
  code,
  message,
  remedy,
  recovery,
});

/** Says what was done: somebody who cancels wants to know what stays. */
export function cancelled(error: CancelledError, run: Run): RunError {
  const { created, updated, forbidden, restored, linked, removed } = run.counts;
  const applied = created + updated + restored + linked + removed + forbidden;
  const message = text(
    `${error.text.en} ${run.progress.membersSeen} members were read and ${applied} changes applied; they stay.`,
    `${error.text.zh}已读取 ${run.progress.membersSeen} 名成员，已应用 ${applied} 项变更并保留。`,
  );
  return runError(error.code, error.recovery, message);
}

const RUN_AGAIN = text(
  'Run it again; what was applied stays and the next run converges.',
  '请重新同步；已应用的内容保留，下次同步会补齐。',
);

/**
 * Whoever started the run may have no log to look into, so what a log would say is said here: the kind of error and the
 * place where it happened. What drivers and connectors say themselves may carry rows or secrets.
 */
export function unforeseen(error: unknown): RunError {
  const { stack = '' } = errorFields(error);
  const kind = kindOf(error);
  const place = placeIn(stack);
  const [at, atZh] = place === undefined ? ['', ''] : [` At: ${place}.`, ` 位置：${place}。`];
  return runError(
    'internal',
    'retry',
    text(`The run met an unexpected error: ${kind}.${at}`, `同步遇到意外错误：${kind}。${atZh}`),
    text(
      `${RUN_AGAIN.en} Should it come again, report it with this message.`,
      `${RUN_AGAIN.zh}如再次出现，请附上此信息进行反馈。`,
    ),
  );
}

/** The innermost frame of this package or of a connector, as `function (file:line:column)` without folders. */
function placeIn(stack: string): string | undefined {
  const frames = stack.split('\n').map((line) => line.trim());
  const own =
    frames.find((line) => line.startsWith('at ') && !/node_modules|node:|<anonymous>/.test(line)) ?? frames[0];
  return own?.replace(/^at /, '').replace(/(?:file:\/\/)?[^\s()]*[/\\]/, '') || undefined;
}

export const ABANDONED = runError(
  'abandoned',
  'retry',
  text(
    'The process that ran it ended, or lost the database, before the run did.',
    '执行同步的进程在同步完成前已终止，或与数据库失去了连接。',
  ),
  RUN_AGAIN,
);

/** Whether nobody heard how this run ended. */
export const wasAbandoned = (run: Run): boolean => run.error?.code === ABANDONED.code;

export const REJECTED = runError(
  'rejected',
  'confirm',
  text('A person rejected these lock-outs; nothing was changed.', '已人工拒绝这些锁定操作；未作任何更改。'),
);

export const NOTHING_LEFT = runError(
  'nothing-left',
  'confirm',
  text(
    'Nobody had to be locked out any more when the directory was read again; nothing was changed.',
    '重新读取通讯录后已无需锁定任何人；未作任何更改。',
  ),
);

export const superseded = (runId: string): RunError =>
  runError(
    'superseded',
    'confirm',
    text(`Run ${runId} weighed the directory again and took its place.`, `同步 ${runId} 已重新评估并取代此次同步。`),
  );

export const notHeld = (run: Run): ConfigError =>
  new ConfigError(
    text(
      `Run ${run.id} does not wait for a decision; it is ${run.state}.`,
      `同步 ${run.id} 并未等待审批；当前状态为 ${run.state}。`,
    ),
  );

export const notAPreview = (run: Run): ConfigError =>
  new ConfigError(
    text(
      `Run ${run.id} is no preview that can be applied: its trigger is "${run.trigger}", and it is ${run.state}.`,
      `同步 ${run.id} 不是可应用的预览：触发方式为“${run.trigger}”，当前状态为 ${run.state}。`,
    ),
    {
      remedy: text('Preview the syncer, and apply that run once it has ended.', '请先预览该同步器，待其结束后再应用。'),
    },
  );

export const appliedBefore = (preview: Run): ConfigError =>
  new ConfigError(text(`Preview ${preview.id} was applied already.`, `预览 ${preview.id} 已经应用过。`), {
    remedy: text('Make a new preview.', '请重新预览。'),
  });

export const notUndoable = (run: Run): ConfigError =>
  new ConfigError(
    run.dryRun
      ? text(
          `Run ${run.id} was a preview: it did nothing that could be taken back.`,
          `同步 ${run.id} 是预览：没有可撤销的更改。`,
        )
      : text(`Run ${run.id} still goes on.`, `同步 ${run.id} 仍在进行。`),
    {
      remedy: run.dryRun
        ? text('Name a run that applied something.', '请指定实际应用过更改的同步。')
        : text('Wait for its end, or cancel it.', '请等待其结束，或先取消。'),
    },
  );

/** Why something is as it was before this run. */
export const takenBackFrom = ({ id }: Run): Text => text(`Taken back from run ${id}.`, `撤销同步 ${id} 的更改。`);

export const undoneAlready = (undone: Run, waiting: Run): ConfigError =>
  new ConfigError(
    text(
      `Run ${waiting.id} takes this back from run ${undone.id} already, and waits for a decision.`,
      `同步 ${waiting.id} 已在撤销同步 ${undone.id} 的这些更改，正等待审批。`,
    ),
    { remedy: text('Approve or reject what waits there.', '请批准或拒绝其中等待的内容。') },
  );

export const BUILT_IN = new ConfigError(
  text('Syncing into the organization "built-in" is refused.', '不允许同步到“built-in”组织。'),
  {
    remedy: text(
      'Choose another organization: every user of built-in is a global administrator.',
      '请选择其他组织：built-in 中的每个用户都是全局管理员。',
    ),
  },
);

export const noOrganization = (organization: string): ConfigError =>
  new ConfigError(text(`Organization "${organization}" does not exist.`, `组织“${organization}”不存在。`), {
    remedy: text('Create it, or choose another one.', '请创建该组织，或选择其他组织。'),
  });

export const LEASE_LOST = new LeaseError(
  text(
    'Another process took over this syncer; this run wrote nothing more.',
    '其他进程已接管此同步器；本次同步不再写入。',
  ),
);

/** The refusal that a second run gets: which machine and process do the first is nobody's business who reads it. */
export const leaseTaken = (holder: LeaseHolder): LeaseError =>
  new LeaseError(
    text(`A run of this syncer goes on since ${holder.since}.`, `此同步器正在运行，开始于 ${holder.since}。`),
    { remedy: text('Wait for it to end, or cancel it.', '请等待其结束，或先取消。') },
  );

/** What to tell a person when the IAM's own syncers work on the same organization. */
export const competingWarning = (syncers: readonly string[]): Text => {
  const names = syncers.join(', ');
  return text(
    `The IAM's own syncer is switched on for the same organization (${names}); the two undo each other's work. Switch it off in the IAM.`,
    `IAM 自带的同步器也对同一组织启用(${names})，两者会互相覆盖。请在 IAM 中将其停用。`,
  );
};

/** The sentence for a row that the database did not take. */
export const refusedReason = (error: WriteConflictError): Text =>
  text(`The database refused the row: ${error.detail}.`, `数据库拒绝了该行：${error.detail}。`);

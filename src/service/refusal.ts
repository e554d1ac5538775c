import { text, type Text } from '../syncer/text.ts';

/** A request that is answered with `status: "error"`: the sentence is for the person who asked. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  constructor(
    readonly text: Text,
    /** Goes into `data` all the same, such as the report of a failed connection test. */
    readonly body: unknown = null,
  ) {
    super(text.en);
  }
}

export const missing = (key: string): Refusal => new Refusal(text(`Missing parameter: ${key}`, `缺少参数：${key}`));

export const noSuchOrganization = (name: string): Refusal =>
  new Refusal(
    text(
      `Organization "${name}" does not exist. Create it, or choose another one.`,
      `组织“${name}”不存在。请先创建，或选择其他组织。`,
    ),
  );

/** What the caller may not do. Says nothing about why: a reason would tell what exists. */
export class Unauthorized extends Error {
  override readonly name = 'Unauthorized';
}

export const DELETED = text('The syncer of this run was deleted.', '该同步记录所属的同步器已删除。');
export const MOVED = text(
  'The syncer of this run belongs to another organization now: begin a new run.',
  '该同步记录所属的同步器已转到其他组织，请重新运行同步。',
);
export const SHUTTING_DOWN = text('The host is shutting down.', '服务正在关闭。');

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

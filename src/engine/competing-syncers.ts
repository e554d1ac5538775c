import { text, type Text } from '../syncer/text.ts';

/** What to tell a person when the IAM's own syncers work on the same organization. */
export const rivalWarning = (rivals: readonly string[]): Text => {
  const names = rivals.join(', ');
  return text(
    `The IAM's own syncer is switched on for the same organization (${names}); the two undo each other's work. Switch it off in the IAM.`,
    `IAM 自带的同步器也对同一组织启用(${names})，两者会互相覆盖。请在 IAM 中将其停用。`,
  );
};

import { text, type Text } from '../syncer/text.ts';
import type { RemovalLimit } from './settings.ts';

/** What a run would take away, all kinds together. */
export interface LockOutTally {
  /** Accounts that would be forbidden or removed. */
  readonly people: number;
  /** Groups that would be removed. */
  readonly groups: number;
  /** Active accounts that this syncer held before the run: newcomers must not dilute the share of those who go. */
  readonly activeBefore: number;
  /** Members that the directory showed. */
  readonly membersSeen: number;
}

export type GuardVerdict = { readonly held: false } | { readonly held: true; readonly reason: Text };

/**
 * The guard in front of every lock-out. A scope narrowed by mistake, a wrong secret that sees another corp, an app
 * whose visible range was emptied: WeCom answers all of them with errcode 0 and fewer people, exactly as if they had
 * left. An empty answer and "everyone goes" wait for a person whatever the limit says.
 */
export function weigh(tally: LockOutTally, limit: RemovalLimit): GuardVerdict {
  const { people, groups, activeBefore, membersSeen } = tally;
  const total = people + groups;
  if (total === 0) return { held: false };
  if (membersSeen === 0) {
    return held(
      `The directory came back empty; ${people} of ${activeBefore} active accounts would lose access.`,
      `目录返回为空；${activeBefore} 个有效账号中将有 ${people} 个失去访问权限。`,
    );
  }
  if (people > 0 && people >= activeBefore) {
    return held(
      `All ${people} active accounts of this syncer would lose access.`,
      `此同步器的全部 ${people} 个有效账号都将失去访问权限。`,
    );
  }
  const overPercent = total * 100 > limit.percent * activeBefore;
  if (limit.percent < 100 && overPercent && total > limit.count) {
    return held(
      `${people} accounts and ${groups} groups would go; the limit is ${limit.percent} % of ${activeBefore} active accounts, or ${limit.count}.`,
      `将锁定 ${people} 个账号并移除 ${groups} 个群组；上限为 ${activeBefore} 个有效账号的 ${limit.percent}%，或 ${limit.count} 个。`,
    );
  }
  return { held: false };
}

const held = (en: string, zh: string): GuardVerdict => ({ held: true, reason: text(en, zh) });

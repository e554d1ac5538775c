import { text, type Text } from '../../../syncer/text.ts';
import type { RemovalLimit } from '../../syncer-settings.ts';

/** What a run would take away, all kinds together. */
export interface LockOutCounts {
  /** Accounts that would be forbidden or removed. */
  readonly people: number;
  /** Those of them who have no access any more, and whose accounts would be deleted; absent: 0. */
  readonly withoutAccess?: number;
  /** Groups that would be removed. */
  readonly groups: number;
  /** The same that was taken during the last day while nobody looked: one after another they would pass any limit. */
  readonly recentPeople: number;
  readonly recentGroups: number;
  /** Active accounts that this syncer held before all that: newcomers must not dilute the share of those who go. */
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
export function checkRemovalLimit(counts: LockOutCounts, limit: RemovalLimit): GuardVerdict {
  const { activeBefore, membersSeen, recentPeople, recentGroups, withoutAccess = 0 } = counts;
  if (counts.people + counts.groups === 0) return { held: false };
  const people = counts.people + recentPeople;
  const groups = counts.groups + recentGroups;
  const total = people + groups;
  if (membersSeen === 0) {
    return held(
      `The directory came back empty; ${people} of ${activeBefore} active accounts would lose access.`,
      `目录返回为空；${activeBefore} 个有效账号中将有 ${people} 个失去访问权限。`,
    );
  }
  const [lately, latelyZh] = recentPeople + recentGroups > 0 ? [LATELY.en, LATELY.zh] : ['', ''];
  const active = people - withoutAccess;
  if (counts.people > withoutAccess && active >= activeBefore) {
    return held(
      `All ${active} active accounts of this syncer would lose access${lately}.`,
      `此同步器的全部 ${active} 个有效账号都将失去访问权限${latelyZh}。`,
    );
  }
  const overPercent = total * 100 > limit.percent * activeBefore;
  if (limit.percent < 100 && overPercent && total > limit.count) {
    return held(
      `${people} accounts and ${groups} groups would go${lately}; the limit is ${limit.percent} % of ${activeBefore} active accounts, or ${limit.count}.`,
      `将锁定 ${people} 个账号并移除 ${groups} 个群组${latelyZh}；上限为 ${activeBefore} 个有效账号的 ${limit.percent}%，或 ${limit.count} 个。`,
    );
  }
  return { held: false };
}

const LATELY = text(', counting what went by itself during the last day', '(含最近一天内自动锁定或移除的)');

const held = (en: string, zh: string): GuardVerdict => ({ held: true, reason: text(en, zh) });

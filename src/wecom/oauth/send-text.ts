import { SyncError } from '../../syncer/errors.ts';
import { chunks } from '../../syncer/chunks.ts';
import { keyOf, type ExternalId } from '../../syncer/external-id.ts';
import type { SentTexts } from '../../syncer/syncer.ts';
import type { WeComClient } from '../api/client.ts';
import { textOf } from '../reading/lenient-json.ts';

/** Receivers of one call (doc 90236). */
const AT_ONCE = 1000;
/** None of these members can be reached by the app (doc 90236). */
const NOBODY_REACHED = 81_013;
/** WeCom itself drops the same text to the same member for so many seconds, its longest: should a proxy repeat a call. */
const DROP_REPEATED_SECONDS = 14_400;

/**
 * The app's message to each of these members: `message/send` (doc 90236). A call is made once: nobody knows whether one
 * that was not answered was heard.
 *
 * @param client one that repeats nothing
 */
export async function sendText(
  client: WeComClient,
  agentId: string,
  ids: readonly ExternalId[],
  content: string,
  signal: AbortSignal,
): Promise<SentTexts> {
  const sent: ExternalId[] = [];
  const refused: ExternalId[] = [];
  for (const some of chunks(ids, AT_ONCE)) {
    const body = {
      touser: some.join('|'),
      msgtype: 'text',
      agentid: Number(agentId),
      text: { content },
      enable_duplicate_check: 1,
      duplicate_check_interval: DROP_REPEATED_SECONDS,
    };
    try {
      const answer = await client.call({ endpoint: 'message/send', query: {}, body }, signal);
      const unreached = new Set(
        ['invaliduser', 'unlicenseduser'].flatMap((key) => (textOf(answer[key]) ?? '').toLowerCase().split('|')),
      );
      for (const id of some) (unreached.has(keyOf(id)) ? refused : sent).push(id);
    } catch (error) {
      if (!(error instanceof SyncError)) throw error;
      if (error.vendorCode === undefined) return { sent, refused, unknown: some, stopped: error };
      // It was answered, so nobody of this call got anything; the next one would be answered alike.
      if (error.vendorCode !== NOBODY_REACHED) return { sent, refused, unknown: [], stopped: error };
      refused.push(...some);
    }
  }
  return { sent, refused, unknown: [] };
}

import { ProtocolError } from '../../syncer/errors.ts';
import { text } from '../../syncer/text.ts';
import type { JsonObject } from '../../http-client/transport.ts';
import { tooManyEntries } from './advice.ts';

/** Of one list: thrice what WeCom lets stand below one department, and as many as any call has to give. */
export const MOST_ENTRIES = 100_000;

/**
 * The list that a successful answer must hold. Missing or null is not the same as empty: a gateway's page or a shape
 * that nobody documented must never look like a company without people.
 *
 * @throws ProtocolError also for one that is too long to be WeCom's
 */
export const listIn = (answer: JsonObject, key: string, endpoint: string): readonly unknown[] => {
  const list = answer[key];
  if (Array.isArray(list)) {
    if (list.length > MOST_ENTRIES) throw tooManyEntries(endpoint, key, MOST_ENTRIES);
    return list as readonly unknown[];
  }
  throw new ProtocolError(
    text(`${endpoint} answered without the list "${key}".`, `${endpoint} 的返回中缺少列表“${key}”。`),
    {
      remedy: text(
        'What answers at the base URL (host) is not WeCom as documented: check the address and any gateway in between.',
        'API 地址(host)处的返回与企业微信文档不符：请检查该地址以及中间的网关。',
      ),
    },
  );
};

import { ProtocolError } from '../syncer/errors.ts';
import { text } from '../syncer/text.ts';
import type { JsonObject } from './loose.ts';

/**
 * The list that a successful answer must hold. Missing or null is not the same as empty: a gateway's page or a shape
 * that nobody documented must never look like a company without people.
 *
 * @throws ProtocolError
 */
export const listIn = (answer: JsonObject, key: string, endpoint: string): readonly unknown[] => {
  const list = answer[key];
  if (Array.isArray(list)) return list as readonly unknown[];
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

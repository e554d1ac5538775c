import { integerOf } from '../reading/lenient-json.ts';
import type { JsonObject } from '../../http-client/transport.ts';

/** What every answer says first. */
export interface Envelope {
  /** 0 = ok; undefined = there is an errcode, and nobody can read it. */
  readonly errcode: number | undefined;
  readonly errmsg: string;
}

/**
 * Read before anything else in an answer: a failing body carries the expected lists, empty, and an auth failure would
 * look like an empty company. An API may leave errcode out when it succeeded (doc 90664).
 */
export const readEnvelope = (answer: JsonObject): Envelope => {
  const code = answer['errcode'];
  const errmsg = typeof answer['errmsg'] === 'string' ? answer['errmsg'] : '';
  return { errcode: code === undefined || code === null ? 0 : integerOf(code), errmsg };
};

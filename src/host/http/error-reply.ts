import { WriteConflictError } from '../../identity/errors.ts';
import { StaleRecordError } from '../../service/syncers/syncer-record.ts';
import { kindOf, SyncError } from '../../syncer/errors.ts';
import { text, type Text } from '../../syncer/text.ts';
import { failed, type Envelope } from './envelope.ts';
import { sentence, type Language } from './language.ts';
import { Refusal, Unauthorized } from '../../service/refusal.ts';

export interface ErrorReply {
  readonly httpStatus: number;
  readonly envelope: Envelope;
  /** Nobody foresaw this: it belongs in the log. */
  readonly unforeseen: boolean;
}

/** The exact words that Casdoor's page turns into its "not allowed" screen. */
export const UNAUTHORIZED = 'Unauthorized operation';

/** With the kind of error: there may be no log, or one that is not the caller's to read. */
const unforeseenIn = (error: unknown): Text =>
  text(
    `Something went wrong inside the host (${kindOf(error)}). Its log says where, unless it is switched off.`,
    `服务内部出现错误(${kindOf(error)})。如未关闭日志，可在服务日志中查看位置。`,
  );
const STALE = text(
  'Somebody else saved this syncer at the same moment. Load it again.',
  '该同步器刚被他人保存，请重新加载。',
);
const UNREADABLE = text('The request cannot be read.', '无法解析该请求。');

/**
 * The one place that chooses what a thrown error looks like on the wire: HTTP 200 with `status: "error"` for whatever
 * a person can act on, as Casdoor's clients expect, and 500 only for what is wrong with the host itself.
 */
export function errorReply(error: unknown, language: Language): ErrorReply {
  const refuse = (msg: string, data: unknown = null): ErrorReply => ({
    httpStatus: 200,
    envelope: failed(msg, data),
    unforeseen: false,
  });
  if (error instanceof Unauthorized) return refuse(UNAUTHORIZED);
  if (error instanceof Refusal) return refuse(sentence(language, error.text), error.body);
  if (error instanceof SyncError) return refuse(sentence(language, error.text, error.remedy));
  if (error instanceof WriteConflictError) {
    return refuse(sentence(language, text(`This cannot be stored: ${error.detail}.`, `无法保存：${error.detail}。`)));
  }
  if (error instanceof StaleRecordError) return refuse(sentence(language, STALE));
  const { statusCode } = (error ?? {}) as { statusCode?: unknown };
  // Fastify's own complaints about a request; their texts repeat parts of it, so they are not passed on.
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) {
    return refuse(sentence(language, UNREADABLE));
  }
  return { httpStatus: 500, envelope: failed(sentence(language, unforeseenIn(error))), unforeseen: true };
}

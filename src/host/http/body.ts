import { Readable } from 'node:stream';
import { Refusal } from '../../service/refusal.ts';
import { text } from '../../syncer/text.ts';
import { isForm, readForm } from './form-body.ts';
import type { Incoming } from './incoming.ts';

export interface BodyLimits {
  /** Bytes. */
  readonly longest: number;
  readonly takesText: boolean;
  readonly takesForm: boolean;
}

const NOT_JSON = text('The request body is not valid JSON.', '请求内容不是有效的 JSON。');
const READ_BEFORE = text(
  'Something read the body of this request before and did not pass it on: put it behind the syncers, or let it leave what it read in "body" of the request.',
  '该请求的内容已被其他组件读取且未传递：请将其置于同步器之后，或将读取结果放入请求的 body 属性。',
);

function tooLarge(bytes: number): Refusal {
  const size = bytes < 1024 * 1024 ? `${Math.floor(bytes / 1024)} KB` : `${Math.floor(bytes / 1024 / 1024)} MB`;
  return new Refusal(text(`The request body is larger than ${size}.`, `请求内容超过 ${size}。`));
}

/**
 * As JSON, whatever the content type says: older pages and the Java SDK send `text/plain`, the Python SDK none. Calls
 * that Casdoor's clients send forms to take those too. What the server has parsed already is taken as it is.
 *
 * @throws Refusal when it is too large, or nothing of the kind
 */
export async function readBody({ body, headers }: Incoming, limits: BodyLimits): Promise<unknown> {
  const sent =
    body instanceof Readable
      ? await textOf(body, headers['content-length'], limits.longest)
      : Buffer.isBuffer(body)
        ? body.toString()
        : body;
  if (typeof sent !== 'string') return sent;
  if (sent.trim() === '') return undefined;
  if (limits.takesText) return sent;
  const contentType = headers['content-type'] ?? '';
  return limits.takesForm && isForm(contentType, sent) ? readForm(sent, contentType) : parse(sent);
}

async function textOf(stream: Readable, length: string | undefined, longest: number): Promise<string> {
  if (Number(length) > longest) throw tooLarge(longest);
  if (stream.readableEnded || stream.destroyed) {
    if (Number(length) > 0) throw new Refusal(READ_BEFORE);
    return '';
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  return new Promise((resolve, reject) => {
    stream.on('data', (chunk: Buffer | string) => {
      const read = Buffer.from(chunk);
      bytes += read.length;
      // What still comes is read and dropped: a client that is not heard to the end would see a reset, not the answer.
      if (bytes > longest) reject(tooLarge(longest));
      else chunks.push(read);
    });
    stream.on('end', () => resolve(Buffer.concat(chunks).toString()));
    stream.on('error', reject);
    stream.on('close', () => reject(new Refusal(NOT_JSON)));
  });
}

function parse(sent: string): unknown {
  const json = sent.replace(/^\ufeff/, '');
  try {
    return /__proto__|constructor|\\u/.test(json) ? JSON.parse(json, withoutPrototypes) : JSON.parse(json);
  } catch {
    throw new Refusal(NOT_JSON);
  }
}

/** Keys that would change what every object is, once somebody copies them. */
const withoutPrototypes = (key: string, value: unknown): unknown =>
  key === '__proto__' || (key === 'constructor' && typeof value === 'object' && value !== null && 'prototype' in value)
    ? undefined
    : value;

import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { JSON_TYPE, type Answer } from './answer.ts';
import type { FaultResponse } from '../faults/faults.ts';

/** Sends an answer with the headers that WeCom sends. */
export function deliver(response: ServerResponse, answer: Answer, clockSkewMs = 0): void {
  response.writeHead(answer.status, { ...headersOf(answer, clockSkewMs), 'Content-Length': answer.body.length });
  response.end(answer.body);
}

/** Half of the answer, though all of it was announced; then the connection closes. */
export function deliverTruncated(response: ServerResponse, answer: Answer, clockSkewMs = 0): void {
  response.writeHead(answer.status, { ...headersOf(answer, clockSkewMs), 'Content-Length': answer.body.length });
  response.write(answer.body.subarray(0, Math.floor(answer.body.length / 2)), () => response.destroy());
}

/** A 301 as nginx sends it. */
export function deliverRedirect(response: ServerResponse, location: string): void {
  response.writeHead(301, { Location: location, 'Content-Type': 'text/html', Server: 'nginx' });
  response.end('<html><head><title>301 Moved Permanently</title></head></html>');
}

const CHUNK = Buffer.alloc(64 * 1024, ' ');

/** Well-formed JSON of `bytes` bytes: an empty success, then blanks. */
export function deliverOversized(response: ServerResponse, bytes: number): void {
  const start = Buffer.from('{"errcode":0,"errmsg":"ok","userlist":[],"department":[]}');
  response.writeHead(200, { 'Content-Type': JSON_TYPE, 'Content-Length': Math.max(bytes, start.length) });
  response.write(start);
  pour(response, Math.max(0, bytes - start.length));
}

/** Starts like a success and never ends, as fast as the reader reads. */
export function deliverEndless(response: ServerResponse): void {
  response.writeHead(200, { 'Content-Type': JSON_TYPE });
  response.write('{"errcode":0,"errmsg":"ok",');
  pour(response, Number.POSITIVE_INFINITY);
}

const DRIP_MS = 20;

/** Starts like a success and goes on for ever, a blank at a time: always alive, never done. */
export function deliverDrip(response: ServerResponse): void {
  response.writeHead(200, { 'Content-Type': JSON_TYPE });
  response.write('{"errcode":0,"errmsg":"ok",');
  const timer = setInterval(() => void response.write(' '), DRIP_MS);
  timer.unref();
  response.once('close', () => clearInterval(timer));
}

function pour(response: ServerResponse, bytes: number): void {
  let left = bytes;
  const more = (): void => {
    while (left > 0) {
      if (response.destroyed) return;
      const chunk = left < CHUNK.length ? CHUNK.subarray(0, left) : CHUNK;
      left -= chunk.length;
      if (!response.write(chunk)) {
        response.once('drain', more);
        return;
      }
    }
    response.end();
  };
  more();
}

/** What a fault puts in place of the true answer, when that is an answer at all. */
export function faultAnswer(
  fault: FaultResponse,
  refuse: (errcode: number, errmsg?: string) => Answer,
): Answer | undefined {
  const { httpStatus, errcode, errmsg, body, contentType } = fault;
  if (httpStatus === undefined && errcode === undefined && body === undefined) return undefined;
  if (errcode !== undefined && body === undefined) {
    const refused = refuse(errcode, errmsg);
    return httpStatus === undefined ? refused : { ...refused, status: httpStatus };
  }
  const status = httpStatus ?? 200;
  const isPage = body === undefined;
  return {
    status,
    errcode: errcode ?? 0,
    errmsg: errmsg ?? '',
    contentType: contentType ?? (isPage ? 'text/html' : JSON_TYPE),
    body: Buffer.from(
      body ?? `<html><head><title>${status}</title></head><body><hr><center>nginx</center></body></html>`,
    ),
  };
}

function headersOf(answer: Answer, clockSkewMs: number): Record<string, string> {
  const headers: Record<string, string> = {
    Server: 'nginx',
    Date: new Date(Date.now() + clockSkewMs).toUTCString(),
    'Content-Type': answer.contentType,
  };
  if (answer.contentType === JSON_TYPE) {
    headers['Error-Code'] = String(answer.errcode);
    headers['Error-Msg'] = headerText(answer.errmsg);
    headers['x-w-no'] = randomBytes(1).toString('hex');
  }
  return headers;
}

/** A header carries printable ASCII, and not much of it; a fault may name any text. */
function headerText(text: string): string {
  return text.slice(0, 1_000).replaceAll(/[^\u0020-\u007e]/g, '?');
}

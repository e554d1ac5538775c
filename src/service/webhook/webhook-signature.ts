import { createHmac } from 'node:crypto';

const PREFIX = 'whsec_';
/** Bytes of a key, at least; the specification asks for 24 to 64. */
const SHORTEST_KEY = 16;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * The bytes that sign: what follows `whsec_` as base64, as the Standard Webhooks libraries write their secrets, and any
 * other secret as it stands, in UTF-8.
 */
export const signingKey = (secret: string): Buffer =>
  secret.startsWith(PREFIX) ? Buffer.from(secret.slice(PREFIX.length), 'base64') : Buffer.from(secret, 'utf8');

/**
 * False: after `whsec_` stands something that is no base64, or too little of it. Node would read it all the same, and
 * sign with another key than the receiver's.
 */
export const isSigningSecret = (secret: string): boolean =>
  !secret.startsWith(PREFIX) || (BASE64.test(secret.slice(PREFIX.length)) && signingKey(secret).length >= SHORTEST_KEY);

/**
 * The headers of one attempt, as https://www.standardwebhooks.com has them: receivers refuse what is older than some
 * minutes, so a repeated attempt is signed anew.
 */
export const signedHeaders = (key: Buffer, id: string, at: Date, body: string): Record<string, string> => {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
};

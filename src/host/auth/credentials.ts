import { createHash, timingSafeEqual } from 'node:crypto';
import { text } from '../../syncer/text.ts';
import { Refusal } from '../../service/refusal.ts';
import type { Settings } from '../settings.ts';
import type { Caller } from './caller.ts';

const digest = (value: string): Buffer => createHash('sha256').update(value).digest();
/** Takes the same time wherever the two differ, also in length. */
const same = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b));

type Credential = NonNullable<Settings['credential']>;

const callerOf = (credential: Credential): Caller => ({ kind: 'credential', clientId: credential.clientId });

/** `Authorization: Basic`; a wrong pair is nobody, as in Casdoor, and the session decides. */
export function callerByBasic(header: string | undefined, credential: Credential | undefined): Caller | undefined {
  const encoded = /^Basic ([A-Za-z0-9+/=_-]+)$/i.exec(header ?? '')?.[1];
  if (encoded === undefined || !credential) return undefined;
  const [clientId, ...secret] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
  const right = [same(clientId ?? '', credential.clientId), same(secret.join(':'), credential.clientSecret)];
  return right.every(Boolean) ? callerOf(credential) : undefined;
}

/**
 * `?clientId=&clientSecret=`, as the Python SDK sends them.
 *
 * @throws Refusal when the pair is wrong: unlike with Basic, Casdoor says so
 */
export function callerByQuery(
  clientId: string,
  clientSecret: string,
  credential: Credential | undefined,
): Caller | undefined {
  // An id alone proves nothing: Casdoor's page asks about applications by it.
  if (clientId === '' || clientSecret === '') return undefined;
  if (!credential || !same(clientId, credential.clientId)) {
    throw new Refusal(text('Application not found for this client ID.', '找不到该 Client ID 对应的应用。'));
  }
  if (!same(clientSecret, credential.clientSecret)) {
    throw new Refusal(text('Incorrect client secret.', 'Client Secret 不正确。'));
  }
  return callerOf(credential);
}

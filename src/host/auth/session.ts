import { createHash, randomBytes } from 'node:crypto';
import type { SessionRecords } from '../../storage/accounts/session-records.ts';
import type { UserRow } from '../../storage/entities/index.ts';
import type { SecretBox } from '../../storage/syncers/secret-box.ts';
import type { Caller } from './caller.ts';

/** Casdoor's name, so that tools which look for it find it. */
export const SESSION_COOKIE = 'casdoor_session_id';

const DAY_MS = 86_400_000;
const SHORT_MS = DAY_MS;
const LONG_MS = 30 * DAY_MS;
/** "Last seen" is written this often at most: a page polls every few seconds. */
const SEEN_EVERY_MS = 5 * 60_000;

const PLACE = { syncerId: '', field: 'session' };

const hashOf = (sid: string): string => createHash('sha256').update(sid).digest('hex');

export interface Cookie {
  readonly value: string;
  /** Undefined: the browser forgets it when it closes. */
  readonly maxAgeSeconds: number | undefined;
}

/**
 * Sign-ins. The cookie is an encrypted random id; what it stands for is a row, so that signing out, a new password or
 * a lock-out end it on every replica at once.
 */
export class Sessions {
  readonly #records: SessionRecords;
  readonly #box: SecretBox;
  readonly #clock: () => number;

  constructor(records: SessionRecords, box: SecretBox, clock: () => number = Date.now) {
    this.#records = records;
    this.#box = box;
    this.#clock = clock;
  }

  /**
   * @param user as it stood when the password was looked at
   * @returns undefined when it got another password, or was locked out, since then
   */
  async begin(
    { owner, name, id, password }: Pick<UserRow, 'owner' | 'name' | 'id' | 'password'>,
    stay: boolean,
  ): Promise<Cookie | undefined> {
    const sid = randomBytes(32).toString('base64url');
    const now = this.#clock();
    const lifetime = stay ? LONG_MS : SHORT_MS;
    const row = {
      sidHash: hashOf(sid),
      userOwner: owner,
      userName: name,
      userId: id ?? '',
      createdMs: now,
      lastSeenMs: now,
      expiresMs: now + lifetime,
    };
    if (!(await this.#records.insert(row, password ?? ''))) return undefined;
    return { value: this.#box.seal(sid, PLACE), maxAgeSeconds: stay ? lifetime / 1000 : undefined };
  }

  /** Who the cookie stands for: nobody when it is forged, ended or expired, or when the account may no longer sign in. */
  async callerBy(cookie: string | undefined): Promise<Caller | undefined> {
    const sid = this.#open(cookie);
    if (sid === undefined) return undefined;
    const sidHash = hashOf(sid);
    const now = this.#clock();
    const found = await this.#records.find(sidHash, now);
    if (!found || found.account.isForbidden || found.account.isDeleted) return undefined;
    if (now - found.session.lastSeenMs > SEEN_EVERY_MS) {
      await this.#records.touch(sidHash, now);
    }
    const { owner: organization, name, isAdmin } = found.account;
    return { kind: 'user', organization, name, isAdmin: isAdmin === true, byCookie: true };
  }

  async end(cookie: string | undefined): Promise<void> {
    const sid = this.#open(cookie);
    if (sid === undefined) return;
    await this.#records.remove(hashOf(sid));
  }

  #open(cookie: string | undefined): string | undefined {
    if (cookie === undefined || cookie === '' || cookie.length > 500) return undefined;
    try {
      return this.#box.open(cookie, PLACE);
    } catch {
      return undefined; // forged, or sealed with a key that is no longer ours
    }
  }
}

import { hash as argon2Hash, verify as argon2Verify } from '@node-rs/argon2';
import { compare as bcryptCompare } from 'bcryptjs';
import { randomBytes } from 'node:crypto';
import pLimit from 'p-limit';

/** How a password is stored: Casdoor's two columns. */
export interface StoredPassword {
  readonly password: string;
  readonly passwordType: string;
}

export const LONGEST_PASSWORD = 200;

// Each argon2 run takes 19 MiB: a burst of sign-ins queues instead of taking all memory and all worker threads.
const atATime = pLimit(2);

/** Argon2id with the library's defaults, which follow OWASP's advice (19 MiB, 2 passes). */
export async function hashPassword(password: string): Promise<StoredPassword> {
  return { password: await atATime(() => argon2Hash(password)), passwordType: 'argon2id' };
}

/** A password for a person to copy: 120 random bits. */
export const newPassword = (): string => randomBytes(15).toString('base64url');

const checks = {
  argon2id: (password: string, stored: string) => argon2Verify(stored, password),
  bcrypt: (password: string, stored: string) => bcryptCompare(password, stored),
} as const;

function schemeOf(stored: StoredPassword): keyof typeof checks | undefined {
  if (/^\$argon2id?\$/.test(stored.password) && ['argon2id', ''].includes(stored.passwordType)) return 'argon2id';
  if (/^\$2[aby]\$\d\d\$/.test(stored.password) && ['bcrypt', ''].includes(stored.passwordType)) return 'bcrypt';
  return undefined;
}

// Checked when there is nothing to check against, so that the time of an answer does not tell which accounts exist.
let decoy: Promise<StoredPassword> | undefined;

/** False also for passwords stored in clear or with the older salted hashes: those are never accepted. */
export async function verifyPassword(password: string, stored: StoredPassword | undefined): Promise<boolean> {
  const scheme = stored && password.length <= LONGEST_PASSWORD ? schemeOf(stored) : undefined;
  if (!stored || !scheme) {
    decoy ??= hashPassword(newPassword());
    const { password: hash } = await decoy;
    await atATime(() => argon2Verify(hash, password.slice(0, LONGEST_PASSWORD)));
    return false;
  }
  return atATime(async () => {
    try {
      return await checks[scheme](password, stored.password);
    } catch {
      return false; // a hash that was cut or damaged
    }
  });
}

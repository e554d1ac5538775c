import { randomBytes } from 'node:crypto';
import pLimit from 'p-limit';
import { loadOptional } from '../../package-json.ts';

/** How a password is stored: Casdoor's two columns. */
export interface StoredPassword {
  readonly password: string;
  readonly passwordType: string;
}

export const LONGEST_PASSWORD = 200;

/** What Go's library, and so Casdoor, takes by default. */
const CASDOORS_BCRYPT_ROUNDS = 10;

const loadArgon2 = () => loadOptional(() => import('@node-rs/argon2'));
const loadBcrypt = () => loadOptional(() => import('bcryptjs'));

/** @throws ConfigError that names the one that is missing: at the start, and not at the first sign-in */
export async function loadPasswordLibraries(): Promise<void> {
  await Promise.all([loadArgon2(), loadBcrypt()]);
}

// Each argon2 run takes 19 MiB: a burst of sign-ins queues instead of taking all memory and all worker threads.
const atATime = pLimit(2);

/**
 * Argon2id with the library's defaults, which follow OWASP's advice (19 MiB, 2 passes).
 *
 * @param passwordType as organizations name it: what Casdoor is to check is hashed as it does, where that is good enough
 */
export async function hashPassword(password: string, passwordType = ''): Promise<StoredPassword> {
  if (passwordType === 'bcrypt') {
    const { hash } = await loadBcrypt();
    return { password: await hash(password, CASDOORS_BCRYPT_ROUNDS), passwordType };
  }
  const { hash } = await loadArgon2();
  return { password: await atATime(() => hash(password)), passwordType: 'argon2id' };
}

/** A password for a person to copy: 120 random bits. */
export const newPassword = (): string => randomBytes(15).toString('base64url');

const checks = {
  argon2id: async () => {
    const { verify } = await loadArgon2();
    return (password: string, stored: string) => verify(stored, password);
  },
  bcrypt: async () => (await loadBcrypt()).compare,
} as const;

function schemeOf(stored: StoredPassword): keyof typeof checks | undefined {
  if (/^\$argon2id?\$/.test(stored.password) && ['argon2id', ''].includes(stored.passwordType)) return 'argon2id';
  if (/^\$2[aby]\$\d\d\$/.test(stored.password) && ['bcrypt', ''].includes(stored.passwordType)) return 'bcrypt';
  return undefined;
}

/** Whether there is anything to check a password against. */
export const isVerifiable = (stored: StoredPassword | undefined): stored is StoredPassword =>
  stored !== undefined && schemeOf(stored) !== undefined;

const made = new Map<keyof typeof checks, Promise<StoredPassword>>();

/** @param passwordType as organizations name it; what is never accepted takes as long as our own kind */
export function unknownPassword(passwordType: string): Promise<StoredPassword> {
  const kind = passwordType === 'bcrypt' ? 'bcrypt' : 'argon2id';
  const password = made.get(kind) ?? hashPassword(newPassword(), kind);
  made.set(kind, password);
  return password;
}

/**
 * False also for passwords stored in clear or with the older salted hashes: those are never accepted.
 *
 * @param dummy checked when there is nothing to check against, so that the time of an answer does not tell which
 *   accounts exist
 */
export async function verifyPassword(
  password: string,
  stored: StoredPassword | undefined,
  dummy?: StoredPassword,
): Promise<boolean> {
  const given = password.slice(0, LONGEST_PASSWORD);
  const isReal = isVerifiable(stored);
  const checked = isReal ? stored : (dummy ?? (await unknownPassword('')));
  const scheme = schemeOf(checked) ?? 'argon2id';
  const check = await checks[scheme]();
  const fits = await atATime(async () => {
    try {
      return await check(given, checked.password);
    } catch {
      return false; // a hash that was cut or damaged
    }
  });
  return fits && isReal && given === password;
}

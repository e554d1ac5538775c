import { createCipheriv, createDecipheriv, randomBytes, scryptSync } from 'node:crypto';
import { ConfigError } from '../../syncer/errors.ts';
import { text } from '../../syncer/text.ts';

/**
 * Names the way a secret was sealed: v1 without an address, v2 with one. Which of them is opened is said by the place
 * that asks and never by the sealed text, so that nobody makes an address not matter by storing an older text.
 */
const versionFor = ({ address }: SecretPlace): 'v1' | 'v2' => (address === undefined ? 'v1' : 'v2');
const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Where a secret belongs; a sealed one opens nowhere else. */
export interface SecretPlace {
  readonly syncerId: string;
  readonly field: string;
  /** Where it may be sent; absent: it was sealed for no address. */
  readonly address?: string;
}

/** Seals secrets for the database with a key from SECRET_KEY: authenticated, so that a changed or moved one does not open. */
export class SecretBox {
  readonly #key: Buffer;

  /** @throws ConfigError when the key is empty */
  constructor(secretKey: string) {
    if (secretKey === '') {
      throw new ConfigError(text('SECRET_KEY is empty.', 'SECRET_KEY 为空。'), {
        remedy: text('Set SECRET_KEY to a long random text.', '请将 SECRET_KEY 设置为一段较长的随机文本。'),
      });
    }
    // Slow on purpose, for keys that a person made up. The salt is fixed: every replica must come to the same key, and
    // there is one key per installation.
    this.#key = scryptSync(secretKey, 'wecom-syncer/secrets/v1', KEY_BYTES, {
      N: 2 ** 15,
      r: 8,
      p: 1,
      maxmem: 2 ** 26,
    });
  }

  seal(secret: string, place: SecretPlace): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, this.#key, nonce).setAAD(boundTo(place));
    const sealed = Buffer.concat([nonce, cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return `${versionFor(place)}:${sealed.toString('base64url')}`;
  }

  /** @throws ConfigError when it was sealed with another key, for another place or address, or changed since */
  open(sealed: string, place: SecretPlace): string {
    const [version, body = ''] = sealed.split(':');
    const bytes = Buffer.from(body, 'base64url');
    if (version !== versionFor(place) || bytes.length < NONCE_BYTES + TAG_BYTES) throw unopenable(place);
    try {
      const decipher = createDecipheriv(CIPHER, this.#key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
        .setAAD(boundTo(place))
        .setAuthTag(bytes.subarray(-TAG_BYTES));
      return decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
    } catch {
      throw unopenable(place);
    }
  }
}

const boundTo = (place: SecretPlace): Buffer => {
  const { syncerId, field, address } = place;
  return Buffer.from(JSON.stringify([versionFor(place), syncerId, field, ...(address === undefined ? [] : [address])]));
};

const unopenable = (place: SecretPlace): ConfigError =>
  new ConfigError(
    text(
      `The stored secret "${place.field}" cannot be opened: it was stored with another SECRET_KEY, or for another address.`,
      `无法解开已存储的密钥“${place.field}”：存储时使用的是另一个 SECRET_KEY，或针对的是另一个地址。`,
    ),
    {
      remedy: text(
        'Start with the SECRET_KEY and the address that it was stored with, or enter the secret again.',
        '请使用存储时的 SECRET_KEY 和地址，或重新填写该密钥。',
      ),
    },
  );

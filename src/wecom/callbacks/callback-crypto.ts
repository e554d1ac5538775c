import { createDecipheriv, createHash, timingSafeEqual } from 'node:crypto';
import { CallbackRefusedError } from '../../syncer/errors.ts';
import { text } from '../../syncer/text.ts';

const CIPHER_BLOCK = 16;
/** PKCS#7 over blocks of 32 bytes (doc 90968), which no library pads or unpads by itself. */
const PADDING_BLOCK = 32;
const RANDOM_BYTES = 16;
const LENGTH_BYTES = 4;

export interface CallbackCredentials {
  readonly token: string;
  readonly encodingAesKey: string;
  /** The Corp ID: a message for another company is not ours, whoever signed it. */
  readonly receiveId: string;
}

/** What signs a message, as the query carries it. */
export interface Signed {
  readonly signature: string;
  readonly timestamp: string;
  readonly nonce: string;
  readonly encrypted: string;
}

const refuse = (en: string, zh: string): CallbackRefusedError => new CallbackRefusedError(text(en, zh));
const BROKEN = refuse('The message cannot be decrypted.', '消息无法解密。');

/** WeCom's message cryptography (doc 90968), reading side. */
export class CallbackCrypto {
  readonly #token: string;
  readonly #key: Buffer;
  readonly #receiveId: string;

  constructor({ token, encodingAesKey, receiveId }: CallbackCredentials) {
    this.#token = token;
    // 43 characters stand for 32 bytes; the last one carries two bits that mean nothing.
    this.#key = Buffer.from(`${encodingAesKey}=`, 'base64');
    this.#receiveId = receiveId;
  }

  /** @throws CallbackRefusedError when somebody else signed it; compared in a time that tells nothing */
  verify({ signature, timestamp, nonce, encrypted }: Signed): void {
    const parts = [this.#token, timestamp, nonce, encrypted].sort(compareBytes);
    const expected = createHash('sha1').update(parts.join('')).digest();
    const given = /^[0-9a-f]{40}$/.test(signature) ? Buffer.from(signature, 'hex') : Buffer.alloc(expected.length);
    if (!timingSafeEqual(expected, given)) throw refuse('The signature is wrong.', '签名错误。');
  }

  /**
   * To be called after `verify`: then nobody but WeCom chose what is decrypted, and errors are no oracle.
   *
   * @throws CallbackRefusedError when it is not a message for this company
   */
  decrypt(encrypted: string): string {
    if (!/^[A-Za-z0-9+/]+={0,2}$/.test(encrypted)) throw BROKEN;
    const bytes = Buffer.from(encrypted, 'base64');
    if (bytes.length === 0 || bytes.length % CIPHER_BLOCK !== 0) throw BROKEN;
    const decipher = createDecipheriv('aes-256-cbc', this.#key, this.#key.subarray(0, CIPHER_BLOCK));
    decipher.setAutoPadding(false);
    const plain = unpad(Buffer.concat([decipher.update(bytes), decipher.final()]));
    const start = RANDOM_BYTES + LENGTH_BYTES;
    if (plain.length < start) throw BROKEN;
    const end = start + plain.readUInt32BE(RANDOM_BYTES);
    if (end > plain.length) throw BROKEN;
    if (plain.toString('utf8', end) !== this.#receiveId) {
      throw refuse('The message is for another company.', '该消息属于其他企业。');
    }
    return plain.toString('utf8', start, end);
  }
}

/** Code units are bytes here: all four are ASCII, or nothing that WeCom signed. */
const compareBytes = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function unpad(padded: Buffer): Buffer {
  const count = padded.at(-1) ?? 0;
  if (count < 1 || count > PADDING_BLOCK || count > padded.length) throw BROKEN;
  const end = padded.length - count;
  for (const byte of padded.subarray(end)) if (byte !== count) throw BROKEN;
  return padded.subarray(0, end);
}

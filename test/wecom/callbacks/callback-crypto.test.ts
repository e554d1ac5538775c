import { createCipheriv, createHash } from 'node:crypto';
import { decrypt, encrypt, getSignature } from '@wecom/crypto';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { CallbackRefusedError } from '../../../src/syncer/errors.ts';
import { CallbackCrypto } from '../../../src/wecom/callbacks/callback-crypto.ts';
import { readFlatXml } from '../../../src/wecom/callbacks/flat-xml.ts';
import { fixture } from '../rig.ts';

const VECTOR = fixture('callback_crypto_vector') as {
  readonly token: string;
  readonly encodingAESKey: string;
  readonly receiveid: string;
  readonly timestamp: string;
  readonly nonce: string;
  readonly msg_signature: string;
  readonly encrypt: string;
  readonly expect: { readonly fields: Readonly<Record<string, string>> };
};
const { token, encodingAESKey: encodingAesKey, receiveid: receiveId, timestamp, nonce } = VECTOR;
const crypto = new CallbackCrypto({ token, encodingAesKey, receiveId });
const signed = { signature: VECTOR.msg_signature, timestamp, nonce, encrypted: VECTOR.encrypt };

/** Encrypts bytes that nobody would: what an attacker who knew the key, or a broken gateway, could send. */
const seal = (plain: Buffer): string => {
  const key = Buffer.from(`${encodingAesKey}=`, 'base64');
  const cipher = createCipheriv('aes-256-cbc', key, key.subarray(0, 16)).setAutoPadding(false);
  return Buffer.concat([cipher.update(plain), cipher.final()]).toString('base64');
};
const envelope = (message: string, length = Buffer.byteLength(message), receiver = receiveId): Buffer => {
  const size = Buffer.alloc(4);
  size.writeUInt32BE(length);
  return Buffer.concat([Buffer.alloc(16, 'r'), size, Buffer.from(message + receiver)]);
};
const pad = (plain: Buffer, with_ = 32 - (plain.length % 32)): Buffer =>
  Buffer.concat([plain, Buffer.alloc(with_, with_)]);
const refusal = (work: () => unknown): void => void expect(work).to.throw(CallbackRefusedError);

describe('WeCom’s message cryptography', () => {
  it('reads the documented example', () => {
    crypto.verify(signed);
    const fields = readFlatXml(crypto.decrypt(VECTOR.encrypt));
    expect(Object.fromEntries(fields)).to.deep.equal(VECTOR.expect.fields);
  });

  it('agrees with WeCom’s own package on any message', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 200 }),
        fc.stringMatching(/^\d{1,10}$/),
        (message, count) => {
          const encrypted = encrypt(encodingAesKey, message, receiveId);
          expect(crypto.decrypt(encrypted)).to.equal(message);
          const signature = getSignature(token, timestamp, count, encrypted);
          crypto.verify({ signature, timestamp, nonce: count, encrypted });
        },
      ),
      { numRuns: 200 },
    );
    expect(decrypt(encodingAesKey, VECTOR.encrypt).message).to.equal(crypto.decrypt(VECTOR.encrypt));
  });

  it('refuses a signature that is another’s, of another length or case, or missing', () => {
    const other = createHash('sha1').update('x').digest('hex');
    const { signature } = signed;
    for (const given of [other, '', '0'.repeat(40), `${signature}0`, signature.slice(1), signature.toUpperCase()]) {
      refusal(() => crypto.verify({ ...signed, signature: given }));
    }
  });

  it('refuses a message, time or nonce that was not signed', () => {
    refusal(() => crypto.verify({ ...signed, timestamp: '1409659814' }));
    refusal(() => crypto.verify({ ...signed, nonce: '1' }));
    refusal(() => crypto.verify({ ...signed, encrypted: `${signed.encrypted.slice(0, -4)}AAA=` }));
  });

  it('refuses a message for another company', () => {
    refusal(() => crypto.decrypt(encrypt(encodingAesKey, '<xml/>', 'wwanother')));
    refusal(() => crypto.decrypt(encrypt(encodingAesKey, '<xml/>', `${receiveId}x`)));
    refusal(() => crypto.decrypt(encrypt(encodingAesKey, '<xml/>', '')));
  });

  it('refuses what is not padded to blocks of 32 bytes', () => {
    expect(crypto.decrypt(seal(pad(envelope('hello'))))).to.equal('hello');
    const plain = envelope('hello');
    const size = 32 - (plain.length % 32);
    refusal(() => crypto.decrypt(seal(Buffer.concat([plain, Buffer.alloc(size, 0)]))));
    refusal(() => crypto.decrypt(seal(Buffer.concat([plain, Buffer.alloc(size - 1, 7), Buffer.from([size])]))));
    refusal(() => crypto.decrypt(seal(Buffer.concat([plain, Buffer.alloc(size, 33)]))));
    refusal(() => crypto.decrypt(seal(Buffer.alloc(32, 32))));
  });

  it('refuses a length that reaches beyond the message', () => {
    refusal(() => crypto.decrypt(seal(pad(envelope('hello', 500)))));
    refusal(() => crypto.decrypt(seal(pad(envelope('hello', 0xffff_ffff)))));
    refusal(() => crypto.decrypt(seal(pad(Buffer.alloc(10))))); // shorter than its own head
  });

  it('refuses what is no base64, and half a block', () => {
    for (const encrypted of ['', '?', 'AAAA', `${VECTOR.encrypt}\n`, VECTOR.encrypt.slice(4)]) {
      refusal(() => crypto.decrypt(encrypted));
    }
  });

  it('never throws anything else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 160 }), (bytes) => {
        try {
          crypto.decrypt(Buffer.from(bytes).toString('base64'));
        } catch (error) {
          expect(error).to.be.instanceOf(CallbackRefusedError);
        }
      }),
    );
  });
});

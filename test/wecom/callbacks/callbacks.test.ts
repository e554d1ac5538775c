import { encrypt, getSignature } from '@wecom/crypto';
import { expect } from 'chai';
import { CallbackRefusedError, ConfigError } from '../../../src/syncer/errors.ts';
import { WeComCallbacks } from '../../../src/wecom/callbacks/callbacks.ts';
import { wecomSyncer } from '../../../src/wecom/definition.ts';

const token = 'QDG6eK';
const encodingAesKey = 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C';
const receiveId = 'ww0123456789abcdef';
const NOW = 1_700_000_000_000;
const callbacks = new WeComCallbacks({ token, encodingAesKey, receiveId }, () => NOW);

const queryFor = (encrypted: string, seconds = NOW / 1_000): string => {
  const timestamp = String(seconds);
  return `msg_signature=${getSignature(token, timestamp, '42', encrypted)}&timestamp=${timestamp}&nonce=42`;
};
const callWith = (message: string, seconds?: number) => {
  const encrypted = encrypt(encodingAesKey, message, receiveId);
  const body = `<xml><ToUserName><![CDATA[${receiveId}]]></ToUserName><Encrypt><![CDATA[${encrypted}]]></Encrypt></xml>`;
  return { query: queryFor(encrypted, seconds), body };
};
const EVENT =
  '<xml><MsgType>event</MsgType><Event>change_contact</Event><ChangeType>create_user</ChangeType><UserID>li</UserID></xml>';

describe('WeComCallbacks', () => {
  it('answers the test of the address with the plain text, however its + was written', () => {
    for (let tries = 0; tries < 20; tries += 1) {
      const encrypted = encrypt(encodingAesKey, '1234567890', receiveId);
      for (const echostr of [encrypted, encodeURIComponent(encrypted)]) {
        expect(callbacks.confirm({ query: `${queryFor(encrypted)}&echostr=${echostr}`, body: '' })).to.equal(
          '1234567890',
        );
      }
    }
  });

  it('reads an event', () => {
    expect(callbacks.read(callWith(EVENT)).hints).to.deep.equal([{ about: 'member', id: 'li' }]);
  });

  it('refuses what was signed with another token, or not at all', () => {
    const call = callWith(EVENT);
    const stranger = new WeComCallbacks({ token: 'other', encodingAesKey, receiveId }, () => NOW);
    expect(() => stranger.read(call)).to.throw(CallbackRefusedError);
    for (const query of ['', 'msg_signature=', 'a&b&=c', call.query.replace('nonce=42', 'nonce=43'), '%', 'x=%ZZ']) {
      expect(() => callbacks.read({ ...call, query }), query).to.throw(CallbackRefusedError);
      expect(() => callbacks.confirm({ query, body: '' }), query).to.throw(CallbackRefusedError);
    }
    expect(() => callbacks.read({ ...call, query: 'x'.repeat(5_000) })).to.throw(CallbackRefusedError);
  });

  it('refuses a message that was recorded and sent again later, and one from the future', () => {
    expect(callbacks.read(callWith(EVENT, NOW / 1_000 - 599)).hints).to.have.lengthOf(1);
    for (const seconds of [NOW / 1_000 - 601, NOW / 1_000 + 601, 0]) {
      expect(() => callbacks.read(callWith(EVENT, seconds))).to.throw(CallbackRefusedError);
    }
  });

  it('refuses a body without a message in it', () => {
    const { query } = callWith(EVENT);
    for (const body of ['', '{}', '<xml></xml>', '<xml><Encrypt></Encrypt></xml>']) {
      expect(() => callbacks.read({ query, body }), body).to.throw(CallbackRefusedError);
    }
  });

  it('are opened with both credentials, and not at all with none', () => {
    const config = { user: receiveId, password: 'secret' };
    const open = (more: object) => wecomSyncer.openCallbacks?.({ ...config, ...more });
    expect(open({ callbackToken: token, callbackAesKey: encodingAesKey })).to.be.instanceOf(WeComCallbacks);
    expect(open({})).to.equal(undefined);
    for (const more of [
      { callbackToken: token },
      { callbackAesKey: encodingAesKey },
      { callbackToken: 'no blanks', callbackAesKey: encodingAesKey },
      { callbackToken: token, callbackAesKey: 'short' },
    ]) {
      expect(() => open(more)).to.throw(ConfigError, 'callback');
    }
  });
});

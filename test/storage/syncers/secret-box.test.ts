import { expect } from 'chai';
import { SecretBox } from '../../../src/storage/syncers/secret-box.ts';
import { ConfigError } from '../../../src/syncer/errors.ts';

describe('SecretBox', () => {
  const box = new SecretBox('a key of this installation');
  const place = { syncerId: 'syncer-1', field: 'password' };

  it('opens what it sealed, also after a restart', () => {
    const sealed = box.seal('corp secret 密钥', place);
    expect(new SecretBox('a key of this installation').open(sealed, place)).to.equal('corp secret 密钥');
  });

  it('shows nothing of the secret, not even that two are equal', () => {
    const [one, two] = [box.seal('corp secret', place), box.seal('corp secret', place)];
    expect(one).to.not.equal(two);
    expect(Buffer.from(one.slice(3), 'base64url').toString('latin1')).to.not.include('corp');
  });

  it('opens for the address that it sealed for', () => {
    const there = { ...place, address: 'https://wecom.example' };
    expect(box.open(box.seal('corp secret', there), there)).to.equal('corp secret');
  });

  it('seals the empty text as well', () => {
    expect(box.open(box.seal('', place), place)).to.equal('');
  });

  const sealed = box.seal('corp secret', place);
  const addressed = box.seal('corp secret', { ...place, address: 'https://wecom.example' });
  const flipped = Buffer.from(sealed.slice(3), 'base64url');
  flipped.writeUInt8(flipped.readUInt8(14) ^ 1, 14);
  for (const [what, open] of [
    ['with another SECRET_KEY', () => new SecretBox('another key').open(sealed, place)],
    ['that was moved to another syncer', () => box.open(sealed, { ...place, syncerId: 'syncer-2' })],
    ['that was sealed for an address', () => box.open(addressed, place)],
    ['for another address', () => box.open(addressed, { ...place, address: 'https://elsewhere.example' })],
    ['that was sealed for no address for one', () => box.open(sealed, { ...place, address: '' })],
    ['for an address, by calling it an older one', () => box.open(addressed.replace('v2:', 'v1:'), place)],
    [
      'for no address, by calling it a newer one',
      () => box.open(sealed.replace('v1:', 'v2:'), { ...place, address: '' }),
    ],
    ['that was moved to another field', () => box.open(sealed, { ...place, field: 'contactsSecret' })],
    ['that was changed', () => box.open(`v1:${flipped.toString('base64url')}`, place)],
    ['that was cut off', () => box.open(sealed.slice(0, 20), place)],
    ['of an unknown version', () => box.open(sealed.replace('v1:', 'v9:'), place)],
    ['that is in clear text', () => box.open('corp secret', place)],
  ] as const) {
    it(`does not open one ${what}, and says what to do`, () => {
      expect(open)
        .to.throw(ConfigError, 'SECRET_KEY')
        .that.satisfies(
          (error: ConfigError) => error.remedy?.zh.includes('SECRET_KEY') && !error.message.includes('corp'),
        );
    });
  }

  it('refuses an empty SECRET_KEY', () => {
    expect(() => new SecretBox('')).to.throw(ConfigError, 'SECRET_KEY');
  });
});

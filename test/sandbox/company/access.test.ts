import { expect } from 'chai';
import { Access } from '../../../src/sandbox/company/access.ts';

describe('Access', () => {
  it('makes another corp with other secrets of each seed', () => {
    const ids = [1, 2, 3].flatMap((seed) => {
      const { corpId, appSecret, contactsSecret } = new Access(seed);
      return [corpId, appSecret, contactsSecret];
    });
    expect(new Set(ids).size).to.equal(9);
    expect(new Access(1).appSecret).to.equal(ids[1]);
  });

  it('gives another token once the last is expired or revoked, and knows each one’s fate', () => {
    const access = new Access(1);
    const { token: first } = access.issue('app', 7200);
    access.expireTokens();
    const { token: second } = access.issue('app', 7200);
    access.revokeTokens();
    const { token: third, expiresIn } = access.issue('app', 7200);
    expect(new Set([first, second, third]).size).to.equal(3);
    // Revoked is the stronger of the two: the first was expired before.
    expect([first, second, third].map((token) => access.check(token))).to.deep.equal([40014, 40014, 'app']);
    expect(expiresIn).to.equal(7200);
    expect([access.check(undefined), access.check(''), access.check('x')]).to.deep.equal([41001, 41001, 40014]);
  });
});

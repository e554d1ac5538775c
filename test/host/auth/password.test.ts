import { hashSync } from 'bcryptjs';
import { expect } from 'chai';
import { hashPassword, newPassword, verifyPassword } from '../../../src/host/auth/password.ts';

describe('passwords', () => {
  it('are stored as argon2id and recognised', async () => {
    const stored = await hashPassword('correct horse');
    expect(stored.passwordType).to.equal('argon2id');
    expect(stored.password)
      .to.match(/^\$argon2id\$/)
      .and.to.have.length.below(150);
    expect(await verifyPassword('correct horse', stored)).to.equal(true);
    expect(await verifyPassword('correct horsf', stored)).to.equal(false);
  });

  it('of an existing Casdoor are recognised when they are bcrypt', async () => {
    const stored = { password: hashSync('correct horse', 4), passwordType: 'bcrypt' };
    expect(await verifyPassword('correct horse', stored)).to.equal(true);
    expect(await verifyPassword('wrong', stored)).to.equal(false);
  });

  for (const stored of [
    { password: 'correct horse', passwordType: 'plain' },
    { password: 'correct horse', passwordType: '' },
    { password: '', passwordType: '' },
    { password: '$argon2id$cut', passwordType: 'argon2id' },
    { password: '$2a$10$cut', passwordType: 'bcrypt' },
    undefined,
  ]) {
    it(`never match ${stored ? `"${stored.passwordType}" of ${stored.password.length} characters` : 'an account that is not there'}`, async () => {
      expect(await verifyPassword(stored?.password ?? '', stored)).to.equal(false);
      expect(await verifyPassword('correct horse', stored)).to.equal(false);
    });
  }

  it('that are generated differ', () => {
    expect(newPassword()).to.have.length.of.at.least(20).and.not.equal(newPassword());
  });
});

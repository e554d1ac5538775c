import { expect } from 'chai';
import { HiddenFields } from '../../../src/wecom/directory/hidden-fields.ts';
import { aMember, fixture } from '../rig.ts';

const observed = (...members: readonly ReturnType<typeof aMember>[]): HiddenFields => {
  const fields = new HiddenFields();
  for (const member of members) fields.observe(member);
  return fields;
};

describe('HiddenFields', () => {
  it('names what nobody came with', () => {
    const [withheld] = fixture('users/list_wire_withheld_new_app')['userlist'] as ReturnType<typeof aMember>[];
    expect(observed(withheld ?? aMember()).names).to.deep.equal([
      'mobile',
      'email',
      'biz_mail',
      'avatar',
      'gender',
      'qr_code',
      'address',
    ]);
  });

  it('takes an empty value for a field that is shown', () => {
    expect(observed(aMember({ mobile: '', email: null })).names).to.deep.equal([
      'biz_mail',
      'avatar',
      'gender',
      'qr_code',
      'address',
    ]);
  });

  it('needs one member only to know that a field is shown', () => {
    expect(
      observed(aMember(), aMember({ mobile: '13800000000', gender: '0' }), aMember()).names,
    ).not.to.include.members(['mobile']);
  });

  it('says nothing about a read that showed nobody', () => {
    expect(observed().names).to.deep.equal([]);
    expect(observed().note(new Set(['mobile']))).to.equal(undefined);
  });

  describe('the note', () => {
    const DEFAULT = new Set(['userid', 'name', 'email', 'mobile', 'avatar', 'position', 'gender']);
    const come = { mobile: '1', email: 'a@b', avatar: 'x', gender: '1' };

    it('misses only what feeds something', () => {
      const fields = observed(aMember(come));
      expect(fields.names).to.deep.equal(['biz_mail', 'qr_code', 'address']);
      expect(fields.note(DEFAULT)).to.equal(undefined);
      expect(fields.note(new Set([...DEFAULT, 'address']))?.message.en).to.match(/^No member came with address\./);
      expect(fields.note(new Set([...DEFAULT, 'biz_mail']))?.message.zh).to.include('没有返回企业邮箱(biz_mail)。');
      expect(observed(aMember()).note(new Set(['name']))).to.equal(undefined);
    });

    it('misses the mailbox of the company where there is no other address', () => {
      const { email: _, ...without } = come;
      expect(observed(aMember(without)).note(DEFAULT)?.message.en).to.match(/^No member came with email, biz_mail\./);
      expect(observed(aMember({ ...without, biz_mail: 'a@b' })).note(DEFAULT)?.message.en).to.match(
        /^No member came with email\./,
      );
    });
  });
});

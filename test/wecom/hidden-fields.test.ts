import { expect } from 'chai';
import { HiddenFields } from '../../src/wecom/hidden-fields.ts';
import { aMember, fixture } from './rig.ts';

const observed = (...members: readonly ReturnType<typeof aMember>[]): HiddenFields => {
  const fields = new HiddenFields();
  for (const member of members) fields.observe(member);
  return fields;
};

describe('HiddenFields', () => {
  it('names what nobody came with', () => {
    const [withheld] = fixture('user_list_wire_withheld_new_app')['userlist'] as ReturnType<typeof aMember>[];
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
    expect(observed().note()).to.equal(undefined);
  });
});

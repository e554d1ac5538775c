import { expect } from 'chai';
import { CredentialsError } from '../../src/syncer/errors.ts';
import { isActive } from '../../src/sandbox/company/member.ts';
import { PRIVATE_FIELDS, type PrivateField, type Visit } from '../../src/sandbox/company/sign-ins.ts';
import { never, rejection, Rig } from './rig.ts';

describe('what a member agrees to give', () => {
  let rig: Rig;
  let userid: string;

  beforeEach(async () => {
    rig = await Rig.start();
    rig.sandbox.use('hidden-fields');
    [userid = ''] = [...rig.sandbox.company.members].filter(isActive).map((one) => one.userid);
    rig.sandbox.company.setField(userid, {
      mobile: '+852 94123456',
      email: 'me@acme.example',
      biz_mail: 'biz@acme.example',
      gender: '2',
    });
  });
  afterEach(() => rig.sandbox.close());

  const codeOf = (fields: readonly PrivateField[], changed: Partial<Visit> = {}): string =>
    rig.sandbox.access.signIns.issueCode({
      userid,
      scope: 'snsapi_privateinfo',
      fields,
      agentId: rig.sandbox.agentId,
      ...changed,
    });
  const consent = (code: string, config = {}) => rig.syncer(config).fetchConsent(code, never());

  it('is what the mapping makes of it, and nothing that was not agreed to', async () => {
    expect(await consent(codeOf(['mobile']))).to.deep.equal({
      says: 'member',
      externalId: userid,
      values: { phone: '94123456', countryCode: 'HK' },
    });
    const all = await consent(codeOf(PRIVATE_FIELDS));
    expect(all).to.have.property('values').that.includes({ email: 'me@acme.example', gender: 'Female' });
    expect(await consent(codeOf(['biz_mail']))).to.deep.include({ values: { email: 'biz@acme.example' } });
    expect(await consent(codeOf([]))).to.deep.include({ says: 'member', values: {} });
  });

  it('feeds only what the mapping feeds', async () => {
    const tableColumns = [
      { name: 'mobile', casdoorName: 'Phone' },
      { name: 'mobile', casdoorName: 'Bio' },
    ];
    const given = await consent(codeOf(PRIVATE_FIELDS), { tableColumns });
    expect(given).to.deep.include({ values: { phone: '94123456', countryCode: 'HK' } });
  });

  it('tells strangers, members of linked corps and those out of sight apart', async () => {
    expect(await consent(codeOf(['mobile'], { userid: '' }))).to.deep.equal({ says: 'stranger' });
    expect(await consent(codeOf(['mobile'], { userid: 'wwother/zhang' }))).to.deep.equal({ says: 'otherCorp' });
    expect(await consent(codeOf(['mobile'], { scope: 'snsapi_base' }))).to.include({ says: 'outOfSight' });
  });

  it('is refused for a code that is used, or of another app, and without a trusted domain', async () => {
    const code = codeOf(['mobile']);
    await consent(code);
    expect(await rejection(consent(code))).to.be.instanceOf(CredentialsError);
    expect(await rejection(consent(codeOf(['mobile'], { agentId: 7 })))).to.be.instanceOf(CredentialsError);
    rig.sandbox.access.trustedDomain = '';
    expect(await rejection(consent(codeOf(['mobile']))))
      .to.be.instanceOf(Error)
      .and.to.have.property('vendorCode', 50001);
  });

  it('is refused when WeCom answers about somebody else', async () => {
    const body = JSON.stringify({ errcode: 0, errmsg: 'ok', userid: 'some.body', mobile: '13800000000' });
    rig.sandbox.faults.add({ path: 'auth/getuserdetail', respond: { body } });
    expect(await rejection(consent(codeOf(['mobile'])))).to.be.instanceOf(CredentialsError);
  });
});

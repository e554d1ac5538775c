import { expect } from 'chai';
import { ConfigError, CredentialsError } from '../../src/syncer/errors.ts';
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

  it('has no gender that he did not agree to, whatever an expression makes of the others', async () => {
    const expression = 'member.gender == "1" ? "Male" : "Female"';
    const tableColumns = [{ name: 'gender', casdoorName: 'Gender', expression }];
    expect(await consent(codeOf(['gender']), { tableColumns })).to.deep.include({ values: { gender: 'Female' } });
    expect(await consent(codeOf(['mobile']), { tableColumns })).to.deep.include({ values: {} });
    rig.sandbox.company.setField(userid, { gender: '' });
    expect(await consent(codeOf(['gender']), { tableColumns })).to.deep.include({ values: {} });
  });

  it('tells strangers, members of linked corps and those out of sight apart', async () => {
    expect(await consent(codeOf(['mobile'], { userid: '' }))).to.deep.equal({ says: 'stranger' });
    expect(await consent(codeOf(['mobile'], { userid: 'wwother/zhang' }))).to.deep.equal({ says: 'otherCorp' });
    expect(await consent(codeOf(['mobile'], { scope: 'snsapi_base' }))).to.include({ says: 'outOfSight' });
  });

  it('is refused for a code that is used, or of another app, and without a trusted domain', async () => {
    const code = codeOf(['mobile']);
    await consent(code);
    for (const refused of [code, codeOf(['mobile'], { agentId: 7 }), 'none']) {
      expect(await consent(refused)).to.include({ says: 'refused' });
    }
    rig.sandbox.access.trustedDomain = '';
    expect(await rejection(consent(codeOf(['mobile']))))
      .to.be.instanceOf(Error)
      .and.to.have.property('vendorCode', 50001);
  });

  it('is refused for all that WeCom says of a code or a ticket, as nobody’s wrong credentials', async () => {
    for (const [path, errcodes] of [
      ['auth/getuserinfo', [40029, 42003, 42022]],
      ['auth/getuserdetail', [84014, 84015]],
    ] as const) {
      for (const errcode of errcodes) {
        rig.sandbox.faults.add({ path, respond: { errcode }, times: 1 });
        expect(await consent(codeOf(['mobile'])), `${path} ${errcode}`).to.include({ says: 'refused' });
      }
    }
  });

  it('is refused when WeCom answers about somebody else', async () => {
    const body = JSON.stringify({ errcode: 0, errmsg: 'ok', userid: 'some.body', mobile: '13800000000' });
    rig.sandbox.faults.add({ path: 'auth/getuserdetail', respond: { body } });
    expect(await consent(codeOf(['mobile']))).to.have.property('says', 'refused');
  });

  it('says that the secret is wrong as what it is', async () => {
    const wrong = consent(codeOf(['mobile']), { password: 'wrong' });
    expect(await rejection(wrong)).to.be.instanceOf(CredentialsError);
  });

  it('is asked for on WeCom’s page, with the app', () => {
    const way = { returnTo: 'https://iam.example/me/acme/wecom/callback', state: 'a'.repeat(32) };
    const address = new URL(rig.syncer({ agentId: '7' }).consentAddress(way));
    expect([address.origin, address.pathname, address.hash]).to.deep.equal([
      'https://open.weixin.qq.com',
      '/connect/oauth2/authorize',
      '#wechat_redirect',
    ]);
    expect(Object.fromEntries(address.searchParams)).to.deep.equal({
      appid: rig.sandbox.corpId,
      redirect_uri: way.returnTo,
      response_type: 'code',
      scope: 'snsapi_privateinfo',
      state: way.state,
      agentid: '7',
    });
    expect(() => rig.syncer({ agentId: '' }).consentAddress(way)).to.throw(ConfigError, /agentId/);
    const tableColumns = [{ name: 'mobile', casdoorName: 'Phone' }];
    expect(rig.syncer({ tableColumns }).consentFields).to.deep.equal(['phone']);
    expect(rig.syncer().consentFields).to.deep.equal(['email', 'phone', 'avatar', 'gender']);
  });
});

import { expect } from 'chai';
import * as fc from 'fast-check';
import { MappingError } from '../../../src/syncer/errors.ts';
import { PROFILE_FIELDS } from '../../../src/syncer/profile.ts';
import { compileMapping } from '../../../src/wecom/mapping/attribute-mapping.ts';
import { mapMember, type MappingRules } from '../../../src/wecom/mapping/map-member.ts';
import { MalformedMember, readMember, RosterMember } from '../../../src/wecom/reading/member.ts';
import { aMember, rejection } from '../rig.ts';

const RULES: MappingRules = { mapping: compileMapping(undefined), notActivated: 'forbid' };
const valuesOf = (fields: Readonly<Record<string, unknown>>, rows?: unknown) =>
  mapMember(aMember({ name: undefined, ...fields }), { ...RULES, mapping: compileMapping(rows) }).values;

describe('mapMember', () => {
  it('keeps the spelling of the userid', () => {
    expect(mapMember(aMember({ userid: 'ZhangSan' }), RULES).externalId).to.equal('ZhangSan');
  });

  describe('e-mail', () => {
    it('falls back to the mailbox of the company', () => {
      expect(valuesOf({ email: 'a@x.cn', biz_mail: 'b@x.cn' })).to.deep.equal({ email: 'a@x.cn' });
      for (const email of [undefined, null, '', '  ']) {
        expect(valuesOf({ email, biz_mail: 'b@x.cn' })).to.deep.equal({ email: 'b@x.cn' });
      }
    });

    it('is unknown when both are absent, null or empty', () => {
      for (const nothing of [undefined, null, '']) {
        expect(valuesOf({ email: nothing, biz_mail: nothing })).to.deep.equal({});
      }
    });

    it('loses blanks around it', () => {
      expect(valuesOf({ email: ' a@x.cn\n' })).to.deep.equal({ email: 'a@x.cn' });
    });
  });

  it('is told nothing by an empty or hidden mobile, avatar or gender', () => {
    for (const nothing of [undefined, null, '']) {
      expect(valuesOf({ mobile: nothing, avatar: nothing, gender: nothing })).to.deep.equal({});
    }
    expect(valuesOf({ gender: '0', mobile: '138****0000' })).to.deep.equal({});
  });

  it('reads the gender as text and as a number', () => {
    for (const one of ['1', 1]) expect(valuesOf({ gender: one })).to.deep.equal({ gender: 'Male' });
    for (const two of ['2', 2]) expect(valuesOf({ gender: two })).to.deep.equal({ gender: 'Female' });
    for (const odd of ['3', 'male', -1]) expect(valuesOf({ gender: odd })).to.deep.equal({});
  });

  it('clears the title with an empty position and keeps it without one', () => {
    expect(valuesOf({ position: '' })).to.deep.equal({ title: '' });
    expect(valuesOf({})).to.deep.equal({});
    expect(valuesOf({ position: null })).to.deep.equal({});
  });

  it('never takes a name away', () => {
    for (const name of [undefined, null, '', '  ', '\u200b', '\u0000\u3000', '\ufeff\u2060'])
      expect(valuesOf({ name })).to.deep.equal({});
    expect(valuesOf({ name: ' 张三 ' })).to.deep.equal({ displayName: '张三' });
  });

  it('leaves out what databases refuse: U+0000 and lone surrogates', () => {
    expect(valuesOf({ name: '张\0三\uD800', position: '\uDC00😀' })).to.deep.equal({
      displayName: '张三\uFFFD',
      title: '\uFFFD😀',
    });
  });

  it('takes every department for a group, and no statement for unknown', () => {
    expect(mapMember(aMember({ department: [3, 1] }), RULES).groups).to.deep.equal(['3', '1']);
    expect(mapMember(aMember({ department: [] }), RULES).groups).to.deep.equal([]);
    expect(mapMember(aMember({ department: undefined }), RULES)).not.to.have.property('groups');
  });

  it('leaves a status that it does not understand to whoever plans, and says nothing about what is new', () => {
    const { access, notes } = mapMember(aMember({ status: 9 }), RULES);
    expect(access).to.have.property('state', 'unknown');
    expect(notes).to.equal(undefined);
    expect(mapMember(aMember({ something_new: { a: 1 } }), RULES)).not.to.have.property('notes');
  });

  it('shows somebody of the roster as existing, without saying anything about the account', () => {
    const profile = mapMember(new RosterMember('lisi', true), RULES);
    expect(profile).to.deep.include({ externalId: 'lisi', values: {}, complete: false });
    expect(profile.access.state).to.equal('outOfScope');
    expect(profile.notes?.map(({ code }) => code)).to.deep.equal(['outside-visible-range']);
    expect(profile).not.to.have.property('groups');
  });

  it('shows somebody of whom only an id is readable without calling them out of scope', () => {
    const profile = mapMember(new RosterMember('lisi', false), RULES);
    expect(profile).to.deep.include({ externalId: 'lisi', values: {}, complete: false });
    expect(profile.access.state).to.equal('unknown');
    expect(profile).not.to.have.property('notes');
  });

  it('refuses a malformed record with the id of the person, when there is one', async () => {
    const known = await rejection(Promise.resolve().then(() => mapMember(new MalformedMember('lisi', 'x'), RULES)));
    expect(known).to.be.instanceOf(MappingError).with.property('externalId', 'lisi');
    const nobody = await rejection(Promise.resolve().then(() => mapMember(new MalformedMember(undefined, 'x'), RULES)));
    expect(nobody).to.be.instanceOf(MappingError).with.property('externalId', undefined);
  });

  it('maps whatever JSON WeCom could send, or refuses it as unmappable', () => {
    const looseMember = fc.record(
      {
        userid: fc.oneof(fc.constantFrom('zhangsan', 'A.b-c_d@e', 4711), fc.jsonValue()),
        name: fc.oneof(fc.string({ unit: 'binary' }), fc.jsonValue()),
        department: fc.oneof(fc.array(fc.oneof(fc.integer(), fc.constant('3'))), fc.jsonValue()),
        status: fc.oneof(fc.constantFrom(1, 2, 4, 5, '1', null), fc.jsonValue()),
        enable: fc.oneof(fc.constantFrom(0, 1, '0', null), fc.jsonValue()),
        email: fc.jsonValue(),
        biz_mail: fc.jsonValue(),
        mobile: fc.oneof(fc.constantFrom('13800000000', '+852 51234567', ''), fc.jsonValue()),
        avatar: fc.jsonValue(),
        position: fc.jsonValue(),
        gender: fc.jsonValue(),
        extattr: fc.jsonValue(),
        direct_leader: fc.jsonValue(),
        positions: fc.jsonValue(),
        external_profile: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    const rows = [
      ['name', 'DisplayName'],
      ['email', 'Email'],
      ['mobile', 'Phone'],
      ['avatar', 'Avatar'],
      ['positions', 'Title'],
      ['gender', 'Gender'],
      ['extattr.工号', 'IdCard'],
      ['direct_leader', 'Tag'],
      ['external_corp_name', 'Affiliation'],
    ].map(([name, casdoorName]) => ({ name, casdoorName }));
    const rules = { ...RULES, mapping: compileMapping(rows) };
    fc.assert(
      fc.property(fc.oneof(looseMember, fc.jsonValue()), (raw) => {
        const member = readMember(raw);
        let profile;
        try {
          profile = mapMember(member, rules);
        } catch (error) {
          expect(error).to.be.instanceOf(MappingError);
          return;
        }
        expect(profile.externalId).to.match(/^[A-Za-z0-9][A-Za-z0-9_@.-]{0,63}$/);
        for (const [field, value] of Object.entries(profile.values)) {
          expect(PROFILE_FIELDS).to.include(field);
          expect(value).to.be.a('string');
          expect(value).not.to.match(/\0|\p{Surrogate}/u);
        }
        for (const group of profile.groups ?? []) expect(group).to.match(/^-?\d+$/);
        expect(mapMember(member, rules), 'pure').to.deep.equal(profile);
      }),
      { numRuns: 1_000 },
    );
  });
});

import { expect } from 'chai';
import { MASK, type SyncerJson, type SyncerTypeJson } from '../../../src/host/api.ts';
import { SyncerFields } from '../../../src/service/syncers/syncer-shape.ts';
import { SyncerRegistry } from '../../../src/syncer/registry.ts';
import { wecomSyncer } from '../../../src/wecom/definition.ts';
import { newValues, refusedField, valuesOf, withStoredSecrets } from '../../../src/web/syncer-form/syncer-values.ts';

const registry = new SyncerRegistry().register(wecomSyncer);
const type: SyncerTypeJson = {
  type: 'WeCom',
  title: 'WeCom',
  fields: wecomSyncer.fields,
  defaults: new SyncerFields(registry).defaultsOf(wecomSyncer),
  can: { groups: true, oneMember: true, choices: true },
};

describe('Values of the syncer form', () => {
  it('forget a secret that is a part of an object, too', () => {
    const [field] = wecomSyncer.fields;
    const fields = ['auth.key', 'auth.spare'].map((name) => ({ ...field!, name, secret: true }));
    const values = { ...newValues(type, 'acme'), auth: { key: 'PEM', spare: '', base: 'https://a.example' } };
    expect(withStoredSecrets(values, { ...type, fields })['auth']).to.deep.equal({
      key: MASK,
      spare: '',
      base: 'https://a.example',
    });
  });

  it('are marked where a refusal of the host names them', () => {
    const named = {
      'Field "schedule": the line has 3 fields.': 'schedule',
      '字段“quietWindows.days”必须列出时段开始的星期。': 'quietWindows',
      'Field "removalLimit.percent" must be a number.': 'removalLimit.percent',
      'The parent group (parentGroup) "staff" does not exist.': 'parentGroup',
      'Corp Secret (password): fill in the Secret.': 'password',
      'Mapping of attributes (tableColumns), row 2: no such field.': 'tableColumns',
      '“scope.departments”中的部门无效。': 'scope.departments',
    };
    for (const [refusal, field] of Object.entries(named)) expect(refusedField(refusal, type), refusal).to.equal(field);
    expect(refusedField('The syncer "sales" (of acme) does not exist.', type)).to.equal(undefined);
  });

  it('begin safely: not enabled, leavers forbidden, the guard on', () => {
    expect(newValues(type, 'acme')).to.deep.include({
      organization: 'acme',
      name: 'wecom',
      isEnabled: false,
      syncInterval: 3600,
      leavers: 'forbid',
      notActivated: 'forbid',
      removalLimit: { percent: 20, count: 5 },
      user: '',
      password: '',
    });
  });

  it('send back what the form shows, and leave the rest to the server', () => {
    const stored = {
      ...newValues(type, 'acme'),
      owner: 'admin',
      password: MASK,
      port: 3306,
      errorText: 'an old problem',
      lastRun: null,
      nextRunAt: null,
      health: 'ok',
      createdTime: '2026-01-01T00:00:00Z',
    } as unknown as SyncerJson;
    const values = valuesOf(stored, type);
    expect(values).to.include({ password: MASK, user: '', leavers: 'forbid' });
    expect(values).to.not.have.any.keys('owner', 'port', 'errorText', 'lastRun', 'nextRunAt', 'health', 'createdTime');
    expect(values.scope).to.deep.equal({ departments: [], includeChildren: true, excludeUsers: [], excluded: 'leave' });
  });

  it('forget a secret as soon as it is stored, and do not invent one', () => {
    const saved = withStoredSecrets({ ...newValues(type, 'acme'), password: 'a real secret' }, type);
    expect(saved).to.include({ password: MASK, contactsSecret: '' });
  });
});

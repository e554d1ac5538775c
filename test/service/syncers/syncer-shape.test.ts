import { expect } from 'chai';
import { addressesOf } from '../../../src/service/syncers/secret-address.ts';
import { SyncerFields } from '../../../src/service/syncers/syncer-shape.ts';
import type { FormField, SyncerDefinition } from '../../../src/syncer/definition.ts';
import { ConfigError } from '../../../src/syncer/errors.ts';
import { SyncerRegistry } from '../../../src/syncer/registry.ts';
import { text } from '../../../src/syncer/text.ts';
import { defineWecomSyncer, wecomSyncer } from '../../../src/wecom/definition.ts';

const aField = (name: string, kind: FormField['kind'], more: Partial<FormField> = {}): FormField => ({
  name,
  label: name,
  labelZh: name,
  kind,
  required: false,
  secret: kind === 'password',
  help: '',
  helpZh: '',
  ...more,
});

const aType = (type: string, ...fields: readonly FormField[]): SyncerDefinition => ({
  type,
  title: text(type, type),
  fields,
  bindingColumn: '',
  check: () => undefined,
  open: () => {
    throw new Error('nobody opens this');
  },
});

const shapeOf = (...definitions: readonly SyncerDefinition[]): SyncerFields => {
  const registry = new SyncerRegistry();
  for (const definition of definitions) registry.register(definition);
  return new SyncerFields(registry);
};
const optionsOf = (...values: readonly string[]) => ({
  options: values.map((value) => ({ value, label: value, labelZh: value })),
});

describe('The keys of a syncer', () => {
  it('come from the definitions, with what their fields say of kind and default', () => {
    const definition = aType(
      'Files',
      aField('path', 'text', { default: '/srv' }),
      aField('key', 'password'),
      aField('mode', 'select', optionsOf('strict', 'lenient')),
      aField('part.ids', 'departments'),
      aField('part.deep', 'boolean', { default: true }),
    );
    const shape = shapeOf(definition);
    const fields = shape.of('Files');
    expect(fields.has('agentId')).to.equal(false);
    expect(fields.get('key')).to.include({ home: 'secrets', empty: '' });
    expect(shape.defaultsOf(definition)).to.deep.equal({
      syncInterval: 3600,
      leavers: 'forbid',
      graceDays: 0,
      deleteDays: 0,
      removalLimit: { percent: 20, count: 5 },
      syncGroups: true,
      parentGroup: '',
      linkBy: [],
      rosterInterval: 0,
      timeZone: 'Asia/Shanghai',
      schedule: '',
      quietWindows: [],
      freezeWindows: [],
      freezeDisabled: false,
      selfService: { enabled: false, fields: ['email', 'phone', 'avatar', 'gender'], nudge: false, nudgePerDay: 100 },
      path: '/srv',
      key: '',
      mode: 'strict',
      part: { ids: [], deep: true },
    });
    expect(fields.get('part')?.read('part', { ids: ['7', null], more: 1 })).to.deep.equal({ ids: [7], deep: true });
    expect(() => fields.get('part')?.read('part', { deep: 'perhaps' })).to.throw(/part\.deep/);
    expect(() => fields.get('mode')?.read('mode', 'odd')).to.throw(/strict, lenient/);
  });

  it('that two types share are what the type of the syncer says', () => {
    const shape = shapeOf(
      wecomSyncer,
      aType('One', aField('mode', 'select', optionsOf('a')), aField('user', 'number', { secret: true })),
      aType('Other', aField('mode', 'select', optionsOf('b')), aField('password', 'text', { multiline: true })),
    );
    expect(shape.of('One').get('mode')?.read('mode', 'a')).to.equal('a');
    expect(() => shape.of('One').get('mode')?.read('mode', 'b')).to.throw(/one of a/);
    expect(['WeCom', 'One', 'Other'].map((type) => shape.of(type).get('user')?.home)).to.deep.equal([
      'settings',
      'secrets',
      'settings',
    ]);
    expect(['WeCom', 'One', 'Other'].map((type) => shape.of(type).get('password')?.home)).to.deep.equal([
      'secrets',
      'secrets',
      'settings',
    ]);
  });

  it('are secrets while nobody knows the type, when they are of any', () => {
    const shape = shapeOf(wecomSyncer, aType('One', aField('user', 'text', { secret: true })));
    for (const key of ['user', 'password']) expect(shape.of('').get(key)?.home, key).to.equal('secrets');
  });

  it('reach the connector as what they are: a secret number is a number, a part is in its place', () => {
    const secret = { secret: true };
    const type = aType(
      'One',
      aField('pin', 'number', secret),
      aField('on', 'boolean', secret),
      aField('a.key', 'text', secret),
    );
    const shape = shapeOf(type);
    const secrets = { pin: '17', on: 'true', 'a.key': 'k' };
    expect(shape.configOf('One', { a: { base: 'b' } }, secrets)).to.deep.equal({
      a: { base: 'b', key: 'k' },
      pin: 17,
      on: true,
    });
    expect(() => shape.of('One').get('pin')?.read('pin', 'seventeen')).to.throw(/pin/);
    expect(shape.of('One').get('pin')?.read('pin', '***')).to.equal('***');
  });

  for (const names of [
    ['name'],
    ['health'],
    ['leavers'],
    ['a', 'a'],
    ['a.b', 'a'],
    ['a', 'a.b'],
    ['a.b.c'],
    ['__proto__'],
  ]) {
    it(`cannot be called ${names.join(' and ')}`, () => {
      const type = aType('One', ...names.map((name) => aField(name, 'text')));
      expect(() => shapeOf(type)).to.throw(ConfigError, `"${names.at(-1)}" of the type "One"`);
    });
  }

  it('of Casdoor’s other types are settings as soon as a registered type uses them', () => {
    expect(shapeOf(wecomSyncer).of('WeCom').get('port')?.home).to.equal('leftovers');
    const port = shapeOf(aType('Ldap', aField('port', 'number')))
      .of('Ldap')
      .get('port');
    expect([port?.home, port?.read('port', '389')]).to.deep.equal(['settings', 389]);
  });
});

describe('The addresses of a syncer', () => {
  it('are the same when the default of the server is written out', () => {
    const registry = new SyncerRegistry().register(defineWecomSyncer({ baseUrl: 'https://gateway.example/wecom' }));
    const changed = (host: string): readonly string[] =>
      addressesOf(registry).changed({ type: 'WeCom', settings: {} }, { type: 'WeCom', settings: { host } });
    expect(changed('https://gateway.example/wecom/')).to.deep.equal([]);
    expect(changed('https://qyapi.weixin.qq.com')).to.deep.equal(['host']);
  });
});

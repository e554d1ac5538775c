import { expect } from 'chai';
import { addressesOf } from '../../../src/service/syncers/secret-address.ts';
import { defaultsOf, syncerFields } from '../../../src/service/syncers/syncer-shape.ts';
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

const fieldsOf = (...definitions: readonly SyncerDefinition[]) => {
  const registry = new SyncerRegistry();
  for (const definition of definitions) registry.register(definition);
  return syncerFields(registry);
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
    const fields = fieldsOf(definition);
    expect(fields.has('agentId')).to.equal(false);
    expect(fields.get('key')).to.include({ home: 'secrets', empty: '' });
    expect(defaultsOf(fields, definition)).to.deep.equal({
      syncInterval: 3600,
      leavers: 'forbid',
      removalLimit: { percent: 20, count: 5 },
      syncGroups: true,
      linkBy: [],
      path: '/srv',
      key: '',
      mode: 'strict',
      part: { ids: [], deep: true },
    });
    expect(fields.get('part')?.read('part', { ids: ['7', null], more: 1 })).to.deep.equal({ ids: [7], deep: true });
    expect(() => fields.get('part')?.read('part', { deep: 'perhaps' })).to.throw(/part\.deep/);
    expect(() => fields.get('mode')?.read('mode', 'odd')).to.throw(/strict, lenient/);
  });

  it('that two types share take what either offers', () => {
    const [one, other] = [aField('mode', 'select', optionsOf('a')), aField('mode', 'select', optionsOf('b'))];
    const mode = fieldsOf(aType('One', one), aType('Other', other)).get('mode');
    expect(['a', 'b'].map((value) => mode?.read('mode', value))).to.deep.equal(['a', 'b']);
  });

  it('are refused when one type would show what is a secret of another', () => {
    const secret = aField('token', 'password');
    for (const [name, plain] of [
      ['token', aType('Plain', aField('token', 'text'))],
      ['user', aType('Hidden', aField('user', 'password'))],
      ['password', aType('Open', aField('password', 'text'))],
    ] as const) {
      expect(() => fieldsOf(wecomSyncer, aType('Secret', secret), plain), name).to.throw(ConfigError, name);
    }
  });

  it('of Casdoor’s other types are settings as soon as a registered type uses them', () => {
    expect(fieldsOf(wecomSyncer).get('port')?.home).to.equal('leftovers');
    const port = fieldsOf(aType('Ldap', aField('port', 'number'))).get('port');
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

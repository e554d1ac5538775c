import { expect } from 'chai';
import { csvSyncer } from '../../../examples/csv-syncer.ts';
import { abilitiesOf } from '../../../src/service/syncers/abilities.ts';
import { ConfigError } from '../../../src/syncer/errors.ts';
import { text } from '../../../src/syncer/text.ts';
import { defineWecomSyncer, wecomSyncer } from '../../../src/wecom/definition.ts';

describe('what a type of directory can do', () => {
  it('is what its connectors claim by their shape', () => {
    for (const definition of [wecomSyncer, defineWecomSyncer({ baseUrl: 'https://wecom.example' })]) {
      expect(abilitiesOf(definition)).to.deep.equal({ groups: true, oneMember: true, choices: true });
    }
    expect(abilitiesOf(csvSyncer)).to.deep.equal({ groups: true, oneMember: false, choices: false });
    const bare = { ...csvSyncer, open: () => ({ type: 'CSV' }) as unknown as ReturnType<typeof csvSyncer.open> };
    expect(abilitiesOf(bare)).to.deep.equal({ groups: false, oneMember: false, choices: false });
  });

  it('is asked with a value for each field that is needed, and with no other', () => {
    let seen: unknown;
    const field = { ...csvSyncer.fields[0]!, secret: false };
    const fields = [
      { ...field, name: 'base', kind: 'url' as const },
      { ...field, name: 'days', kind: 'number' as const, default: 30 },
      { ...field, name: 'unit', kind: 'select' as const, options: [{ value: 'a', label: 'A', labelZh: 'A' }] },
      { ...field, name: 'who', kind: 'users' as const },
      { ...field, name: 'note', required: false },
    ];
    const open: typeof csvSyncer.open = (config, deps) => {
      seen = config;
      return csvSyncer.open({ path: 'x' }, deps);
    };
    abilitiesOf({ fields, open });
    expect(seen).to.deep.equal({ base: 'https://directory.example', days: 30, unit: 'a', who: [] });
  });

  it('is not known of one that opens for nobody yet, and then nothing is kept back', () => {
    const open = (): never => {
      throw new ConfigError(text('No.', '否。'));
    };
    expect(abilitiesOf({ fields: [], open })).to.deep.equal({ groups: true, oneMember: true, choices: true });
  });
});

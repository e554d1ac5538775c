import { expect } from 'chai';
import { settingsChanges } from '../../../src/service/audit/settings-changes.ts';
import { syncerObject } from '../../../src/service/service-object.ts';
import type { SyncerRecord } from '../../../src/service/syncers/syncer-record.ts';
import { SyncerFields } from '../../../src/service/syncers/syncer-shape.ts';
import { SyncerRegistry } from '../../../src/syncer/registry.ts';
import { chinese } from '../../../src/web/language/chinese.ts';
import { english } from '../../../src/web/language/english.ts';
import { settingLabels } from '../../../src/web/history/setting-labels.ts';
import { wecomSyncer } from '../../../src/wecom/definition.ts';

const record: SyncerRecord = {
  id: 'id',
  organization: 'acme',
  name: 'wecom',
  type: 'WeCom',
  createdTime: '',
  isEnabled: true,
  syncInterval: 3600,
  settings: {},
  leftovers: {},
  secretNames: [],
  errorText: '',
  health: 'ok',
  failures: 0,
  lastRunId: null,
  nextRunAt: null,
  version: 1,
};

describe('what settings are called in the audit log', () => {
  const shown = { ...syncerObject(new SyncerFields(new SyncerRegistry().register(wecomSyncer)), record, 'acme', null) };
  const written = settingsChanges(undefined, Object.fromEntries(Object.keys(shown).map((key) => [key, 'set'])));

  for (const language of ['en', 'zh'] as const) {
    it(`are words, each of another setting (${language})`, () => {
      const messages = language === 'en' ? english : chinese;
      const typed = Object.fromEntries(
        wecomSyncer.fields.map(({ name, label, labelZh }) => [name, language === 'en' ? label : labelZh]),
      );
      const labels: Readonly<Record<string, string>> = {
        ...messages.otherFields,
        ...settingLabels(messages, typed),
      };
      expect(written).to.have.length.greaterThan(30);
      const names = new Map(written.map(({ field }) => [field, labels[field]]));
      expect([...names].filter(([, label]) => !label).map(([field]) => field)).to.deep.equal([]);
      expect(new Set(names.values()).size, [...names.values()].join(', ')).to.equal(names.size);
    });
  }
});

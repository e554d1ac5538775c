import { expect } from 'chai';
import { ConfigError } from '../../src/syncer/errors.ts';
import { SyncerRegistry } from '../../src/syncer/registry.ts';
import { defineWecomSyncer, wecomSyncer } from '../../src/wecom/definition.ts';
import { WeComSyncer } from '../../src/wecom/wecom-syncer.ts';

const DEPS = { concurrency: 8 };
const CONFIG = { user: 'ww1234567890abcdef', password: 'secret-of-the-app' };

describe('wecomSyncer', () => {
  it('is one line in a registry', () => {
    const registry = new SyncerRegistry().register(wecomSyncer);
    expect(registry.get('WeCom').title.zh).to.equal('企业微信');
    expect(registry.get('WeCom').open(CONFIG, DEPS)).to.be.instanceOf(WeComSyncer);
  });

  it('checks settings without calling anybody', () => {
    expect(() => wecomSyncer.check(CONFIG, DEPS)).not.to.throw();
    for (const wrong of [
      {},
      { ...CONFIG, user: 'root', password: '123456' },
      { ...CONFIG, host: 'https://evil.example' },
      { ...CONFIG, tableColumns: [{ name: 'email', casdoorName: 'IsAdmin' }] },
    ]) {
      expect(() => wecomSyncer.check(wrong, DEPS)).to.throw(ConfigError);
    }
    const proxied = defineWecomSyncer({ proxyUrl: 'not a url' });
    expect(() => proxied.check(CONFIG, DEPS)).to.throw(ConfigError, /WECOM_PROXY_URL/);
  });

  it('draws a form that names and explains every field in both languages, and hides the secrets', () => {
    for (const field of wecomSyncer.fields) {
      for (const words of [field.label, field.help]) expect(words, field.name).to.match(/\S/);
      for (const words of [field.labelZh, field.helpZh]) expect(words, field.name).to.match(/\p{Script=Han}|AgentId/u);
    }
    const secret = wecomSyncer.fields.filter((field) => field.secret).map((field) => field.name);
    expect(secret).to.deep.equal(['password', 'contactsSecret', 'callbackToken', 'callbackAesKey']);
    const required = wecomSyncer.fields.filter((field) => field.required).map((field) => field.name);
    expect(required).to.deep.equal(['user', 'password']);
  });
});

import { expect } from 'chai';
import { createSyncService, type SyncService } from '../../../src/service/index.ts';
import { OrganizationRow, SyncerRow } from '../../../src/storage/entities/index.ts';
import type { FormField, SyncerConfig, SyncerDefinition } from '../../../src/syncer/definition.ts';
import { SyncerRegistry } from '../../../src/syncer/registry.ts';
import { text } from '../../../src/syncer/text.ts';
import { wecomSyncer } from '../../../src/wecom/definition.ts';
import { eachDatabase } from '../../support/databases.ts';
import { rejection } from '../../support/promises.ts';

const aField = (name: string, kind: FormField['kind'], secret = false): FormField => ({
  name,
  label: name,
  labelZh: name,
  kind,
  required: false,
  secret,
  help: '',
  helpZh: '',
});

/** Names that mean something else, or nothing, in the other type. */
const FIELDS: readonly FormField[] = [
  aField('user', 'text', true),
  { ...aField('password', 'text'), multiline: true },
  aField('pin', 'number', true),
  { ...aField('auth.key', 'text', true), multiline: true },
  aField('auth.token', 'url'),
  aField('apiBase', 'url'),
  aField('robot', 'url', true),
];

const line = 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj';
/** As long as an RSA key of 16,384 bits. */
const PEM = ['-----BEGIN PRIVATE KEY-----', ...Array<string>(190).fill(line), '-----END PRIVATE KEY-----'].join('\n');
/** As long as a cloud's service account. */
const ACCOUNT = JSON.stringify({ type: 'service_account', private_key: PEM.slice(0, 9_800), 说明: '密钥' }, null, 2);

describe('a connector of somebody else', function () {
  this.timeout(60_000);

  eachDatabase((suite) => {
    const opened: SyncerConfig[] = [];
    let service: SyncService;
    let organization: string;
    let count = 0;

    /** Shows its secrets to whatever address it is given, as a connector does. */
    const board: SyncerDefinition = {
      type: 'Board',
      title: text('Board', '看板'),
      fields: FIELDS,
      check: () => undefined,
      open: (config) => {
        opened.push(config);
        return {
          type: 'Board',
          testConnection: async () => ({ ok: true, checks: [], departments: 0, members: 0, withheldFields: [] }),
          async *fetchUsers() {},
          mapUser: () => {
            throw new Error('nobody is read');
          },
        };
      },
    };

    beforeEach(async () => {
      organization = `board${(count += 1)}`;
      opened.length = 0;
      await suite.database.transaction(({ manager }) =>
        manager.insert(OrganizationRow, { owner: 'admin', name: organization }),
      );
      service = await createSyncService({
        dataSource: suite.database.dataSource,
        registry: new SyncerRegistry().register(wecomSyncer).register(board),
        secretKey: 'a key of the tests, of thirty-two characters or more',
        allowedHosts: ['a.example', 'b.example'],
      });
    });
    afterEach(() => service.close());

    const input = (values: Readonly<Record<string, unknown>> = {}) => ({
      organization,
      name: 'board',
      type: 'Board',
      user: 's3cret-user',
      password: 'shown',
      pin: 4711,
      auth: { key: PEM, token: 'https://a.example/token' },
      apiBase: 'https://a.example',
      robot: 'https://a.example/robot?key=s3cret-robot',
      ...values,
    });
    const id = (): string => `${organization}/board`;
    const stored = async (): Promise<string> =>
      JSON.stringify(await suite.database.read(({ manager }) => manager.findOneBy(SyncerRow, { organization })));
    const refusal = async (work: Promise<unknown>): Promise<string> => ((await rejection(work)) as Error).message;
    const tested = async (values: Readonly<Record<string, unknown>>): Promise<SyncerConfig | undefined> => {
      await service.syncers.test({ organization, name: 'board', ...values });
      return opened.at(-1);
    };

    it('has its secrets sealed and masked, whatever they are called, and the rest shown', async () => {
      const shown = await service.syncers.add(input());
      expect(shown).to.deep.include({ user: '***', password: 'shown', pin: '***', robot: '***' });
      expect(shown['auth']).to.deep.equal({ key: '***', token: 'https://a.example/token' });
      const row = await stored();
      for (const secret of ['s3cret-user', 'BEGIN PRIVATE', '4711', 's3cret-robot']) expect(row).not.to.include(secret);
      expect(row).to.include('shown');
      expect(await tested({})).to.deep.include({
        user: 's3cret-user',
        password: 'shown',
        pin: 4711,
        robot: 'https://a.example/robot?key=s3cret-robot',
        auth: { key: PEM, token: 'https://a.example/token' },
      });
    });

    it('keeps secrets that are sent back masked, or are not sent, and takes away what is emptied', async () => {
      const shown = await service.syncers.add(input());
      await service.syncers.update(id(), { ...shown, password: PEM });
      await service.syncers.update(id(), { auth: { token: 'https://a.example/token' } });
      expect(await tested({})).to.deep.include({ user: 's3cret-user', pin: 4711, password: PEM });
      expect((await tested({}))?.['auth']).to.deep.equal({ key: PEM, token: 'https://a.example/token' });
      const emptied = await service.syncers.update(id(), {
        user: '',
        auth: { key: '', token: 'https://a.example/token' },
      });
      expect(emptied).to.deep.include({ user: '', pin: '***' });
      expect(emptied['auth']).to.deep.equal({ key: '', token: 'https://a.example/token' });
    });

    it('is not tested with three stars for a secret that nobody stored, also where it is a part of a field', async () => {
      for (const [field, masked] of [
        ['pin', { pin: '***' }],
        ['auth.key', { auth: { key: '***', token: 'https://a.example/token' } }],
      ] as const) {
        const report = await service.syncers.test(input(masked));
        expect(report.ok, field).to.equal(false);
        expect(report.checks[0]?.detail.en).to.include(`(${field}): "***" stands for`);
        expect(report.checks[0]?.detail.zh).to.include(`(${field})：“***”`);
      }
    });

    it('stores what is long and has several lines', async () => {
      await service.syncers.add(input({ user: ACCOUNT, auth: { key: PEM.repeat(3), token: '' } }));
      expect(ACCOUNT.length).to.be.above(10_000);
      expect(await tested({})).to.deep.include({ user: ACCOUNT, auth: { key: PEM.repeat(3), token: '' } });
      expect(await refusal(service.syncers.update(id(), { user: 'x'.repeat(70_000) }))).to.include('user');
    });

    for (const [field, values] of [
      ['apiBase', { apiBase: 'https://b.example' }],
      ['auth.token', { auth: { key: '***', token: 'https://b.example/token' } }],
      ['robot', { robot: 'https://b.example/robot' }],
      ['host', { host: 'https://b.example' }],
    ] as const) {
      it(`is sent no stored secret when ${field} names another address`, async () => {
        await service.syncers.add(input());
        expect(await refusal(service.syncers.update(id(), values))).to.include(field);
        expect(await refusal(service.syncers.test({ organization, name: 'board', ...values }))).to.include(field);
        expect(opened).to.have.length(0);
        const anew = { user: 'new', pin: 1, robot: 'https://b.example/robot', ...values };
        await service.syncers.update(id(), {
          ...anew,
          auth: { key: 'new', token: '', ...('auth' in values && { token: values.auth.token }) },
        });
      });
    }

    for (const [field, values] of [
      ['apiBase', { apiBase: 'https://c.example' }],
      ['auth.token', { auth: { key: '', token: 'https://c.example' } }],
      ['robot', { robot: 'https://c.example' }],
      ['apiBase', { apiBase: 'ftp://c.example' }],
    ] as const) {
      it(`may not name ${JSON.stringify(values).slice(1, -1)} where only a.example and b.example are allowed`, async () => {
        const message = await refusal(service.syncers.add(input({ ...values, isEnabled: false })));
        expect(message).to.include(`"${field}"`).and.include('allowedHosts');
        const report = await service.syncers.test(input(values));
        expect(report.checks[0]?.detail.en).to.include(`"${field}"`);
        expect(opened).to.have.length(0);
      });
    }

    it('has a field sealed from then on that was no secret when it was stored', async () => {
      await service.syncers.add(input());
      const settings = JSON.stringify({ user: 'plain-of-before', auth: { key: 'clear', token: '' } });
      await suite.database.transaction(({ manager }) =>
        manager.update(SyncerRow, { organization }, { settings, secrets: '{}' }),
      );
      expect(await service.syncers.get(id())).to.deep.include({ user: '', auth: { key: '', token: '' } });
      await service.syncers.update(id(), { syncInterval: 7200 });
      expect(await stored()).not.to.match(/plain-of-before|clear/);
      expect(await tested({})).to.deep.include({ user: 'plain-of-before', auth: { key: 'clear', token: '' } });
    });
  });
});

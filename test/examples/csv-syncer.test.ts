import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import csvSuite from '../../examples/csv-syncer.suite.ts';
import { csvSyncer } from '../../examples/csv-syncer.ts';
import { type Client, TestHost } from '../host/test-host.ts';
import { MOCHA } from '../support/mocha-runner.ts';

const HEADER = 'id,name,email,phone,department,active';
const PEOPLE = [
  'u1,Ada,ada@example.com,+8613800000001,Research,true',
  'u2,"Hopper, Grace",grace@example.com,,Research,yes',
  'u3,Edsger,,,Sales,true',
  'u4,Alan,alan@example.com,,"Night ""Owls""",no',
  ...['u5', 'u6', 'u7', 'u8', 'u9'].map((id) => `${id},${id},,,Sales,true`),
];

/** A file that a test writes anew. */
class CsvFile {
  readonly #folder: string;
  readonly path: string;

  private constructor(folder: string) {
    this.#folder = folder;
    this.path = join(folder, 'people.csv');
  }

  static async make(people: readonly string[] = PEOPLE): Promise<CsvFile> {
    const file = new CsvFile(await mkdtemp(join(tmpdir(), 'csv-syncer-')));
    await file.write(people);
    return file;
  }

  write(people: readonly string[], header = HEADER): Promise<void> {
    return writeFile(this.path, `${[header, ...people].join('\r\n')}\r\n`);
  }

  remove(): Promise<void> {
    return rm(this.#folder, { recursive: true });
  }
}

csvSuite(MOCHA);

describe('A connector of somebody else, in a host', function () {
  this.timeout(60_000);
  let own: TestHost;
  let file: CsvFile;
  let client: Client;
  let groups: ReadonlyMap<string, string>;

  const run = async (): Promise<{ readonly state: string; readonly [key: string]: unknown }> =>
    (await client.post('/api/run-syncer?id=acme/csv&wait=true', {})).data;
  const user = async (name: string) => (await client.get(`/api/get-user?id=acme/${name}`)).data;
  const titlesOf = async (name: string): Promise<readonly (string | undefined)[]> =>
    (await user(name)).groups.map((group: string) => groups.get(group));

  before(async () => {
    own = await TestHost.start({ definitions: [csvSyncer] });
    file = await CsvFile.make();
    client = own.credential();
    await own.addOrganization('acme');
    const answer = await client.post('/api/add-syncer', {
      owner: 'admin',
      organization: 'acme',
      name: 'csv',
      type: 'CSV',
      path: file.path,
      syncInterval: 3600,
    });
    expect(answer.msg).to.equal('');
  });
  after(async () => {
    await own?.close();
    await file?.remove();
  });

  it('has its form and what a new syncer begins with', async () => {
    const types = (await client.get('/api/get-syncer-types')).data;
    const csv = types.find(({ type }: { readonly type: string }) => type === 'CSV');
    expect(csv.title).to.equal('CSV file');
    expect(csv.fields.map(({ name }: { readonly name: string }) => name)).to.deep.equal(['path']);
    expect(csv.defaults).to.deep.equal({
      syncInterval: 3600,
      leavers: 'forbid',
      removalLimit: { percent: 20, count: 5 },
      syncGroups: true,
      parentGroup: '',
      linkBy: [],
      graceDays: 0,
      deleteDays: 0,
      rosterInterval: 0,
      timeZone: 'Asia/Shanghai',
      schedule: '',
      quietWindows: [],
      freezeWindows: [],
      freezeDisabled: false,
      selfService: { enabled: false, fields: ['email', 'phone', 'avatar', 'gender'], nudge: false, nudgePerDay: 100 },
      path: '',
    });
    expect((await client.get('/api/get-syncer?id=acme/csv')).data.path).to.equal(file.path);
  });

  it('is tested before it runs', async () => {
    const body = { owner: 'admin', organization: 'acme', name: 'csv', type: 'CSV', path: file.path };
    expect((await client.post('/api/test-syncer-db', body)).data).to.include({ ok: true, members: 9, departments: 3 });
    const wrong = await client.post('/api/test-syncer-db', { ...body, path: `${file.path}.missing` });
    expect(wrong.data.ok).to.equal(false);
    expect(wrong.data.checks[0].detail).to.match(/cannot be read/);
  });

  it('brings people with their groups and their access', async () => {
    const first = await run();
    expect(first.state).to.equal('succeeded');
    expect(first['counts']).to.include({ members: 9, created: 9, groupsCreated: 3 });
    const found = (await client.get('/api/get-groups?owner=acme')).data as { name: string; displayName: string }[];
    groups = new Map(found.map(({ name, displayName }) => [`acme/${name}`, displayName]));
    expect(await user('u2')).to.include({
      displayName: 'Hopper, Grace',
      email: 'grace@example.com',
      isForbidden: false,
    });
    expect((await user('u4')).isForbidden).to.equal(true);
    expect(await titlesOf('u1')).to.deep.equal(['Research']);
    expect(await titlesOf('u4')).to.deep.equal(['Night "Owls"']);
  });

  it('writes nothing when nothing changed', async () => {
    const again = await run();
    expect(again.state).to.equal('succeeded');
    expect(again['counts']).to.include({ members: 9, created: 0, updated: 0, unchanged: 9 });
  });

  it('locks out who left, and moves who moved', async () => {
    const [ada = '', ...others] = PEOPLE;
    await file.write([ada.replace('Research', 'Sales'), ...others.slice(1)]);
    expect((await run()).state).to.equal('succeeded');
    expect((await user('u2')).isForbidden).to.equal(true);
    expect(await titlesOf('u1')).to.deep.equal(['Sales']);
    expect((await user('u1')).isForbidden).to.equal(false);
  });

  for (const [what, people, header] of [
    ['has another header', PEOPLE, 'id,name'],
    ['ends in the middle of a line', [...PEOPLE.slice(0, 2), 'u3,Edsger'], HEADER],
    ['names nobody', [], HEADER],
    ['has an id twice', [...PEOPLE, 'U1,Ada,,,Research,true'], HEADER],
  ] as const) {
    it(`locks nobody out when the file ${what}`, async () => {
      const before = (await client.get('/api/get-users?owner=acme&pageSize=100&p=1')).data;
      await file.write(people, header);
      expect((await run()).state).to.equal('failed');
      expect((await client.get('/api/get-users?owner=acme&pageSize=100&p=1')).data).to.deep.equal(before);
    });
  }

  it('runs by itself once it is enabled', async () => {
    await file.write(PEOPLE);
    const answer = await client.post('/api/update-syncer?id=acme/csv', { isEnabled: true, syncInterval: 60 });
    expect(answer.msg).to.equal('');
    const { nextRunAt } = (await client.get('/api/get-syncer?id=acme/csv')).data;
    expect(Date.parse(nextRunAt) - Date.now()).to.be.within(1, 60_000);
  });

  it('knows no word of the other connector, and imports the package alone', async () => {
    const source = await readFile(new URL('../../examples/csv-syncer.ts', import.meta.url), 'utf8');
    expect(source.replaceAll("'wecom-syncer'", '')).to.not.match(/wecom|agentId|corp/i);
    expect(source.split('\n').length).to.be.below(100);
  });
});

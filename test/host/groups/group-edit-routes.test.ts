import { expect } from 'chai';
import { AuditRow, GroupRow, LinkRow } from '../../../src/storage/entities/index.ts';
import { makeCasdoors } from '../../support/iam/casdoor-sessions.ts';
import { createTestDatabase, DATABASE_KINDS, type TestDatabase } from '../../support/databases.ts';
import { ADMIN_PASSWORD, SECRET_KEY, TestHost, type Answer, type Client } from '../test-host.ts';

for (const kind of DATABASE_KINDS) {
  describe(`groups, on ${kind}`, () => {
    let database: TestDatabase | undefined;
    let test: TestHost;
    let chief: Client;

    before(async function () {
      database = await createTestDatabase(kind);
      if (!database) return this.skip();
      await makeCasdoors(database);
      test = await TestHost.start({ members: 6, departments: 3, settings: { DATABASE_URL: database.url, SECRET_KEY } });
      await test.addOrganization('acme');
      await test.addOrganization('globex');
      chief = await test.signedIn('acme', 'chief', ADMIN_PASSWORD);
    });
    after(async () => {
      await test?.close();
      await database?.drop();
    });

    const add = (name: string, parentId: string, more: object = {}): Promise<Answer> =>
      chief.post('/api/add-group', { owner: 'acme', name, displayName: `The ${name}`, parentId, ...more });
    const update = (name: string, body: object): Promise<Answer> =>
      chief.post(`/api/update-group?id=acme/${name}`, body);
    const remove = (name: string): Promise<Answer> => chief.post('/api/delete-group', { owner: 'acme', name });
    const group = async (name: string): Promise<Record<string, unknown>> =>
      (await chief.get(`/api/get-group?id=acme/${name}`)).data as Record<string, unknown>;
    const row = (name: string): Promise<GroupRow | null> =>
      test.host.database.read(({ manager }) => manager.findOneBy(GroupRow, { owner: 'acme', name }));
    const rules = async (): Promise<string[]> => {
      const rows = await test.host.database.read((session) =>
        session.select(`SELECT v0, v1 FROM casbin_user_rule WHERE ptype = 'g'`),
      );
      return rows.map(({ v0, v1 }) => `${String(v0)} ${String(v1)}`).toSorted();
    };

    it('are added at the top and below one another, and read back', async () => {
      const more = {
        type: 'Physical',
        manager: 'acme/chief',
        properties: { a: '1' },
        createdTime: '2026-03-04T05:06:07Z',
      };
      expect((await add('top', 'acme', { isTopGroup: true, ...more })).data).to.equal('Affected');
      expect((await add('below', 'top')).data).to.equal('Affected');
      expect((await add('bare', '')).data).to.equal('Affected');
      expect(await group('top')).to.deep.include({
        displayName: 'The top',
        parentId: 'acme',
        isTopGroup: true,
        isEnabled: true,
        gidNumber: 0,
        ...more,
      });
      expect(await group('below')).to.deep.include({ parentId: 'top', parentName: 'The top', isTopGroup: false });
      expect(await group('bare')).to.include({ parentId: 'acme', isTopGroup: true });
      const { data: tree } = await chief.get('/api/get-groups?owner=acme&withTree=true');
      expect(tree.map(({ key }: { key: string }) => key)).to.have.members(['top', 'bare']);
    });

    it('are none by letters that only look like their name', async () => {
      await add('letters', 'acme');
      const before = await row('letters');
      expect((await update('létters', { displayName: 'x' })).data).to.equal('Unaffected');
      expect((await remove('létters')).data).to.equal('Unaffected');
      expect(await group('létters')).to.equal(null);
      expect((await add('beneath', 'létters')).msg).to.match(/"létters" does not exist/);
      expect(await row('letters')).to.deep.equal(before);
      expect((await remove('letters')).data).to.equal('Affected');
    });

    const refused: readonly (readonly [string, string, string, string | RegExp])[] = [
      ['no name', '', 'acme', "group name can't be empty"],
      ['a slash in the name', 'a/b', 'acme', `Field 'name' contains forbidden characters: "/?:#&%=+;"`],
      ['the name of an organization', 'globex', 'acme', "group name can't be same as the organization name"],
      ['a name that is taken', 'TOP', 'acme', 'Group "TOP" exists already.'],
      ['a parent that is none', 'stray', 'nowhere', 'The parent group "nowhere" does not exist.'],
    ];
    for (const [what, name, parentId, msg] of refused) {
      it(`are refused with ${what}`, async () => {
        expect((await add(name, parentId)).msg).to.equal(msg);
        const before = await row('bare');
        if (name !== '') expect((await update('bare', { name, parentId })).status).to.equal('error');
        expect(await row('bare')).to.deep.equal(before);
      });
    }

    it('are unique over all organizations', async () => {
      const answer = await test.credential().post('/api/add-group', { owner: 'globex', name: 'top' });
      expect(answer.msg).to.equal('Group "top" exists already.');
    });

    it('hang below none of their own children', async () => {
      for (const parentId of ['top', 'below'])
        expect((await update('top', { parentId })).msg).to.equal(
          'A group cannot hang below itself or one of its own children.',
        );
      expect(await row('top')).to.include({ parentId: 'acme' });
      expect((await update('below', { parentId: 'bare' })).data).to.equal('Affected');
      expect((await update('below', { parentId: 'top' })).data).to.equal('Affected');
    });

    it('come back whole and stay what they are; what nobody changes is not written', async () => {
      const before = await row('top');
      for (const body of [
        await group('top'),
        {},
        { displayName: 'The top' },
        { ...(await group('top')), parentId: null },
      ]) {
        expect((await update('top', body)).data).to.equal('Affected');
        expect(await row('top')).to.deep.equal(before);
      }
      expect((await update('none', {})).data).to.equal('Unaffected');
      expect((await remove('none')).data).to.equal('Unaffected');
    });

    it('go nowhere while somebody is in them or below them', async () => {
      await chief.post('/api/update-user?id=acme/plain', { groups: ['acme/below'] });
      expect((await remove('top')).msg).to.equal('group has children group');
      expect((await remove('below')).msg).to.equal('group has users');
      expect(await row('below')).to.not.equal(null);
    });

    it('are renamed with everything that names them', async () => {
      await chief.post('/api/add-syncer', test.syncer('acme'));
      expect((await chief.get('/api/run-syncer?id=acme/wecom')).status).to.equal('ok');
      const synced = (
        (await chief.get('/api/get-groups?owner=acme')).data as { name: string; users: string[] }[]
      ).filter(({ name, users }) => name.startsWith('acme-wecom-') && users.length > 0)[0]!;
      for (const [before, after] of [
        ['top', 'Top2'],
        ['below', 'below2'],
        [synced.name, 'handmade'],
      ] as const)
        expect((await update(before, { name: after })).data).to.equal('Affected');
      expect(await row('below2')).to.include({ parentId: 'Top2' });
      expect((await group('below2'))['users']).to.deep.equal(['acme/plain']);
      expect((await group('handmade'))['users']).to.deep.equal(synced.users);
      const stored = await rules();
      expect(stored).to.include('acme/plain group:acme/below2').and.include(`${synced.users[0]} group:acme/handmade`);
      expect(stored.filter((rule) => rule.endsWith(`/${synced.name}`) || rule.endsWith('/below'))).to.deep.equal([]);
      const run = await chief.get('/api/run-syncer?id=acme/wecom');
      expect(run.data.counts, 'the syncer still holds it').to.include({ groupsCreated: 0, updated: 0, conflicts: 0 });
      const links = await test.host.database.read(({ manager }) => manager.findBy(LinkRow, { organization: 'acme' }));
      expect(JSON.stringify(links))
        .to.not.include(synced.name + '"')
        .and.not.include(synced.name + '\\"');
    });

    it('lose one member at a time', async () => {
      const leave = (client: Client, body: string): Promise<Answer> =>
        client.post('/api/remove-user-from-group', body, { 'content-type': 'application/x-www-form-urlencoded' });
      const plain = await test.signedIn('acme', 'plain', ADMIN_PASSWORD);
      const other = await test.signedIn('globex', 'chief', ADMIN_PASSWORD);
      const body = 'owner=acme&name=plain&groupName=below2';
      for (const client of [plain, other, test.anonymous()])
        expect((await leave(client, body)).msg).to.equal('Unauthorized operation');
      expect((await leave(chief, body)).json).to.include({ status: 'ok', data: true });
      expect((await leave(chief, body)).data).to.equal(false);
      expect((await leave(chief, 'owner=acme&name=none&groupName=below2')).msg).to.equal(
        "The user: acme/none doesn't exist",
      );
      expect((await group('below2'))['users']).to.deep.equal([]);
      expect(await rules()).to.not.include('acme/plain group:acme/below2');
    });

    it('are deleted when they are empty', async () => {
      expect((await remove('Top2')).msg).to.equal('group has children group');
      for (const name of ['below2', 'Top2']) expect((await remove(name)).data).to.equal('Affected');
      expect((await remove('Top2')).data).to.equal('Unaffected');
      expect(await row('Top2')).to.equal(null);
    });

    it('are for administrators of the organization alone', async () => {
      const before = await row('bare');
      const plain = await test.signedIn('acme', 'plain', ADMIN_PASSWORD);
      const other = await test.signedIn('globex', 'chief', ADMIN_PASSWORD);
      for (const client of [plain, other, test.anonymous()]) {
        for (const call of [
          client.post('/api/add-group', { owner: 'acme', name: 'intruder' }),
          client.post('/api/update-group?id=acme/bare', { displayName: 'x' }),
          client.post('/api/delete-group', { owner: 'acme', name: 'bare' }),
        ]) {
          expect((await call).msg).to.equal('Unauthorized operation');
        }
      }
      expect((await chief.post('/api/update-group?id=acme/bare', { owner: 'globex' })).status).to.equal('error');
      expect((await chief.post('/api/delete-group?id=acme/bare', { owner: 'acme', name: 'other' })).msg).to.match(
        /two different objects/,
      );
      expect(await row('bare')).to.deep.equal(before);
    });

    it('of all that the caller administers are listed where no owner is named', async () => {
      await test.credential().post('/api/add-group', { owner: 'globex', name: 'globex-top' });
      const names = async (client: Client, query: string): Promise<string[]> =>
        ((await client.get(`/api/get-groups?${query}`)).data as { name: string }[]).map(({ name }) => name);
      for (const query of ['', 'owner=', 'withTree=true', 'p=1&pageSize=100']) {
        expect(await names(test.credential(), query)).to.include.members(['bare', 'globex-top']);
        expect(await names(chief, query))
          .to.include('bare')
          .and.not.include('globex-top');
      }
      expect(await names(chief, 'p=1&pageSize=100&sortField=userCount&sortOrder=descend')).to.include('bare');
    });

    it('are written down', async () => {
      const rows = await test.host.database.read(({ manager }) => manager.findBy(AuditRow, { organization: 'acme' }));
      expect(rows.map(({ action, target }) => `${action} ${target}`)).to.include.members([
        'add-group acme/top',
        'update-group acme/top',
        'delete-group acme/Top2',
        'remove-user-from-group acme/plain',
      ]);
    });
  });
}

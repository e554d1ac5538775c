import { expect } from 'chai';
import { LinkRow, UserRow } from '../../../src/storage/entities/index.ts';
import { ADMIN_PASSWORD, TestHost, type Answer, type Client } from '../test-host.ts';

describe('user and group calls', () => {
  let test: TestHost;
  let admin: Client;

  before(async () => {
    test = await TestHost.start({ members: 60, departments: 6 });
    await test.addOrganization('acme');
    admin = await test.signedIn();
    await admin.post('/api/add-syncer', test.syncer('acme'));
    const run = await admin.get('/api/run-syncer?id=acme/wecom');
    expect(run.status, run.text).to.equal('ok');
  });
  after(() => test.close());

  const list = (query: string): Promise<Answer> => admin.get(`/api/get-users?owner=acme&${query}`);
  const namesOf = (answer: Answer): string[] => (answer.data as { name: string }[]).map(({ name }) => name);
  const user = async (name: string): Promise<Record<string, unknown>> =>
    (await admin.get(`/api/get-user?id=acme/${name}`)).data as Record<string, unknown>;
  const linkOf = (name: string): Promise<LinkRow | null> =>
    test.host.database.read(({ manager }) => manager.findOneBy(LinkRow, { kind: 'user', organization: 'acme', name }));
  /** A member who may sign in and is held by the syncer. */
  const anActiveMember = async (skip = 0): Promise<string> => {
    const { data } = await list('p=1&pageSize=100&field=isForbidden&value=false');
    const members = (data as { name: string; heldBy: string }[]).filter(({ heldBy }) => heldBy === 'acme/wecom');
    return members[skip]!.name;
  };
  const sync = async (): Promise<void> => {
    expect((await admin.get('/api/run-syncer?id=acme/wecom')).data.state).to.equal('succeeded');
  };

  it('page accounts by name, each once, whichever page is asked for', async () => {
    const all = namesOf(await list(''));
    expect(all).to.have.length(62);
    expect(all).to.deep.equal(all.toSorted((a, b) => (a < b ? -1 : 1)));
    const paged: string[] = [];
    for (let page = 1; page <= 9; page += 1) {
      const answer = await list(`p=${page}&pageSize=7&sortField=name&sortOrder=ascend`);
      expect(answer.data2).to.equal(62);
      paged.push(...namesOf(answer));
    }
    expect(paged).to.deep.equal(all);
    const downwards: string[] = [];
    for (let page = 1; page <= 9; page += 1) {
      downwards.push(...namesOf(await list(`p=${page}&pageSize=7&sortField=name&sortOrder=descend`)));
    }
    expect(downwards).to.deep.equal(all.toReversed());
    expect(namesOf(await list('p=1000&pageSize=7'))).to.deep.equal(all.slice(56));
  });

  it('answer a whole list in the same envelope as a page', async () => {
    const whole = await list('');
    expect(whole.json).to.have.all.keys('status', 'msg', 'sub', 'name', 'data', 'data2', 'data3');
    expect(whole.data[0]).to.have.all.keys(Object.keys((await list('p=1&pageSize=1')).data[0]));
    expect((await admin.get('/api/get-users?owner=nowhere')).json).to.deep.include({ status: 'ok', data: [] });
  });

  it('find people by a part of a field, and take wildcards as characters', async () => {
    expect(namesOf(await list('p=1&pageSize=10&field=name&value=HIE'))).to.deep.equal(['chief']);
    expect((await list('p=1&pageSize=10&field=name&value=%25')).data2).to.equal(0);
    expect((await list('p=1&pageSize=10&field=name&value=_hief')).data2).to.equal(0);
  });

  it('never search or sort by a password', async () => {
    for (const query of ['field=password&value=a', 'field=hash&value=1']) {
      expect((await list(`p=1&pageSize=10&${query}`)).status).to.equal('error');
    }
    await admin.post('/api/update-user?id=acme/chief&columns=password', { password: 'another good one' });
    const byName = namesOf(await list('p=1&pageSize=100'));
    for (const field of ['password', 'passwordSalt', 'hash', 'nosuch']) {
      for (const order of ['ascend', 'descend']) {
        expect(namesOf(await list(`p=1&pageSize=100&sortField=${field}&sortOrder=${order}`))).to.deep.equal(byName);
      }
      const sorted = await admin.get(`/api/get-sorted-users?owner=acme&sorter=${field}&limit=100`);
      expect(namesOf(sorted)).to.deep.equal(byName.toReversed());
    }
  });

  it('rank the highest by a column', async () => {
    const sorted = async (query: string): Promise<Answer> => admin.get(`/api/get-sorted-users?owner=acme&${query}`);
    expect(namesOf(await sorted('sorter=name&limit=2'))).to.deep.equal(
      namesOf(await list(''))
        .toReversed()
        .slice(0, 2),
    );
    expect((await sorted('sorter=created_time&limit=3')).data).to.have.length(3);
    expect((await sorted('sorter=score&limit=x')).data).to.have.length(62);
    expect((await sorted('sorter=name&limit=0')).data).to.have.length(62);
    await test.host.database.transaction(({ manager }) =>
      manager.update(UserRow, { owner: 'acme', name: 'chief' }, { score: 7 }),
    );
    expect(namesOf(await sorted('sorter=score&limit=1'))).to.deep.equal(['chief']);
  });

  it('count', async () => {
    expect((await admin.get('/api/get-user-count?owner=acme')).data).to.equal(62);
    expect((await admin.get('/api/get-user-count?owner=acme&isOnline=1')).data).to.equal(0);
  });

  it('show an account without its password, found by any of its keys', async () => {
    const member = await user(await anActiveMember());
    expect(member).to.include({
      owner: 'acme',
      registerSource: 'acme/wecom',
      heldBy: 'acme/wecom',
      forbiddenBy: null,
      password: '',
    });
    expect((await user('chief'))['password']).to.equal('***');
    expect((await admin.get(`/api/get-user?owner=acme&userId=${String(member['id'])}`)).data.name).to.equal(
      member['name'],
    );
    expect((await admin.get('/api/get-user?id=acme/none')).data).to.equal(null);
    expect((await admin.get('/api/get-user')).json).to.include({ status: 'ok', data: null });
    expect((await admin.get('/api/get-user?owner=acme')).json).to.include({ status: 'ok', data: null });
  });

  it('remember that a person forbade an account, and that a person allowed it', async () => {
    const name = await anActiveMember();
    const answer = await admin.post(`/api/update-user?id=acme/${name}&columns=isForbidden`, {
      ...(await user(name)),
      isForbidden: true,
      displayName: 'not named, not written',
    });
    expect(answer.data).to.equal('Affected');
    expect(await user(name))
      .to.include({ isForbidden: true, forbiddenBy: 'person' })
      .and.not.include({ displayName: 'not named, not written' });
    await sync();
    expect(await user(name)).to.include({ isForbidden: true });
    await admin.post(`/api/update-user?id=acme/${name}&columns=is_forbidden`, { isForbidden: false });
    expect(await user(name)).to.include({ isForbidden: false, forbiddenBy: null });
  });

  it('take no decision out of an account that is sent back whole', async () => {
    const { data } = await list('p=1&pageSize=1&field=isForbidden&value=true');
    const [forbidden] = data as { name: string }[];
    const before = await linkOf(forbidden!.name);
    await admin.post(`/api/update-user?id=acme/${forbidden!.name}`, {
      ...(await user(forbidden!.name)),
      title: 'Engineer',
    });
    expect(await user(forbidden!.name)).to.include({ title: 'Engineer', isForbidden: true });
    expect(await linkOf(forbidden!.name)).to.deep.equal(before);
  });

  it('rename an account, and the syncer goes on holding it', async () => {
    const name = await anActiveMember(1);
    expect(
      (await admin.post(`/api/update-user?id=acme/${name}&columns=name`, { name: 'renamed-by-hand' })).data,
    ).to.equal('Affected');
    expect(await linkOf(name)).to.equal(null);
    expect(await user('renamed-by-hand')).to.include({ heldBy: 'acme/wecom' });
    await sync();
    expect((await admin.get('/api/get-user-count?owner=acme')).data).to.equal(62);
    expect((await admin.post('/api/update-user?id=acme/renamed-by-hand', { name: 'chief' })).msg).to.equal(
      'Username already exists',
    );
  });

  it('make an administrator, who then can sign in to his organization', async () => {
    const name = await anActiveMember(2);
    await admin.post(`/api/update-user?id=acme/${name}&columns=isAdmin,password`, {
      isAdmin: true,
      password: 'a new password',
    });
    const member = await test.signedIn('acme', name, 'a new password');
    expect((await member.get('/api/get-user-count?owner=acme')).status).to.equal('ok');
  });

  it('delete an account', async () => {
    await admin.post('/api/add-user', { owner: 'acme', name: 'short-lived', displayName: 'Short' });
    expect((await user('short-lived'))['id']).to.match(/^[0-9a-f-]{36}$/);
    expect((await admin.post('/api/delete-user', { owner: 'acme', name: 'short-lived' })).data).to.equal('Affected');
    expect((await admin.post('/api/delete-user', { owner: 'acme', name: 'short-lived' })).data).to.equal('Unaffected');
    expect((await admin.post('/api/update-user?id=acme/short-lived', { title: 'x' })).msg).to.equal(
      "The user: acme/short-lived doesn't exist",
    );
  });

  it('let nobody lock himself out', async () => {
    for (const body of [{ isForbidden: true }, { isAdmin: false }, { isDeleted: true }]) {
      expect((await admin.post('/api/update-user?id=built-in/admin', body)).status).to.equal('error');
    }
    expect((await admin.post('/api/delete-user', { owner: 'built-in', name: 'admin' })).status).to.equal('error');
  });

  const bad: readonly (readonly [string, Record<string, unknown>])[] = [
    ['a name that is taken', { name: 'chief' }],
    ['no name', { name: '' }],
    ['a name with a slash', { name: 'a/b' }],
    ['a name of 256 characters', { name: 'x'.repeat(256) }],
    ['a title that does not fit', { name: 'x', title: '标'.repeat(101) }],
    ['a short password', { name: 'x', password: 'short' }],
    ['a group of another organization', { name: 'x', groups: ['beta/g'] }],
    ['a group that is none', { name: 'x', groups: ['g'] }],
    ['a number for a title', { name: 'x', title: 7 }],
    ['an organization that does not exist', { owner: 'nowhere', name: 'x' }],
  ];
  for (const [what, body] of bad) {
    it(`refuse to add an account with ${what}`, async () => {
      const answer = await admin.post('/api/add-user', { owner: 'acme', ...body });
      expect(answer.httpStatus).to.equal(200);
      expect(answer.status, answer.text).to.equal('error');
    });
  }

  it('show groups with their members, flat, one by one and as a tree', async () => {
    const flat = await admin.get('/api/get-groups?owner=acme&p=1&pageSize=100');
    expect(flat.data2).to.equal(6);
    const crowded = (flat.data as { name: string; users: string[]; userCount: number }[]).find(
      ({ userCount }) => userCount > 0,
    )!;
    expect(crowded.users).to.have.length(crowded.userCount);
    const one = (await admin.get(`/api/get-group?id=acme/${crowded.name}`)).data;
    expect(one).to.deep.equal(flat.data.find(({ name }: { name: string }) => name === crowded.name));
    const members = await list(`p=1&pageSize=100&groupName=${crowded.name}`);
    expect(namesOf(members).map((name) => `acme/${name}`)).to.have.members(crowded.users);
    const tree = (await admin.get('/api/get-groups?owner=acme&withTree=true')).data;
    interface Node {
      readonly children: readonly Node[];
    }
    const count = (nodes: readonly Node[]): number => nodes.reduce((sum, { children }) => sum + 1 + count(children), 0);
    expect(count(tree)).to.equal(6);
    expect(tree[0]).to.include.keys('owner', 'key', 'title', 'type', 'userCount', 'children');
    expect((await admin.get('/api/get-group?id=acme/none')).data).to.equal(null);
  });

  it('show a group whose parents form a circle, once', async () => {
    const add = (name: string, parent: string): Promise<unknown> =>
      test.host.database.transaction(({ manager }) =>
        manager.query(
          `INSERT INTO "group" (owner, name, display_name, parent_id) VALUES ('built-in', '${name}', '${name}', '${parent}')`,
        ),
      );
    await add('a', 'b');
    await add('b', 'a');
    const tree = (await admin.get('/api/get-groups?owner=built-in&withTree=true')).data;
    expect(tree).to.have.length(1);
    expect(tree[0]).to.include({ key: 'a' });
    expect(tree[0].children[0]).to.deep.include({ key: 'b', children: [] });
  });

  it('add an organization, once, under any spelling', async () => {
    expect((await admin.post('/api/add-organization', { name: 'gamma', displayName: '伽马' })).data).to.equal(
      'Affected',
    );
    for (const name of ['gamma', 'GAMMA', 'admin', 'Built-in', '', 'a/b']) {
      expect((await admin.post('/api/add-organization', { name })).status, name).to.equal('error');
    }
    const found = (await admin.get('/api/get-organizations?owner=admin&p=1&pageSize=10&field=name&value=gam')).json;
    expect(found.data2).to.equal(1);
    expect(found.data[0]).to.include({ owner: 'admin', name: 'gamma', displayName: '伽马', passwordSalt: '' });
  });

  it('never answer a password of anybody', async () => {
    const everybody = await admin.get('/api/get-global-users');
    expect(everybody.text).to.not.include('$argon2').and.not.include(ADMIN_PASSWORD);
  });
});

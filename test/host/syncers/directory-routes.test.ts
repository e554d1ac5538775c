import { expect } from 'chai';
import { ADMIN_PASSWORD, TestHost, type Answer, type Client } from '../test-host.ts';

describe('departments and tags to choose from', () => {
  let test: TestHost;
  let chief: Client;

  before(async () => {
    test = await TestHost.start({ members: 6, departments: 5 });
    await test.addOrganization('acme');
    chief = await test.signedIn('acme', 'chief', ADMIN_PASSWORD);
    // A scope narrows what is synced, and not what there is to choose from.
    const scope = { departments: [2] };
    const added = await chief.post('/api/add-syncer', { ...test.syncer('acme', 'wecom'), isEnabled: false, scope });
    expect(added.status, added.msg).to.equal('ok');
  });
  after(() => test.close());

  const read = (what: string, name = 'wecom', language = 'en'): Promise<Answer> =>
    chief.get(`/api/get-directory-${what}?id=acme/${name}`, { 'accept-language': language });

  it('are what the app sees at this moment, parents first', async () => {
    const { company } = test.sandbox;
    const { data } = await read('departments');
    const told = [...company.visibleDepartments()].map(({ id, name, parentid }) => ({ id, name, parentId: parentid }));
    expect(data).to.have.deep.members(told);
    for (const { id, parentId } of data) {
      const ids = data.map((one: { id: number }) => one.id);
      if (parentId !== 0) expect(ids.indexOf(parentId)).to.be.lessThan(ids.indexOf(id));
    }
    company.setTag({ id: 9, name: '新标签', users: [], departments: [] });
    expect((await read('tags')).data).to.deep.equal([...company.tags.values()].map(({ id, name }) => ({ id, name })));
    expect((await read('tags')).data.at(-1)).to.deep.equal({ id: 9, name: '新标签' });
  });

  it('are ten thousand, too', async () => {
    const { company } = test.sandbox;
    const department = Array.from({ length: 10_000 }, (_, at) => ({ id: at + 1, name: `d${at}`, parentid: at >> 3 }));
    const body = JSON.stringify({ errcode: 0, errmsg: 'ok', department });
    const stop = test.sandbox.faults.add({ path: 'department/list', respond: { body } });
    expect((await read('departments')).data).to.have.lengthOf(10_000);
    stop();
    expect((await read('departments')).data).to.have.lengthOf([...company.visibleDepartments()].length);
  });

  it('say in both languages why there are none', async () => {
    test.sandbox.faults.set({ untrustedIp: '203.0.113.7' });
    try {
      expect((await read('departments')).msg).to.match(/203\.0\.113\.7.*trusted/s);
      expect((await read('tags', 'wecom', 'zh')).msg).to.match(/可信/);
    } finally {
      test.sandbox.faults.set({});
    }
    expect((await read('tags', 'none')).msg).to.equal('The syncer: acme/none does not exist');
  });

  it('are asked for where the stored secret belongs, and nowhere else', async () => {
    const before = test.sandbox.calls.count();
    await chief.get('/api/get-directory-tags?id=acme/wecom&host=http://127.0.0.1:1');
    expect(test.sandbox.calls.count()).to.be.greaterThan(before);
    expect(test.sandbox.calls.counts()).to.have.any.keys('tag/list');
  });

  it('are shown to settings that nobody saved yet, and to a stored secret where it belongs', async () => {
    const draft = (changes: object) => ({ ...test.syncer('acme', 'draft'), ...changes });
    const seen = (await read('departments')).data;
    const tags = (await read('tags')).data;
    expect((await chief.post('/api/get-directory-departments', draft({}))).data).to.deep.equal(seen);
    expect((await chief.post('/api/get-directory-tags', draft({}))).data).to.deep.equal(tags);
    expect((await test.credential().get('/api/get-syncer?id=acme/draft')).data).to.equal(null);
    const stored = draft({ name: 'wecom', password: '***' });
    expect((await chief.post('/api/get-directory-departments', stored)).data).to.deep.equal(seen);

    const none = await chief.post('/api/get-directory-departments', draft({ password: '***' }));
    expect(none.msg).to.match(/\(password\).*fill in the S/);
    const wrong = await chief.post('/api/get-directory-tags', draft({ password: 'mistyped' }));
    expect(wrong).to.include({ status: 'error', data: null });
    expect(wrong.msg).to.match(/40001/);
    expect(wrong.text).to.not.contain('mistyped');

    const before = test.sandbox.calls.count();
    for (const what of ['departments', 'tags']) {
      const elsewhere = await chief.post(`/api/get-directory-${what}`, { ...stored, host: 'http://127.0.0.1:1' });
      expect(elsewhere.status).to.equal('error');
    }
    expect(test.sandbox.calls.count()).to.equal(before);
  });
});

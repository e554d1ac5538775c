import { expect } from 'chai';
import type { Member } from '../../../src/sandbox/company/member.ts';
import { createTestDatabase, DATABASE_KINDS, type TestDatabase } from '../../support/databases.ts';
import { until } from '../../support/promises.ts';
import { SECRET_KEY, TestHost, type Answer, type Client } from '../test-host.ts';

for (const kind of DATABASE_KINDS) {
  describe(`what only a person can decide about a match, on ${kind}`, () => {
    let database: TestDatabase | undefined;
    let test: TestHost;
    let admin: Client;

    before(async function () {
      database = await createTestDatabase(kind);
      if (!database) return this.skip();
      const settings = { DATABASE_URL: database.url, SECRET_KEY };
      test = await TestHost.start({ members: 12, departments: 3, settings });
      await test.addOrganization('acme');
      await test.addOrganization('globex');
      admin = await test.signedIn();
      await admin.post('/api/add-syncer', { ...test.syncer('acme'), linkBy: ['email', 'phone'] });
      await sync();
    });
    after(async () => {
      await test?.close();
      await database?.drop();
    });

    const sync = async (): Promise<Answer> => {
      const run = await admin.post('/api/run-syncer?id=acme/wecom&wait=true');
      expect(run.status, run.text).to.equal('ok');
      return run;
    };
    const user = async (name: string) => (await admin.get(`/api/get-user?id=acme/${name}`)).data;
    const questions = async (userid: string, state = ''): Promise<Answer['data'][]> => {
      const answer = await admin.get(`/api/get-sync-questions?id=acme/wecom&state=${state}&p=1&pageSize=100`);
      expect(answer.status, answer.text).to.equal('ok');
      expect(answer.data2).to.equal(answer.data.length);
      return answer.data.filter((one: { userid: string }) => one.userid === userid);
    };
    const open = async (userid: string) => {
      const found = await questions(userid, 'open');
      expect(found, userid).to.have.length(1);
      return found[0];
    };
    const decide = (id: string, said: object, who = admin): Promise<Answer> =>
      who.post(`/api/decide-sync-question?id=${id}`, said);
    const changes = async (run: Answer, userid: string): Promise<Answer['data'][]> =>
      (await admin.get(`/api/get-sync-changes?id=${run.data.id}&userid=${userid}`)).data;
    const kindsOf = async (run: Answer, userid: string): Promise<string[]> =>
      (await changes(run, userid)).map(({ kind: what }: { kind: string }) => what);
    const hire = (userid: string, more: Partial<Member> = {}): void => {
      test.sandbox.company.hire({ userid, ...more });
    };
    const local = (name: string, more: object = {}): Promise<Answer> =>
      admin.post('/api/add-user', { owner: 'acme', name, ...more });
    /** Somebody whose userid an account of nobody's has as its name. */
    const collide = async (userid: string, more: object = {}): Promise<void> => {
      await local(userid, { displayName: `Local ${userid}`, email: `${userid}@local.example`, ...more });
      hire(userid, { name: `成员 ${userid}`, email: `${userid}@wecom.example` });
      await sync();
    };

    it('shows both sides of a name that is taken, and proposes one that is free', async () => {
      await admin.post('/api/add-group', { owner: 'acme', name: 'night-shift', displayName: 'Night shift' });
      await collide('taken1', { groups: ['acme/night-shift'] });
      const question = await open('taken1');
      expect(question).to.deep.include({
        syncer: 'acme/wecom',
        kind: 'name-taken',
        state: 'open',
        decidedBy: '',
        decidedAt: null,
        comment: '',
        proposedName: 'taken1-2',
        isPending: false,
      });
      expect(question.member).to.deep.include({ name: '成员 taken1', email: 'taken1@wecom.example' });
      expect(question.member.groups).to.have.length.greaterThan(0);
      expect(question.candidates).to.have.length(1);
      expect(question.candidates[0]).to.deep.include({
        user: 'acme/taken1',
        displayName: 'Local taken1',
        email: 'taken1@local.example',
        groups: ['acme/night-shift'],
      });
      expect(question.candidates[0].reason).to.match(/has this name/);
      const chinese = await admin.get('/api/get-sync-questions?id=acme/wecom', { 'accept-language': 'zh-CN' });
      expect(chinese.data[0].candidates[0].reason).to.match(/[一-龥]/);
    });

    it('links the account at once, respects that in every later run, and takes it back', async () => {
      await collide('linked1');
      const { id } = await open('linked1');
      const answer = await decide(id, { decision: 'link', user: 'acme/linked1', comment: ' 同一个人 ' });
      expect(answer.status, answer.text).to.equal('ok');
      expect(answer.data).to.deep.include({
        state: 'linked',
        user: 'acme/linked1',
        decidedBy: 'built-in/admin',
        comment: '同一个人',
        isPending: false,
      });
      expect(Date.parse(answer.data.decidedAt)).to.be.closeTo(Date.now(), 60_000);
      expect(await user('linked1')).to.include({ displayName: '成员 linked1', wecom: 'linked1' });
      const runs = (await admin.get('/api/get-sync-runs?id=acme/wecom&p=1&pageSize=1')).data;
      expect(runs[0]).to.include({ trigger: 'decision', state: 'succeeded' });
      expect(await kindsOf(await sync(), 'linked1')).to.deep.equal([]);
      expect(await questions('linked1', 'linked'), 'it is listed with who and when').to.have.length(1);
      expect((await decide(id, { decision: 'ignore' })).status, 'it is not open').to.equal('error');

      const reopened = await admin.post(`/api/reopen-sync-question?id=${id}`);
      expect(reopened.status, reopened.text).to.equal('ok');
      expect(reopened.data).to.deep.include({ state: 'open', decidedBy: '', decidedAt: null, isPending: false });
      expect(await user('linked1')).to.include({ displayName: '成员 linked1', wecom: '', isForbidden: false });
      expect(await kindsOf(await sync(), 'linked1'), 'no run links it again').to.deep.equal(['conflict']);
      expect((await admin.post(`/api/reopen-sync-question?id=${id}`)).status, 'it is open').to.equal('error');
    });

    it('ends what let anybody in before, unless it is told to keep that', async () => {
      const password = async (name: string): Promise<unknown> => {
        const table = test.host.database.table('user');
        const sql = `SELECT password FROM ${table} WHERE owner = 'acme' AND name = '${name}'`;
        const [row] = await test.host.database.read((session) => session.select(sql));
        return row!['password'];
      };
      for (const keepSignIn of [false, true]) {
        const userid = `kept-${keepSignIn}`;
        await collide(userid);
        await admin.post('/api/set-password', { userOwner: 'acme', userName: userid, newPassword: 'staple-battery-9' });
        expect(await password(userid)).to.not.equal('');
        const said = { decision: 'link', user: `acme/${userid}`, keepSignIn };
        expect((await decide((await open(userid)).id, said)).status).to.equal('ok');
        expect((await password(userid)) === '', userid).to.equal(!keepSignIn);
      }
    });

    it('makes an account under the proposed name, or under one that is free, and no other', async () => {
      await collide('made1');
      const { id, proposedName } = await open('made1');
      for (const [name, reason] of [
        ['MADE1', /already/],
        ['linked1', /already/],
        ['a/b', /letters/],
        ['x'.repeat(101), /letters/],
        ['名字', /letters/],
      ] as const) {
        const refused = await decide(id, { decision: 'create', name });
        expect(refused.status, name).to.equal('error');
        expect(refused.msg).to.match(reason);
      }
      expect((await open('made1')).id).to.equal(id);
      const answer = await decide(id, { decision: 'create' });
      expect(answer.status, answer.text).to.equal('ok');
      expect(answer.data).to.include({ state: 'created', user: `acme/${proposedName}` });
      expect(await user(proposedName)).to.include({ displayName: '成员 made1', wecom: 'made1', isForbidden: false });
      expect(await user('made1')).to.include({ displayName: 'Local made1', isForbidden: false });
      await collide('made2');
      await decide((await open('made2')).id, { decision: 'create', name: 'Made.Two' });
      expect(await user('Made.Two')).to.include({ wecom: 'made2' });
      const run = await sync();
      expect(await kindsOf(run, 'made1')).to.deep.equal([]);
      expect(await kindsOf(run, 'made2')).to.deep.equal([]);
    });

    it('passes over what is ignored until the member or the candidates change', async () => {
      await collide('ignored1');
      const { id } = await open('ignored1');
      const answer = await decide(id, { decision: 'ignore', comment: 'later' });
      expect(answer.data).to.include({ state: 'ignored', comment: 'later', decidedBy: 'built-in/admin' });
      const [change] = await changes(await sync(), 'ignored1');
      expect(change).to.include({ kind: 'skip', state: 'applied' });
      expect(change.reason).to.match(/built-in\/admin decided to ignore/);
      expect(await questions('ignored1', 'ignored')).to.have.length(1);
      test.sandbox.company.setField('ignored1', { mobile: '13711112222' });
      expect(await kindsOf(await sync(), 'ignored1')).to.deep.equal(['conflict']);
      expect(await open('ignored1')).to.include({ id, decidedBy: '', comment: '' });
      await decide(id, { decision: 'ignore' });
      expect((await admin.post(`/api/reopen-sync-question?id=${id}`)).data.state).to.equal('open');
    });

    it('forgets a question whose reason is gone', async () => {
      await collide('gone1');
      await open('gone1');
      await admin.post('/api/delete-user', { owner: 'acme', name: 'gone1' });
      await sync();
      expect(await questions('gone1')).to.deep.equal([]);
      expect(await user('gone1')).to.include({ wecom: 'gone1' });
    });

    it('does what was decided about a member for that person alone, however late', async () => {
      const first = { name: '王芳', mobile: '13900020001', email: 'wang@passed.example' };
      const next = { name: '李强', mobile: '13900020002', email: 'li@passed.example', biz_mail: '' };
      const link = (userid: string): object => ({ decision: 'link', user: `acme/${userid}`, keepSignIn: true });
      for (const userid of ['passed1', 'passed2', 'passed3']) {
        await local(userid, { displayName: '王芳' });
        hire(userid, first);
      }
      await sync();
      const [one, two, three] = await Promise.all(['passed1', 'passed2', 'passed3'].map(open));

      // Nobody can tell now: the answer waits, until a run sees that he is gone.
      test.sandbox.faults.set({ untrustedIp: '203.0.113.7' });
      for (const { id, userid } of [one, three]) {
        const answer = await decide(id, link(userid));
        expect(answer.data, answer.text).to.include({ state: 'linked', isPending: true });
      }
      test.sandbox.faults.clear();
      test.sandbox.company.leave(['passed1', 'passed2', 'passed3']);
      const gone = await decide(two.id, link('passed2'));
      expect([gone.status, await questions('passed2')], gone.text).to.deep.equal(['error', []]);
      hire('passed3', next);
      const run = await sync();
      expect(await questions('passed1')).to.deep.equal([]);
      expect(run.data.warnings.map(({ code }: { code: string }) => code)).to.include('decision-refused');
      expect(await open('passed3'), 'somebody else has the userid').to.have.nested.property('member.name', '李强');

      for (const userid of ['passed1', 'passed2']) hire(userid, next);
      await sync();
      for (const userid of ['passed1', 'passed2', 'passed3']) {
        expect((await open(userid)).member.name).to.equal('李强');
        expect(await user(userid), userid).to.include({ displayName: '王芳', wecom: '' });
      }
      test.sandbox.company.leave(['passed1']);
      hire('passed1', first);
      const other = await decide((await open('passed1')).id, link('passed1'));
      expect(other.status, 'he was asked about as somebody else').to.equal('error');
      expect(other.msg).to.match(/another person/);
      expect((await open('passed1')).member.name).to.equal('王芳');
      expect(await user('passed1')).to.include({ wecom: '' });
    });

    for (const [what, change, expected] of [
      [
        'is an administrator’s',
        (name: string) => admin.post(`/api/update-user?id=acme/${name}&columns=isAdmin`, { name, isAdmin: true }),
        { isAdmin: true, wecom: '' },
      ],
      [
        'is bound to somebody else',
        (name: string) => admin.post(`/api/update-user?id=acme/${name}&columns=wecom`, { name, wecom: 'else' }),
        { wecom: 'else' },
      ],
      [
        'is another member’s',
        async (name: string) => {
          hire(`${name}-other`, { name: '另一位' });
          return admin.post('/api/link-account?id=acme/wecom', { userid: `${name}-other`, user: `acme/${name}` });
        },
        { displayName: '另一位' },
      ],
      ['is gone', (name: string) => admin.post('/api/delete-user', { owner: 'acme', name }), null],
    ] as const) {
      it(`links no account that ${what} by the time it can be done, and asks again`, async () => {
        const userid = `late${String(what.length)}`;
        await collide(userid);
        test.sandbox.faults.set({ untrustedIp: '203.0.113.7' });
        const answer = await decide((await open(userid)).id, { decision: 'link', user: `acme/${userid}` });
        test.sandbox.faults.clear();
        expect(answer.data, answer.text).to.include({ state: 'linked', isPending: true });
        const changed = await change(userid);
        expect(changed.status, changed.text).to.equal('ok');
        const run = await sync();
        const now = await user(userid);
        if (expected) {
          expect(now).to.include(expected);
          expect(run.data.warnings.map(({ code }: { code: string }) => code)).to.include('decision-refused');
          expect((await open(userid)).decidedBy).to.equal('');
        } else expect(now, 'he has one of his own').to.include({ displayName: `成员 ${userid}`, wecom: userid });
      });
    }

    it('makes no account under a name that somebody has by the time it can be done', async () => {
      await collide('late1');
      test.sandbox.faults.set({ untrustedIp: '203.0.113.7' });
      await decide((await open('late1')).id, { decision: 'create', name: 'late1-own' });
      test.sandbox.faults.clear();
      await local('LATE1-own', { displayName: 'Somebody' });
      await sync();
      expect(await user('LATE1-own')).to.include({ displayName: 'Somebody', wecom: '' });
      expect((await open('late1')).proposedName).to.equal('late1-2');
    });

    it('says of a department that is gone that nothing is to be decided', async () => {
      test.sandbox.company.addDepartment({ id: 780, name: '将被撤销', parentid: 1 });
      await admin.post('/api/add-group', { owner: 'acme', name: 'acme-wecom-780', displayName: 'Ours' });
      await sync();
      const { id } = await open('780');
      test.sandbox.company.removeDepartment(780);
      const answer = await decide(id, { decision: 'create' });
      expect(answer.status, answer.text).to.equal('error');
      expect(answer.msg).to.match(/does not show this department/);
      expect(await questions('780')).to.deep.equal([]);
    });

    it('asks which of several accounts is a member’s, and links the one that is named', async () => {
      await local('several-a', { email: 'one@several.example' });
      await local('several-b', { phone: '13800009999', countryCode: 'CN' });
      hire('several1', { email: 'ONE@several.example', mobile: '13800009999' });
      await sync();
      const question = await open('several1');
      expect(question.kind).to.equal('several-candidates');
      const users = question.candidates.map((one: { user: string }) => one.user);
      expect(users).to.have.members(['acme/several-a', 'acme/several-b']);
      expect(question.proposedName).to.equal('several1');
      expect((await decide(question.id, { decision: 'link', user: 'acme/several-b' })).status).to.equal('ok');
      expect(await user('several-b')).to.include({ wecom: 'several1' });
      expect(await user('several-a')).to.include({ wecom: '' });
    });

    it('links no administrator, nobody’s account of another member and none of another organization', async () => {
      await collide('refused1');
      const { id } = await open('refused1');
      await local('boss1', { isAdmin: true });
      await local('spare1');
      await admin.post('/api/add-user', { owner: 'globex', name: 'far1' });
      const [member] = [...test.sandbox.company.members];
      for (const [account, reason] of [
        ['acme/boss1', /administrator/i],
        [`acme/${member!.userid}`, /another member/i],
        ['acme/nobody-at-all', /no such account/i],
        ['globex/far1', /this organization/i],
        ['', /user/],
      ] as const) {
        const answer = await decide(id, { decision: 'link', user: account });
        expect(answer.status, account).to.equal('error');
        expect(answer.msg).to.match(reason);
      }
      expect((await decide(id, { decision: 'marry' })).msg).to.match(/link, create, ignore/);
      expect((await open('refused1')).id).to.equal(id);
      await admin.post('/api/update-user?id=acme/spare1&columns=isForbidden', { name: 'spare1', isForbidden: true });
      expect((await decide(id, { decision: 'link', user: 'acme/spare1' })).status).to.equal('ok');
      expect(await user('spare1'), 'a person forbade it').to.include({ wecom: 'refused1', isForbidden: true });
    });

    it('gives a userid that was handed on an account of its own, and the one before counts as a leaver’s', async () => {
      hire('handed1', { name: '前任', mobile: '13900001111', email: 'former@handed.example' });
      await sync();
      test.sandbox.company.leave(['handed1']);
      hire('handed1', { name: '后任', mobile: '13900002222', email: 'heir@handed.example', biz_mail: '' });
      await sync();
      const question = await open('handed1');
      expect(question.kind).to.equal('handed-on');
      expect(question.candidates[0]).to.include({ user: 'acme/handed1', displayName: '前任' });
      const answer = await decide(question.id, { decision: 'create' });
      expect(answer.status, answer.text).to.equal('ok');
      expect(await user('handed1')).to.include({ displayName: '前任', wecom: '', isForbidden: true });
      const heir = await user(answer.data.user.split('/')[1]);
      expect(heir).to.include({ displayName: '后任', wecom: 'handed1', isForbidden: false });
      expect(heir.id, 'an id is given once').not.to.equal('handed1');
      expect(await kindsOf(await sync(), 'handed1')).to.deep.equal([]);
      await admin.post('/api/delete-user', { owner: 'acme', name: heir.name });
      await sync();
      expect(await user('handed1'), 'it has the id, and is nobody’s').to.include({ wecom: '', isForbidden: true });

      hire('handed2', { name: '前任二', mobile: '13900003333', email: 'former2@handed.example' });
      await sync();
      test.sandbox.company.leave(['handed2']);
      hire('handed2', { name: '后任二', mobile: '13900004444', email: 'heir2@handed.example', biz_mail: '' });
      await sync();
      await decide((await open('handed2')).id, { decision: 'link', user: 'acme/handed2' });
      expect(await user('handed2'), 'it is the same account').to.include({ displayName: '后任二', wecom: 'handed2' });
    });

    it('takes no account from anybody in a freeze window: what was decided is done by the first run after it', async () => {
      hire('frozen1', { name: '前任', mobile: '13900016666', email: 'former@frozen.example' });
      await sync();
      test.sandbox.company.leave(['frozen1']);
      hire('frozen1', { name: '后任', mobile: '13900017777', email: 'heir@frozen.example', biz_mail: '' });
      await sync();
      const days = [1, 2, 3, 4, 5, 6, 7];
      const always = [
        { days, from: '00:00', to: '12:00' },
        { days, from: '12:00', to: '00:00' },
      ];
      const update = { owner: 'acme', name: 'wecom' };
      await admin.post('/api/update-syncer?id=acme/wecom', { ...update, freezeWindows: always });
      const answer = await decide((await open('frozen1')).id, { decision: 'create' });
      expect(answer.data, answer.text).to.include({ state: 'created', isPending: true });
      const run = await sync();
      // Other questions of this suite are open, so it may be partial.
      expect(run.data.state).to.be.oneOf(['succeeded', 'partial']);
      expect(run.data.counts.forbidden).to.equal(0);
      const waiting = await changes(run, 'frozen1');
      expect(waiting).to.have.length(1);
      expect(waiting[0]).to.include({ kind: 'forbid', state: 'held', reason: 'freeze', user: 'acme/frozen1' });
      expect(await user('frozen1')).to.include({ displayName: '前任', wecom: 'frozen1', isForbidden: false });

      await admin.post('/api/update-syncer?id=acme/wecom', { ...update, freezeWindows: [] });
      await sync();
      expect(await user('frozen1')).to.include({ wecom: '', isForbidden: true });
      expect(await user(answer.data.user.split('/')[1])).to.include({ displayName: '后任', wecom: 'frozen1' });
      expect(await questions('frozen1', 'created')).to.have.nested.property('[0].isPending', false);
    });

    it('gives a newcomer the account that he had under another userid', async () => {
      hire('before1', { name: '改名', mobile: '13900005555', email: 'same@renamed.example' });
      await sync();
      test.sandbox.company.leave(['before1']);
      hire('after1', { name: '改过的名', mobile: '13900005555', email: 'other@renamed.example' });
      await sync();
      expect(await user('before1')).to.include({ isForbidden: true });
      const question = await open('after1');
      expect(question.kind).to.equal('renamed');
      expect(question.candidates[0].user).to.equal('acme/before1');
      await sync();
      expect((await open('after1')).id, 'it is asked once and stays').to.equal(question.id);
      const answer = await decide(question.id, { decision: 'link', user: 'acme/before1' });
      expect(answer.status, answer.text).to.equal('ok');
      expect(await user('before1')).to.include({ displayName: '改过的名', wecom: 'after1', isForbidden: false });
      expect(await user('after1'), 'the one that was made meanwhile').to.include({ wecom: '', isForbidden: true });
      expect(await kindsOf(await sync(), 'after1')).to.deep.equal([]);
      await admin.post('/api/delete-user', { owner: 'acme', name: 'before1' });
      await sync();
      expect(await user('after1'), 'what a person took from him is not his again').to.include({ wecom: '' });
    });

    it('goes on with the others while nobody can tell whether the userid of before is somebody’s', async () => {
      hire('old2', { name: '旧名', mobile: '13900006666', email: 'same@old2.example' });
      await sync();
      test.sandbox.company.leave(['old2']);
      hire('new2', { name: '新名', mobile: '13900006666', email: 'other@new2.example' });
      await sync();
      const { id } = await open('new2');
      test.sandbox.faults.add({ path: 'user/get', match: { userid: 'old2' }, respond: { errcode: 50001 } });
      const answer = await decide(id, { decision: 'link', user: 'acme/old2' });
      expect(answer.data, answer.text).to.include({ state: 'linked', isPending: true });
      hire('meanwhile2', { name: '同时' });
      await sync();
      expect(await user('meanwhile2')).to.include({ displayName: '同时' });
      expect(await user('old2'), 'nobody has it yet').to.include({ isForbidden: true });
      test.sandbox.faults.clear();
      await sync();
      expect(await user('old2')).to.include({ displayName: '新名', wecom: 'new2', isForbidden: false });
      expect((await questions('new2', 'linked'))[0].isPending).to.equal(false);
    });

    for (const what of ['an answer', 'a link by hand']) {
      it(`lets nobody in by ${what} whom a person locked out after the account was taken from its member`, async () => {
        const userid = what === 'an answer' ? 'apart2' : 'apart3';
        const renamed = `acme/${userid}-renamed`;
        hire(userid, { name: `分开 ${userid}` });
        await sync();
        test.sandbox.company.disable([userid]);
        await sync();
        expect(await user(userid)).to.include({ isForbidden: true });
        await admin.post(`/api/unlink-account?id=acme/${userid}`);
        for (const edit of [{ isForbidden: false }, { isForbidden: true, name: `${userid}-renamed` }]) {
          const columns = Object.keys(edit).join();
          const edited = await admin.post(`/api/update-user?id=acme/${userid}&columns=${columns}`, edit);
          expect(edited.status, edited.text).to.equal('ok');
        }
        test.sandbox.company.enable([userid]);
        await sync();
        const answer =
          what === 'an answer'
            ? await decide((await open(userid)).id, { decision: 'link', user: renamed })
            : await admin.post('/api/link-account?id=acme/wecom', { userid, user: renamed });
        expect(answer.status, answer.text).to.equal('ok');
        expect(await user(`${userid}-renamed`)).to.include({ wecom: userid, isForbidden: true });
      });
    }

    it('makes a question of an account that a person takes from its member', async () => {
      hire('apart1', { name: '分开' });
      await sync();
      await admin.post('/api/unlink-account?id=acme/apart1');
      const [told] = (await admin.get('/api/get-user-history?id=acme/apart1')).data;
      expect(told).to.include({ what: 'decision' });
      expect(told.changes).to.deep.equal([{ field: 'wecom', before: 'apart1', after: '' }]);
      const question = await open('apart1');
      expect(question.candidates[0].user).to.equal('acme/apart1');
      expect(question.member.name).to.equal('分开');
      await decide(question.id, { decision: 'ignore' });
      expect(await kindsOf(await sync(), 'apart1')).to.include.members(['skip']);
      await admin.post('/api/link-account?id=acme/wecom', { userid: 'apart1', user: 'acme/apart1' });
      expect(await questions('apart1')).to.deep.equal([]);
    });

    it('asks about a group whose name is taken, and gives it to the department, or makes another one', async () => {
      for (const said of [{ decision: 'link' }, { decision: 'create' }, { decision: 'ignore' }] as const) {
        const { id: department } = test.sandbox.company.addDepartment({ name: `部门 ${said.decision}` });
        const name = `acme-wecom-${department}`;
        const added = await admin.post('/api/add-group', { owner: 'acme', name, displayName: 'Ours', type: 'Virtual' });
        expect(added.status, added.text).to.equal('ok');
        await sync();
        const question = await open(String(department));
        expect(question).to.deep.include({ kind: 'group-name-taken' });
        expect(question.candidates[0]).to.include({ user: `acme/${name}`, displayName: 'Ours' });
        const user = said.decision === 'link' ? { user: `acme/${name}` } : {};
        const answer = await decide(question.id, { ...said, ...user });
        expect(answer.status, answer.text).to.equal('ok');
        const group = (await admin.get(`/api/get-group?id=acme/${name}`)).data;
        expect(group.displayName).to.equal(said.decision === 'link' ? '部门 link' : 'Ours');
        if (said.decision === 'create') {
          const made = (await admin.get(`/api/get-group?id=${answer.data.user}`)).data;
          expect(made.displayName).to.equal('部门 create');
        }
        const kinds = await kindsOf(await sync(), String(department));
        expect(kinds).to.deep.equal(said.decision === 'ignore' ? ['skip'] : []);
      }
    });

    it('makes no group under the name of an organization, or of another group in whichever spelling', async () => {
      const { id: department } = test.sandbox.company.addDepartment({ name: '部门 taken' });
      const name = `acme-wecom-${department}`;
      await admin.post('/api/add-group', { owner: 'acme', name, displayName: 'Ours', type: 'Virtual' });
      await sync();
      const { id } = await open(String(department));
      for (const taken of ['acme', 'built-in', name.toUpperCase()]) {
        const answer = await decide(id, { decision: 'create', name: taken });
        expect(answer.status, taken).to.equal('error');
        expect(answer.msg).to.contain(`"${taken}"`);
        expect(await open(String(department))).to.include({ id, state: 'open' });
      }
      expect((await decide(id, { decision: 'create', name: `${name}-own` })).status).to.equal('ok');
    });

    it('stores what is decided while a run goes on, and does it after the run', async () => {
      await collide('during1');
      const { id } = await open('during1');
      test.sandbox.faults.set({ latencyMs: 100 });
      const { data: run } = await admin.post('/api/run-syncer?id=acme/wecom');
      const answer = await decide(id, { decision: 'link', user: 'acme/during1' });
      test.sandbox.faults.clear();
      expect(answer.data, answer.text).to.include({ state: 'linked' });
      await until(async () => (await admin.get(`/api/get-sync-run?id=${run.id}`)).data.finishedAt !== null);
      await until(async () => (await user('during1')).wecom === 'during1');
      await until(async () => !(await questions('during1', 'linked'))[0].isPending);
    });

    it('lets one of two decisions at once win', async () => {
      await collide('twice1');
      const { id } = await open('twice1');
      const answers = await Promise.all([
        decide(id, { decision: 'ignore' }),
        decide(id, { decision: 'link', user: 'acme/twice1' }),
      ]);
      expect(answers.map(({ status }) => status)).to.have.members(['ok', 'error']);
    });

    it('is read and decided by the administrators of that organization alone, and is written down', async () => {
      await collide('own1');
      const { id } = await open('own1');
      const stranger = await test.signedIn('globex', 'chief');
      expect((await stranger.get('/api/get-sync-questions?id=acme/wecom')).msg).to.equal('Unauthorized operation');
      const unseen = await decide(id, { decision: 'ignore' }, stranger);
      expect(unseen.msg).to.equal((await decide('no-such-question', { decision: 'ignore' })).msg);
      const chief = await test.signedIn('acme', 'chief');
      expect((await decide(id, { decision: 'ignore', comment: 'why' }, chief)).data.decidedBy).to.equal('acme/chief');
      const rows = await test.host.database.read((session) =>
        session.select(
          `SELECT target, detail FROM audit_log WHERE action = 'decide-question' AND actor = 'acme/chief'`,
        ),
      );
      expect(rows).to.have.length(1);
      expect(JSON.parse(String(rows[0]!['detail']))).to.deep.include({ outcome: 'ignored', comment: 'why' });
    });
  });
}

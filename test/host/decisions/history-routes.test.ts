import { expect } from 'chai';
import { Not } from 'typeorm';
import { AuditRow, ChangeRow, RunRow } from '../../../src/storage/entities/index.ts';
import { TypeormRunStore } from '../../../src/storage/runs/typeorm-run-store.ts';
import type { Member } from '../../../src/sandbox/company/member.ts';
import { DATABASE_KINDS } from '../../support/databases.ts';
import { Contract } from '../contract.ts';
import { ADMIN_PASSWORD, TestHost, type Answer, type Client } from '../test-host.ts';

interface Entry {
  readonly at: string;
  readonly what: string;
  readonly run?: string;
  readonly by: string;
  readonly changes: readonly { readonly field: string; readonly before: unknown; readonly after: unknown }[];
  readonly reason: string;
}

for (const kind of DATABASE_KINDS) {
  describe(`what happened, looked back at, on ${kind}`, () => {
    let test: TestHost;
    let chief: Client;
    let contract: Contract;

    before(async function () {
      const made = await TestHost.on(kind, { members: 30, departments: 4 });
      if (!made) return this.skip();
      test = made;
      await test.addOrganization('acme');
      chief = await test.signedIn('acme', 'chief', ADMIN_PASSWORD);
      contract = await Contract.of(test);
      await chief.post('/api/add-syncer', test.syncer('acme'));
      await run();
    });
    after(() => test?.close());

    const run = (): Promise<Answer> => chief.post('/api/run-syncer?id=acme/wecom&wait=true');
    const history = async (name: string, query = ''): Promise<Answer> => {
      const answer = await chief.get(`/api/get-user-history?id=acme/${name}${query}`);
      expect(answer.status, answer.text).to.equal('ok');
      contract.check('GET', '/api/get-user-history', answer.json);
      return answer;
    };
    const toldOf = (entries: readonly Entry[]) =>
      entries.map(({ what, by, changes }) => `${what} ${by}: ${changes.map(({ field }) => field).join()}`);
    const ok = async (answer: Promise<Answer>): Promise<Answer> => {
      const got = await answer;
      expect(got.status, got.text).to.equal('ok');
      return got;
    };
    const active = (): Member[] =>
      test.sandbox.company.visibleMembers().filter(({ status, enable }) => status === 1 && enable !== 0);

    it('tells one person’s story from hire to return, whatever he is called', async () => {
      const [{ userid, name }] = active() as [Member];
      await ok(
        chief.post(`/api/update-user?id=acme/${userid}&columns=bio,password`, {
          bio: 'Lead',
          password: 'long-enough-1',
        }),
      );
      await ok(chief.post(`/api/update-user?id=acme/${userid}&columns=name`, { name: 'mei' }));
      await ok(
        chief.post('/api/protect-user', {
          owner: 'acme',
          kind: 'user',
          value: 'acme/mei',
          reason: 'on leave',
          until: '2099-01-01',
        }),
      );
      await ok(chief.post('/api/unprotect-user?id=acme/mei'));
      test.sandbox.company.disable([userid]);
      await run();
      test.sandbox.company.enable([userid]);
      await run();
      const { data, data2, json } = await history('mei');
      const entries = data as Entry[];
      expect(toldOf(entries)).to.deep.equal([
        'run acme/chief: isForbidden',
        'run acme/chief: isForbidden',
        'protection acme/chief: protection',
        'protection acme/chief: protection',
        'edit acme/chief: name',
        'edit acme/chief: bio,password',
        toldOf([entries.at(-1)!])[0],
      ]);
      expect(data2).to.equal(7);
      expect(entries.at(-1)!.what).to.equal('run');
      expect(entries.at(-1)!.changes).to.deep.include({ field: 'displayName', before: null, after: name.trim() });
      expect(entries[5]!.changes).to.deep.equal([
        { field: 'bio', before: '', after: 'Lead' },
        { field: 'password', before: '', after: '***' },
      ]);
      expect(entries[3]).to.deep.include({
        reason: 'on leave',
        changes: [{ field: 'protection', before: null, after: '2099-01-01' }],
      });
      expect(entries.map(({ at }) => at)).to.deep.equal(
        entries
          .map(({ at }) => at)
          .toSorted()
          .toReversed(),
      );
      expect(json.data3.origins).to.include({
        displayName: 'directory',
        bio: 'person',
        name: 'person',
        idCard: 'never',
      });
      const second = await history('mei', '&p=2&pageSize=5');
      expect([second.data, second.data2]).to.deep.equal([entries.slice(5), 7]);
      expect((await history('mei', '&p=99&pageSize=5')).data).to.deep.equal(entries.slice(5));
      await ok(chief.post('/api/add-user', { owner: 'acme', name: userid, displayName: 'Another' }));
      const another = await history(userid);
      expect(toldOf(another.data), 'of whoever has the name now').to.deep.equal(['edit acme/chief: displayName']);
      await ok(chief.post('/api/delete-user', { owner: 'acme', name: userid }));
      expect((await history(userid)).data[0].changes).to.deep.equal([
        { field: 'isDeleted', before: false, after: true },
      ]);
      expect((await chief.get('/api/get-user-history?id=acme/nobody')).msg).to.equal(
        "The user: acme/nobody doesn't exist",
      );
    });

    it('shows what people decided about a lock-out that waited, with their comment', async () => {
      const [kept, gone, ...others] = active().slice(5, 25) as [Member, Member, ...Member[]];
      const all = [kept, gone, ...others].map(({ userid }) => userid);
      for (const userid of all) test.sandbox.company.leave(userid);
      const held = (await run()).data;
      expect(held.state).to.equal('held');
      expect((await history(kept.userid)).data).to.have.length(1);
      await ok(chief.post(`/api/reject-sync-run?id=${held.id}`, { userids: [kept.userid], comment: 'he is on leave' }));
      await ok(chief.post(`/api/approve-sync-run?id=${held.id}`, { userids: all.slice(1), comment: 'they left' }));
      const stays = (await history(kept.userid)).data as Entry[];
      expect(stays[0]).to.deep.include({
        what: 'decision',
        run: held.id,
        by: 'acme/chief',
        changes: [],
        reason: 'he is on leave',
      });
      expect(stays).to.have.length(2);
      const left = (await history(gone.userid)).data as Entry[];
      expect(left.map(({ what, reason }) => [what, reason])).to.deep.equal([
        ['decision', 'they left'],
        ['run', 'No longer in the directory.'],
        ['run', 'New member.'],
      ]);
      expect(left[0]).to.include({ run: held.id });
      expect(left[1]!.run).to.not.equal(held.id);
    });

    it('lists the audit log by person, action, syncer and time, and as a table that calculates nothing', async () => {
      const audit = async (query: string): Promise<Answer> => {
        const answer = await ok(chief.get(`/api/get-audit-log?owner=acme${query}`));
        contract.check('GET', '/api/get-audit-log', answer.json);
        return answer;
      };
      await ok(chief.post('/api/add-user', { owner: 'acme', name: 'formula', displayName: '=1+1,"2"' }));
      const added = await audit('&action=add-user&user=acme/chief');
      expect(added.data[0]).to.have.all.keys(
        'id',
        'at',
        'action',
        'by',
        'address',
        'object',
        'outcome',
        'changes',
        'comment',
      );
      expect(added.data[0]).to.deep.include({
        action: 'add-user',
        by: 'acme/chief',
        address: '127.0.0.1',
        object: 'acme/formula',
        outcome: 'ok',
        changes: [{ field: 'displayName', before: null, after: '=1+1,"2"' }],
        comment: '',
      });
      expect((await audit('&action=add')).data2, 'exactly').to.equal(0);
      expect((await audit('&user=acme/nobody')).data2).to.equal(0);
      const rejected = (await audit('&action=reject-run')).data[0];
      expect(rejected.comment).to.equal('he is on leave');
      const ofSyncer = (await audit('&syncer=acme/wecom&p=1&pageSize=50')).data as { readonly action: string }[];
      expect(new Set(ofSyncer.map(({ action }) => action))).to.deep.equal(
        new Set(['approve-run', 'reject-run', 'run-syncer', 'add-syncer']),
      );
      const day = new Date().toISOString().slice(0, 10);
      const all = (await audit('')).data2;
      expect((await audit(`&from=${day}&to=${day}`)).data2, 'both days included').to.equal(all);
      expect((await audit(`&to=${added.data[0].at}&action=add-user&user=acme/chief`)).data2).to.equal(added.data2);
      expect((await audit(`&from=${added.data[0].at}&action=add-user`)).data2).to.equal(1);
      expect((await audit('&to=2020-01-01')).data2).to.equal(0);
      expect((await chief.get('/api/get-audit-log?owner=acme&from=soon')).msg).to.include('"from" must be a date');
      for (const call of ['get-audit-log', 'get-sync-report'])
        expect((await chief.get(`/api/${call}?owner=acme&format=xml`)).msg).to.include('"format" must be one of csv');
      const table = await csv('/api/get-audit-log?owner=acme&format=csv');
      expect(table[0]).to.equal('id,at,action,by,address,object,outcome,changes,comment');
      expect(table).to.have.length(all + 1);
      expect(table.join()).to.include('"displayName:  → =1+1,""2"""');
    });

    it('says what became different in settings, and no secret', async () => {
      const changesOf = async (action: string): Promise<unknown> =>
        (await chief.get(`/api/get-audit-log?owner=acme&action=${action}&p=1&pageSize=1`)).data[0].changes;
      const secret = 'another-secret-of-nobody';
      await ok(chief.post('/api/update-syncer?id=acme/wecom', { syncInterval: 7200, contactsSecret: secret }));
      expect(await changesOf('update-syncer')).to.deep.equal([
        { field: 'syncInterval', before: '3600', after: '7200' },
        // With a secret for it, rosters are compared.
        { field: 'rosterInterval', before: '0', after: '300' },
        { field: 'contactsSecret', before: '', after: '***' },
      ]);
      await ok(chief.post('/api/update-syncer?id=acme/wecom', { contactsSecret: `${secret}-too` }));
      expect(await changesOf('update-syncer')).to.deep.equal([
        { field: 'contactsSecret', before: '***', after: '***' },
      ]);
      await ok(chief.post('/api/update-syncer?id=acme/wecom', { contactsSecret: '' }));
      await ok(chief.post('/api/add-group', { owner: 'acme', name: 'handmade', displayName: 'Before' }));
      await ok(chief.post('/api/update-group?id=acme/handmade', { displayName: 'After' }));
      expect(await changesOf('add-group')).to.deep.equal([{ field: 'displayName', before: null, after: 'Before' }]);
      expect(await changesOf('update-group')).to.deep.equal([
        { field: 'displayName', before: 'Before', after: 'After' },
      ]);
      await ok(chief.post('/api/delete-group', { owner: 'acme', name: 'handmade' }));
      expect(await changesOf('delete-group')).to.deep.include({ field: 'displayName', before: 'After', after: null });
      await ok(chief.post('/api/add-syncer', { ...test.syncer('acme'), name: 'gone', isEnabled: false }));
      await ok(chief.post('/api/delete-syncer', { owner: 'acme', name: 'gone' }));
      expect(await changesOf('delete-syncer'))
        .to.deep.include({ field: 'password', before: '***', after: null })
        .and.deep.include({ field: 'type', before: 'WeCom', after: null });
      const credential = test.credential();
      await ok(
        credential.post('/api/update-organization?id=admin/acme', { displayName: 'Acme', masterPassword: secret }),
      );
      await ok(
        credential.post('/api/add-organization', { owner: 'admin', name: 'short-lived', masterPassword: secret }),
      );
      await ok(credential.post('/api/delete-organization', { owner: 'admin', name: 'short-lived' }));
      for (const [action, end] of [
        ['add-organization', 'after'],
        ['delete-organization', 'before'],
      ] as const) {
        const entries = (await credential.get(`/api/get-audit-log?action=${action}&p=1&pageSize=1`)).data;
        const nothing = end === 'after' ? { before: null } : { after: null };
        expect(entries[0].changes, action)
          .to.deep.include({ field: 'name', [end]: 'short-lived', ...nothing })
          .and.deep.include({ field: 'masterPassword', [end]: '***', ...nothing });
        expect(JSON.stringify(entries)).to.not.include(secret);
      }
      expect(await changesOf('update-organization')).to.deep.equal([
        { field: 'displayName', before: 'acme', after: 'Acme' },
        { field: 'masterPassword', before: '', after: '***' },
      ]);
      const log = await chief.get('/api/get-audit-log?owner=acme&p=1&pageSize=500');
      expect(log.text).to.not.include(secret).and.not.include(test.sandbox.appSecret).and.not.include('long-enough');
    });

    it('counts people who came, moved, left and came back, each once, and never of a preview', async () => {
      const report = async (query = ''): Promise<Answer> => {
        const answer = await ok(chief.get(`/api/get-sync-report?owner=acme${query}`));
        contract.check('GET', '/api/get-sync-report', answer.json);
        return answer;
      };
      const before = (await report()).data;
      expect(before.held).to.equal(20);
      expect(before.approved).to.equal(19);
      const [one, two] = active() as [Member, Member];
      const departments = [...test.sandbox.company.departments].map(({ id }) => id);
      test.sandbox.company.hire({ userid: 'calc', name: '=2+3', email: 'calc@example.com' });
      for (const department of departments.filter((id) => !one.department.includes(id)).slice(0, 2)) {
        test.sandbox.company.move(one.userid, [department]);
        await ok(chief.post('/api/run-syncer?id=acme/wecom&wait=true&dryRun=true'));
        await run();
      }
      test.sandbox.company.disable([two.userid]);
      const held = (await run()).data;
      await ok(chief.post(`/api/approve-sync-run?id=${held.id}`, { userids: [two.userid] }));
      test.sandbox.company.enable([two.userid]);
      await run();
      const after = await report();
      expect(after.data).to.deep.equal({
        ...before,
        joiners: before.joiners + 1,
        movers: before.movers + 1,
        leavers: before.leavers + 1,
        restored: before.restored + 1,
        held: before.held + 1,
        approved: before.approved + 1,
      });
      const day = new Date().toISOString().slice(0, 10);
      expect(after.data2).to.deep.equal([{ date: day, ...after.data }]);
      expect((await report('&to=2020-01-01&from=2019-12-01')).data.joiners).to.equal(0);
      expect((await report(`&from=${day}&to=${day}`)).data).to.deep.equal(after.data);
      const [header, ...rows] = await csv('/api/get-sync-report?owner=acme&format=csv');
      expect(header).to.equal('date,what,userid,user,name,reason');
      for (const [what, people] of Object.entries(after.data as Record<string, number>)) {
        expect(
          rows.filter((row) => row.split(',')[1] === what),
          what,
        ).to.have.length(people);
      }
      expect(rows).to.include(`${day},joiners,calc,acme/calc,'=2+3,New member.`);
    });

    /** The lines of a table, behind the mark by which spreadsheets know UTF-8. */
    async function csv(path: string): Promise<readonly string[]> {
      const response = await fetch(test.host.url + path, { headers: { cookie: chief.cookie } });
      expect(response.headers.get('content-type')).to.equal('text/csv; charset=utf-8');
      const bytes = Buffer.from(await response.arrayBuffer());
      expect([...bytes.subarray(0, 3)]).to.deep.equal([0xef, 0xbb, 0xbf]);
      return bytes.subarray(3).toString().trimEnd().split('\r\n');
    }

    it('shows who had a preview applied, or a run taken back, to whomever that changed', async () => {
      const [one, other] = active().slice(2, 4) as [Member, Member];
      test.sandbox.company.disable([one.userid, other.userid]);
      const preview = (await ok(chief.post('/api/run-syncer?id=acme/wecom&wait=true&dryRun=true'))).data;
      const applied = (await ok(chief.post(`/api/apply-sync-run?id=${preview.id}`, { comment: 'as seen' }))).data;
      const told = { what: 'decision', run: applied.id, by: 'acme/chief', changes: [], reason: 'as seen' };
      for (const { userid } of [one, other]) {
        const [newest] = (await history(userid)).data as Entry[];
        expect(newest).to.deep.include(told);
      }
      const audit = await ok(chief.get('/api/get-audit-log?owner=acme&syncer=acme/wecom&action=apply-run'));
      expect(audit.data2, 'a preview is of its syncer, too').to.equal(1);
      const url = `/api/undo-sync-run?id=${applied.id}`;
      const wish = { userids: [one.userid], comment: 'by mistake' };
      await ok(chief.post(`${url}&dryRun=true`, wish));
      const undone = (await ok(chief.post(url, wish))).data;
      const story = (await history(one.userid)).data as Entry[];
      expect(story[0]).to.deep.include({ what: 'decision', run: undone.id, reason: 'by mistake' });
      expect(story.filter(({ what }) => what === 'decision')).to.have.length(2);
      const begun = story.find(({ what }) => what === 'protection');
      expect(begun, 'left alone by the undo').to.deep.include({
        by: 'undo',
        changes: [{ field: 'protection', before: null, after: true }],
      });
      const [last] = (await history(other.userid)).data as Entry[];
      expect(last, 'was not taken back').to.deep.include(told);
      test.sandbox.company.enable([one.userid, other.userid]);
      await run();
      const ended = ((await history(one.userid)).data as Entry[]).find(({ what }) => what === 'protection');
      expect(ended, 'seen active').to.deep.include({
        by: 'acme/wecom',
        changes: [{ field: 'protection', before: true, after: null }],
      });
    });

    it('shows protections by userid, group and department to those whom they are about', async () => {
      const company = test.sandbox.company;
      const [parent] = [...company.departments].filter(({ parentid }) => parentid === 0);
      const below = [...company.departments].find(({ parentid }) => parentid === parent!.id)!;
      company.hire({ userid: 'covered', name: '受保护', email: 'covered@example.com', department: [below.id] });
      await run();
      const [group] = (await chief.get('/api/get-user?id=acme/covered')).data.groups as string[];
      const protections = [
        { kind: 'userid', value: 'COVERED' },
        { kind: 'group', value: group },
        { kind: 'department', value: String(parent!.id) },
        { kind: 'department', value: String(below.id), syncer: 'wecom' },
      ];
      for (const protection of protections) {
        const asked = { owner: 'acme', ...protection, reason: `by ${protection.kind}` };
        const { id } = (await ok(chief.post('/api/protect-user', asked))).data;
        const made = await history('covered');
        expect((made.data as Entry[])[0], protection.kind).to.deep.include({
          what: 'protection',
          by: 'acme/chief',
          reason: `by ${protection.kind}`,
          changes: [{ field: 'protection', before: null, after: true }],
        });
        await ok(chief.post(`/api/unprotect-user?id=${id}`));
        const { data, data2 } = await history('covered');
        expect((data as Entry[])[0]!.changes).to.deep.equal([{ field: 'protection', before: true, after: null }]);
        expect(data2).to.equal(made.data2 + 1);
      }
      const elsewhere = active().find(({ department }) => !department.includes(below.id) && department[0] !== 1);
      const others = (await history(elsewhere!.userid)).data as Entry[];
      expect(others.map(({ reason }) => reason))
        .to.not.include('by group')
        .and.not.include('by userid');
      company.leave(['covered']);
      await run();
    });

    it('keeps what was done to accounts when the run is gone, until audit entries go, too', async () => {
      const { database, audit } = test.host;
      const [{ userid }] = active().slice(1) as [Member];
      const before = (await history(userid)).data as Entry[];
      await database.transaction(({ manager }) => manager.updateAll(RunRow, { finishedMs: 1 }));
      const last = (await run()).data;
      await new TypeormRunStore(database).prune(new Date());
      const left = () => database.read(({ manager }) => manager.find(ChangeRow, { where: { runId: Not(last.id) } }));
      expect((await left()).map(({ kind: of }) => of))
        .to.include('create')
        .and.not.include('createGroup');
      expect((await chief.get(`/api/get-sync-run?id=${before[0]!.run}`)).status).to.equal('error');
      expect((await history(userid)).data).to.deep.equal(before);
      await audit.prune(new Date(Date.now() + 60_000));
      expect((await history(userid)).data).to.deep.equal([]);
      expect(await left()).to.deep.equal([]);
      expect(await database.read(({ manager }) => manager.count(AuditRow))).to.equal(0);
    });
  });
}

import type { ServerResponse } from 'node:http';
import { expect } from 'chai';
import type { PendingSignOut, SignOutReport, SignOutStore } from '../../../src/engine/ports/sign-outs.ts';
import { IamSignOuts } from '../../../src/service/iam/sign-outs.ts';
import { quote } from '../../../src/storage/dialect.ts';
import { makeCasdoors } from '../../support/iam/casdoor-sessions.ts';
import { createTestDatabase, DATABASE_KINDS, type TestDatabase } from '../../support/databases.ts';
import { answerJson, FakeIam, type IamRequest } from '../../support/iam/fake-iam.ts';
import { ADMIN_PASSWORD, SECRET_KEY, TestHost, type Answer, type Client } from '../../host/test-host.ts';
import { StillClock } from '../../wecom/rig.ts';

for (const kind of DATABASE_KINDS) {
  describe(`signing out at the IAM on ${kind}`, () => {
    let database: TestDatabase | undefined;
    let iam: FakeIam;
    /** The same database and company without and with what it takes to sign people out there. */
    let alone: TestHost;
    let beside: TestHost;
    let members: string[];

    before(async function () {
      database = await createTestDatabase(kind);
      if (!database) return this.skip();
      await makeCasdoors(database);
      iam = await FakeIam.start();
      const shared = { DATABASE_URL: database.url, SECRET_KEY };
      alone = await TestHost.start({ members: 40, departments: 3, settings: shared });
      await alone.addOrganization('acme');
      const limit = { removalLimit: { percent: 20, count: 15 } };
      expect((await alone.credential().post('/api/add-syncer', { ...alone.syncer('acme'), ...limit })).msg).to.equal(
        '',
      );
      const settings = {
        ...shared,
        WECOM_API_URL: alone.sandbox.url,
        IAM_URL: iam.url,
        IAM_CLIENT_ID: iam.clientId,
        IAM_CLIENT_SECRET: iam.clientSecret,
      };
      beside = await TestHost.start({ settings });
      await sync(alone);
      const users = (await alone.credential().get('/api/get-users?owner=acme')).data;
      members = users
        .filter((user: { heldBy: string; isForbidden: boolean }) => user.heldBy !== '' && !user.isForbidden)
        .map((user: { name: string }) => user.name);
    });
    after(async () => {
      await beside?.close();
      await alone?.close();
      await iam?.close();
      await database?.drop();
    });
    beforeEach(() => {
      iam.instead = undefined;
      for (const list of [iam.requests, iam.signedOut]) list.length = 0;
    });

    const sync = async (host: TestHost, more = ''): Promise<Answer['data']> => {
      const { data, text } = await host.credential().post(`/api/run-syncer?id=acme/wecom&wait=true${more}`);
      expect(data?.state, text).to.equal('succeeded');
      return data;
    };
    const codes = (run: Answer['data']): string[] => run.warnings.map(({ code }: { code: string }) => code);
    /** People of whom no test said anything yet, each signed in to these applications. */
    const signedIn = async (count: number, ...applications: readonly string[]): Promise<string[]> => {
      const people = members.splice(0, count);
      await alone.host.database.transaction(async (session) => {
        for (const name of people) {
          for (const application of applications) {
            await session.execute(
              `INSERT INTO ${quote(kind, 'session')} (owner, name, application, created_time, session_id)
               VALUES ('acme', '${name}', '${application}', '2026-11-22T00:00:00Z', '["sEcReT"]')`,
            );
          }
        }
      });
      return people;
    };
    const leave = (people: readonly string[]): unknown => alone.sandbox.company.disable(people);

    it('ends every session of whom a run locks out, after it is stored, and nobody else’s', async () => {
      const [leaver = ''] = await signedIn(1, 'app-built-in', 'app-shop');
      const [absent = ''] = await signedIn(1);
      await signedIn(1, 'app-built-in');
      leave([leaver, absent]);
      const preview = await sync(beside, '&dryRun=true');
      expect([preview.counts.signedOut, iam.requests.length]).to.deep.equal([0, 0]);
      const stored: boolean[] = [];
      const note = async ({ body }: IamRequest, response: ServerResponse): Promise<void> => {
        stored.push(await isForbidden((JSON.parse(body) as { readonly name: string }).name));
        answerJson(response, { status: 'ok', msg: '', data: 'Affected' });
      };
      iam.instead = (request, response) => void note(request, response);
      const run = await sync(beside);
      expect(run.counts).to.include({ forbidden: 2, signedOut: 1 });
      expect(stored).to.deep.equal([true, true]);
      const bodies = iam.requests.map(({ body }) => JSON.parse(body) as unknown);
      const of = (application: string) => ({ owner: 'acme', name: leaver, application });
      expect(bodies).to.have.deep.members([of('app-built-in'), of('app-shop')]);
      for (const { method, url, headers } of iam.requests) {
        expect([method, url]).to.deep.equal(['POST', '/api/delete-session']);
        expect(headers).to.not.have.property('cookie');
      }
      const again = await sync(beside);
      expect([again.counts.signedOut, iam.requests.length]).to.deep.equal([0, 2]);
      expect(codes(again)).to.not.include.oneOf(['sign-out-failed', 'sessions-left']);
    });

    const isForbidden = async (name: string): Promise<boolean> =>
      (await alone.credential().get(`/api/get-user?id=acme/${name}`)).data.isForbidden;

    it('tries again when the IAM fails, and a third time', async () => {
      const [leaver = ''] = await signedIn(1, 'app');
      leave([leaver]);
      iam.instead = (_request, response) => {
        if (iam.requests.length === 2) iam.instead = undefined;
        response.destroy();
      };
      const run = await sync(beside);
      expect(run.counts.signedOut).to.equal(1);
      expect(codes(run)).to.not.include('sign-out-failed');
      expect(iam.requests).to.have.length(3);
      expect(iam.signedOut).to.deep.equal([`acme/${leaver}/app`]);
    });

    const foreign: readonly (readonly [string, NonNullable<FakeIam['instead']>])[] = [
      ['fails always', (_request, response) => answerJson(response, { status: 'error', msg: 'no' })],
      ['knows no such call', (_request, response) => answerJson(response, { status: 'ok' }, 404)],
      ['answers a page', (_request, response) => response.end('<!doctype html><p>ok')],
      ['answers another shape', (_request, response) => answerJson(response, ['ok'])],
      ['sends elsewhere', (_request, response) => response.writeHead(307, { location: iam.url }).end()],
    ];
    for (const [what, answer] of foreign) {
      it(`warns when the IAM ${what}, and the next run makes up for it`, async () => {
        const [leaver = ''] = await signedIn(1, 'app');
        leave([leaver]);
        iam.instead = answer;
        const run = await sync(beside);
        expect(run.counts).to.include({ forbidden: 1, signedOut: 0 });
        const warning = run.warnings.find(({ code }: { code: string }) => code === 'sign-out-failed');
        expect(warning).to.include({ count: 1 }).and.to.have.property('samples').that.deep.equals([leaver]);
        expect(iam.requests).to.have.length(3);
        iam.instead = undefined;
        const next = await sync(beside);
        expect(next.counts).to.include({ forbidden: 0, signedOut: 1 });
        expect(codes(next)).to.not.include('sign-out-failed');
        expect((await sync(beside)).counts.signedOut).to.equal(0);
      });
    }

    it('sends eight at one time and no more', async () => {
      const leavers = await signedIn(5, 'one', 'two', 'three', 'four');
      leave(leavers);
      iam.mostAtOnce = 0;
      iam.instead = (_request, response) =>
        void setTimeout(() => answerJson(response, { status: 'ok', data: 'Affected' }), 5);
      expect((await sync(beside)).counts.signedOut).to.equal(5);
      expect(iam.requests).to.have.length(20);
      expect(iam.mostAtOnce).to.be.within(2, 8);
    });

    it('says whose sessions are left where nobody may sign them out, and a run that may does', async () => {
      const [leaver = '', back = '', gone = ''] = await signedIn(3, 'app');
      leave([leaver, back, gone]);
      const run = await sync(alone);
      const warning = run.warnings.find(({ code }: { code: string }) => code === 'sessions-left');
      expect(warning.count).to.equal(3);
      expect(warning.samples).to.have.members([leaver, back, gone]);
      expect(warning.message).to.include('IAM_CLIENT_ID');
      expect(codes(await sync(alone))).to.not.include('sessions-left');
      // Meanwhile one is allowed again, and the IAM itself ended the session of another.
      alone.sandbox.company.enable([back]);
      await alone.host.database.transaction((session) =>
        session.execute(`DELETE FROM ${quote(kind, 'session')} WHERE name = '${gone}'`),
      );
      expect((await sync(beside)).counts).to.include({ restored: 1, signedOut: 1 });
      expect(iam.signedOut).to.deep.equal([`acme/${leaver}/app`]);
    });

    it('follows what people do by hand, what one member’s sync does, and what is approved', async () => {
      const [byHand = '', deleted = '', alonePerson = '', renamed = '', reset = ''] = await signedIn(5, 'app');
      const admin: Client = beside.credential();
      const forbid = { owner: 'acme', name: byHand, isForbidden: true };
      expect((await admin.post(`/api/update-user?id=acme/${byHand}&columns=isForbidden`, forbid)).status).to.equal(
        'ok',
      );
      expect((await admin.post('/api/delete-user', { owner: 'acme', name: deleted })).status).to.equal('ok');
      leave([alonePerson]);
      const { data } = await admin.post(`/api/sync-member?id=acme/wecom&userid=${alonePerson}`);
      expect(data.run.counts.signedOut).to.equal(1);
      const body = { owner: 'acme', name: `${renamed}-other` };
      expect((await admin.post(`/api/update-user?id=acme/${renamed}&columns=name`, body)).status).to.equal('ok');
      const password = { owner: 'acme', name: reset, password: ADMIN_PASSWORD };
      expect((await admin.post(`/api/update-user?id=acme/${reset}&columns=password`, password)).msg).to.equal('');
      const all = [byHand, deleted, alonePerson, renamed, reset];
      expect(iam.signedOut).to.deep.equal(all.map((name) => `acme/${name}/app`));
    });

    it('leaves what an earlier run could not end to full runs when one member is synced', async () => {
      const [early = ''] = await signedIn(1, 'app');
      leave([early]);
      iam.instead = (_request, response) => response.destroy();
      expect(codes(await sync(beside))).to.include('sign-out-failed');
      iam.instead = undefined;
      const [leaver = ''] = await signedIn(1, 'app');
      leave([leaver]);
      const { data } = await beside.credential().post(`/api/sync-member?id=acme/wecom&userid=${leaver}`);
      expect(data.run.counts.signedOut).to.equal(1);
      expect(iam.signedOut).to.deep.equal([`acme/${leaver}/app`]);
      expect((await sync(beside)).counts.signedOut).to.equal(1);
      expect(iam.signedOut).to.deep.equal([leaver, early].map((name) => `acme/${name}/app`));
    });

    it('follows an approval', async () => {
      const limit = { removalLimit: { percent: 1, count: 0 } };
      await beside.credential().post('/api/update-syncer?id=acme/wecom', { ...alone.syncer('acme'), ...limit });
      const leavers = await signedIn(2, 'app');
      alone.sandbox.company.leave(leavers);
      const held = await beside.credential().post('/api/run-syncer?id=acme/wecom&wait=true');
      expect([held.data.state, held.data.counts.signedOut, iam.requests.length]).to.deep.equal(['held', 0, 0]);
      await beside.credential().post(`/api/approve-sync-run?id=${held.data.id}`);
      expect(iam.signedOut).to.have.members(leavers.map((name) => `acme/${name}/app`));
      const [approval] = (await beside.credential().get('/api/get-sync-runs?id=acme/wecom&p=1&pageSize=1')).data;
      expect([approval.trigger, approval.counts.signedOut]).to.deep.equal(['approval', 2]);
    });

    it('is counted, and tells no log what it is done with', async () => {
      const metrics = (await beside.anonymous().get('/metrics')).text;
      expect(metrics).to.match(/^wecom_syncer_signed_out_total [1-9]/m);
      const log = beside.log.join('\n');
      expect(log).to.include('could not be signed out');
      for (const secret of [iam.clientSecret, iam.url, 'sEcReT', 'Basic ']) expect(log).to.not.include(secret);
    });
  });
}

describe('signing many people out at the IAM', () => {
  let iam: FakeIam;
  let pending: PendingSignOut[];
  const store: SignOutStore = {
    pending: async () => [...pending],
    done: async (signOut) => pending.splice(pending.indexOf(signOut), 1).length === 1,
  };

  before(async () => {
    iam = await FakeIam.start();
  });
  after(() => iam.close());
  beforeEach(() => {
    for (const list of [iam.requests, iam.signedOut]) list.length = 0;
  });

  const noted = (name: string, count: number, runId = 'earlier'): PendingSignOut[] =>
    Array.from({ length: count }, (_, at) => ({ owner: 'acme', name: `${name}-${at}`, application: 'app', runId }));
  const nameIn = ({ body }: IamRequest): string => (JSON.parse(body) as PendingSignOut).name;
  const settle = (): Promise<SignOutReport> => {
    const silent = (): void => undefined;
    const log = { info: silent, warn: silent, error: silent };
    const signOuts = new IamSignOuts({ store, iam: { url: iam.url, client: iam }, log, clock: new StillClock() });
    return signOuts.settle({ id: 'now', organization: 'acme', trigger: 'schedule' }, new AbortController().signal);
  };

  it('asks an IAM that is away for eight sessions and no more', async () => {
    pending = noted('leaver', 100);
    iam.instead = (_request, response) => response.destroy();
    const { signedOut, failed } = await settle();
    expect([signedOut, failed.length]).to.deep.equal([0, 100]);
    expect(new Set(iam.requests.map(nameIn)).size).to.equal(8);
    expect(iam.requests).to.have.length(24);
    expect(pending).to.have.length(100);
  });

  it('ends all others where the IAM refuses some for ever, first of all those whom the run locked out', async () => {
    pending = [...noted('refused', 100), ...noted('leaver', 20), ...noted('own', 2, 'now')];
    iam.instead = (request, response) => {
      const isRefused = nameIn(request).startsWith('refused');
      answerJson(response, isRefused ? { status: 'error', msg: 'no' } : { status: 'ok', data: 'Affected' });
    };
    const { signedOut, failed } = await settle();
    expect([signedOut, failed.length]).to.deep.equal([22, 100]);
    expect(pending.map(({ name }) => name)).to.deep.equal(noted('refused', 100).map(({ name }) => name));
    expect(iam.requests.slice(0, 8).map(nameIn)).to.include.members(['own-0', 'own-1']);
    // Whoever refuses so many is not asked for each of them three times.
    expect(iam.requests.length).to.be.below(200);
  });

  it('goes on where calls fail here and there, and others have answers meanwhile', async () => {
    const failing = noted('cut', 10);
    pending = failing.flatMap((cut) => [cut, ...noted(`after-${cut.name}`, 8)]);
    iam.instead = (request, response) => {
      if (nameIn(request).startsWith('cut')) setTimeout(() => response.destroy(), 5);
      else answerJson(response, { status: 'ok', data: 'Affected' });
    };
    const { signedOut, failed } = await settle();
    expect([signedOut, failed.length]).to.deep.equal([80, 10]);
    expect(pending).to.have.deep.members(failing);
  });

  it('ends all others in the end where the IAM falls over at some, as if it were away', async () => {
    const failing = noted('cut', 10);
    pending = [...failing, ...noted('leaver', 20)];
    iam.instead = (request, response) => {
      if (nameIn(request).startsWith('cut')) response.writeHead(500).end('<!doctype html>');
      else answerJson(response, { status: 'ok', data: 'Affected' });
    };
    for (let run = 0; run < 40 && pending.length > failing.length; run += 1) await settle();
    expect(pending).to.have.deep.members(failing);
  });
});

import { expect } from 'chai';
import * as sinon from 'sinon';
import { createHost } from '../../../src/host/create-host.ts';
import type { Host } from '../../../src/host/host.ts';
import { isActive } from '../../../src/sandbox/company/member.ts';
import { defineWecomSyncer } from '../../../src/wecom/definition.ts';
import { until } from '../../support/promises.ts';
import { MountedHost } from '../mount/mounted-host.ts';
import { TestHost } from '../test-host.ts';
import { agree, codeOf, Phone, type Seen } from './phone.ts';
import { emailAt, phoneAt, PUBLIC_URL, SelfServiceHost } from './self-service-host.ts';

const PAGE = '/me/acme/wecom';

for (const kind of ['sqlite', 'postgres', 'mysql'] as const) {
  describe(`members who complete their data, with two hosts on ${kind}`, () => {
    let host: SelfServiceHost;
    let second: Host;

    before(async function () {
      const settings = { PUBLIC_URL };
      const test = await TestHost.on(kind, { members: 18, departments: 3, settings });
      if (!test) return this.skip();
      host = await SelfServiceHost.on(test);
      second = await createHost({ ...test.settings, logLevel: 'silent' });
      await second.listen();
    });
    after(async () => {
      await second?.close();
      await host?.close();
    });

    it('end with ten accounts that have mobile and e-mail, whichever host serves each step, kept over ten more runs', async () => {
      const [one, other] = [host.test.host.url, second.url];
      const ten = host.userids.slice(0, 10);
      for (const [at, userid] of ten.entries()) {
        const way = at % 2 === 0 ? [one, other, one] : [other, one, other];
        const [first, next, last] = way;
        const begun = new Phone(first!);
        const address = await begun.start();
        const state = address.searchParams.get('state');
        const back = await agree(address, userid);
        const seen = await begun.at(next!).get(back);
        expect([seen.httpStatus, seen.data.userid], seen.text).to.deep.equal([200, userid]);
        expect((await begun.at(last!).get(back)).httpStatus, 'once among both').to.equal(400);
        const taps = await Promise.all([last!, next!].map((url) => begun.at(url).post(`${PAGE}/confirm`, { state })));
        expect(taps.map(({ httpStatus }) => httpStatus)).to.have.members([200, 400]);
      }
      for (let runs = 0; runs < 10; runs += 1) await host.run();
      for (const [at, userid] of ten.entries()) {
        expect(await host.user(userid)).to.include({ email: emailAt(at), phone: phoneAt(at), countryCode: 'CN' });
      }
    });

    it('find no page at an address that names nothing', async () => {
      const phone = host.phone({ accept: 'text/html' });
      for (const place of ['none/wecom', 'acme%00/wecom', 'acme/wecom%00', 'acme/%E0%A4%A', 'acme/%ED%A0%80']) {
        for (const way of ['', '/start', '/callback?state=x&code=x']) {
          expect((await phone.get(`/me/${place}${way}`)).httpStatus, place + way).to.equal(404);
        }
      }
      expect((await phone.get('/me/acme%00/wecom')).text).to.include('Not found');
    });

    it('are counted by both: twenty taps an hour', async () => {
      const userid = host.userids[10]!;
      const urls = [host.test.host.url, second.url];
      for (let times = 0; times < 21; times += 1) {
        const phone = new Phone(urls[times % 2]!);
        const address = await phone.start();
        await phone.get(await agree(address, userid, ['mobile']));
        const state = address.searchParams.get('state');
        let { httpStatus, msg } = await phone.post(`${PAGE}/confirm`, { state });
        // Nothing is lost of what only cannot be done now, and it does not count.
        if (httpStatus === 400) ({ httpStatus, msg } = await phone.post(`${PAGE}/confirm`, { state }));
        expect(httpStatus, `tap ${times + 1}: ${msg}`).to.equal(times < 20 ? 200 : 429);
      }
    });
  });
}

describe('where a member’s page is', () => {
  it('is below the prefix, with a cookie for https alone where people come by https', async () => {
    const host = await SelfServiceHost.start({ members: 5, departments: 2 });
    const { settings, sandbox } = host.test;
    const place = { basePath: '/wecom', publicUrl: 'https://iam.example' };
    const below = await createHost({ ...settings, ...place, logLevel: 'silent' });
    try {
      sandbox.access.trustedDomain = 'iam.example';
      await below.listen();
      const phone = new Phone(below.url);
      const { headers } = await phone.get(`/wecom${PAGE}/start`);
      const [cookie = ''] = headers.getSetCookie();
      const attributes = ['Path=/wecom/me/', 'HttpOnly', 'SameSite=Lax', 'Max-Age=600', 'Secure'];
      expect(cookie.split('; ').slice(1)).to.have.members(attributes);
      const address = new URL(headers.get('location')!);
      expect(address.searchParams.get('redirect_uri')).to.equal(`https://iam.example/wecom${PAGE}/callback`);
      const back = await agree(address, host.userids[0]!);
      const { text } = await phone.get(back, { accept: 'text/html' });
      expect(text).to.include(`action="/wecom${PAGE}/confirm"`);
      const form = new URLSearchParams({ state: address.searchParams.get('state')! }).toString();
      const own = { origin: 'https://iam.example' };
      expect((await phone.post(`/wecom${PAGE}/confirm`, form, own)).status).to.equal('ok');
      expect((await phone.get(`${PAGE}/start`)).httpStatus).to.equal(404);
    } finally {
      await below.close();
      await host.close();
    }
  });

  it('waits ten seconds for its turn among the runs of others, then says so and loses nothing', async () => {
    const host = await SelfServiceHost.start({ members: 5, departments: 2, settings: { RUN_CONCURRENCY: '1' } });
    try {
      const { sandbox } = host.test;
      const admin = host.test.credential();
      await host.test.addOrganization('beta');
      await host.add('beta');
      const phone = host.phone();
      const { state } = await host.look(phone, host.userids[0]!);
      const paths = ['department/list', 'department/simplelist'];
      const calls = (): number => paths.reduce((sum, path) => sum + sandbox.calls.count(path), 0);
      for (const path of paths) sandbox.faults.add({ path, respond: { delayMs: 600_000 } });
      const before = calls();
      const going = await admin.post('/api/run-syncer?id=beta/wecom');
      await until(() => calls() > before);
      const clock = sinon.useFakeTimers({ toFake: ['performance'], shouldAdvanceTime: true, advanceTimeDelta: 20 });
      let refused: Seen | undefined;
      void phone.post(`${PAGE}/confirm`, { state }).then((seen) => (refused = seen));
      await until(() => {
        clock.tick(1_000);
        return refused !== undefined;
      });
      clock.restore();
      expect([refused?.httpStatus, refused?.msg.includes('Accounts are being synced')]).to.deep.equal([400, true]);
      const last = (await admin.get('/api/get-sync-runs?id=acme/wecom&p=1&pageSize=1')).data[0];
      expect([last.trigger, last.state]).to.deep.equal(['self', 'cancelled']);
      expect((await admin.post(`/api/cancel-sync-run?id=${going.data.id}`)).status).to.equal('ok');
      sandbox.faults.clear();
      expect((await phone.post(`${PAGE}/confirm`, { state })).httpStatus).to.equal(200);
    } finally {
      await host.close();
    }
  });

  it('cannot lead anybody back without PUBLIC_URL, and says so', async () => {
    const host = await SelfServiceHost.on(await TestHost.start({ members: 5, departments: 2 }));
    try {
      for (const language of ['en', 'zh']) {
        const { httpStatus, status, msg } = await host.phone().get(`${PAGE}/start`, { 'accept-language': language });
        expect([httpStatus, status]).to.deep.equal([400, 'error']);
        expect(msg).to.include('PUBLIC_URL');
      }
    } finally {
      await host.close();
    }
  });

  for (const pageUrl of ['http://127.0.0.1/admin/sync', undefined]) {
    const known = pageUrl === undefined ? 'is not' : 'is';
    it(`is a part of somebody else’s server, and its service says where it ${known}`, async () => {
      const mounted = await MountedHost.start([], pageUrl === undefined ? {} : { pageUrl });
      const { sandbox, service } = mounted;
      try {
        sandbox.use('hidden-fields');
        sandbox.access.trustedDomain = '127.0.0.1';
        const agentId = String(sandbox.agentId);
        const syncer = { ...mounted.syncer('acme'), agentId, selfService: { enabled: true, nudge: true } };
        const check = (await service.syncers.test(syncer)).checks.find(({ name }) => name === 'oauth');
        await service.syncers.add(syncer);
        const run = await (await service.runs.begin('acme/wecom')).ended;
        const warning = run.warnings.find(({ code }) => code === 'nudges-not-sent');
        const phone = new Phone(`${await mounted.serve('fastify')}/admin/sync`);
        if (pageUrl === undefined) {
          for (const said of [check?.remedy, warning?.message]) {
            expect([said?.en, said?.zh].every((one) => one?.includes('pageUrl'))).to.equal(true);
          }
          expect((await phone.get(`${PAGE}/start`)).msg).to.include('publicUrl');
          return;
        }
        expect([check?.ok, warning]).to.deep.equal([true, undefined]);
        expect(sandbox.mailbox.list()[0]?.content).to.include(`"${pageUrl}/me/acme/wecom"`);
        const back = (await phone.start()).searchParams.get('redirect_uri');
        expect(back).to.equal(`${pageUrl}/me/acme/wecom/callback`);
      } finally {
        await mounted.close();
      }
    });
  }

  it('is a part of somebody else’s server, and asks nobody there who that is', async () => {
    const mounted = await MountedHost.start([{ ...defineWecomSyncer(), type: 'Other' }]);
    const { sandbox, service } = mounted;
    try {
      sandbox.use('hidden-fields');
      const [member] = [...sandbox.company.members].filter(isActive);
      const { userid } = member!;
      sandbox.company.setField(userid, { mobile: '13800000001' });
      const syncer = { ...mounted.syncer('acme'), agentId: String(sandbox.agentId), selfService: { enabled: true } };
      await service.syncers.add(syncer);
      await (
        await service.runs.begin('acme/wecom')
      ).ended;
      for (const kind of ['fastify', 'express', 'express.json'] as const) {
        const authenticate = async (): Promise<never> => {
          throw new Error('somebody was asked');
        };
        const url = await mounted.serve(kind, { publicUrl: 'http://127.0.0.1/', authenticate });
        const phone = new Phone(`${url}/admin/sync`);
        const address = await phone.start();
        expect(address.searchParams.get('redirect_uri')).to.equal(`http://127.0.0.1/admin/sync${PAGE}/callback`);
        const state = address.searchParams.get('state')!;
        const seen = await phone.get(`${PAGE}/callback?state=${state}&code=${codeOf(sandbox, userid)}`);
        expect(seen.status, seen.text).to.equal('ok');
        const done = await phone.post(`${PAGE}/confirm`, new URLSearchParams({ state }).toString());
        expect(done.status, done.text).to.equal('ok');
        const silent = await mounted.serve(kind);
        const refused = await new Phone(`${silent}/admin/sync`).get(`${PAGE}/start`);
        expect([refused.httpStatus, refused.msg]).to.satisfy(([status, msg]: [number, string]) =>
          status === 400 ? msg.includes('publicUrl') : false,
        );
      }
      expect(mounted.log.join('\n')).to.not.include('somebody was asked').and.not.include('authenticate');
    } finally {
      await mounted.close();
    }
  });
});

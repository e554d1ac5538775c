import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { pino } from 'pino';
import * as prometheus from 'prom-client';
import { createHost } from '../../../src/host/create-host.ts';
import { Metrics } from '../../../src/host/monitoring/metrics.ts';
import type { WebhookEvent } from '../../../src/service/webhook/webhook-event.ts';
import type { WebhookMessage } from '../../../src/service/webhook/webhook-message.ts';
import { signedHeaders, signingKey } from '../../../src/service/webhook/webhook-signature.ts';
import { MOST_WAITING, Webhook, type WebhookDeps } from '../../../src/service/webhook/webhook.ts';
import { text } from '../../../src/syncer/text.ts';
import { until } from '../../support/promises.ts';
import { StillClock } from '../../wecom/rig.ts';
import { Client, TestHost, type Answer } from '../../host/test-host.ts';
import { silence, status, WebhookReceiver, type Received } from './webhook-receiver.ts';

const SECRET = `whsec_${Buffer.from('thirty-two bytes that sign a lot').toString('base64')}`;
/** As a chat robot's address has it. */
const ADDRESS = '/hooks/r0b0t-pAtH?key=r0b0t-kEy';

type Verify = (headers: Received['headers'], body: string, secret: string) => boolean;
const OPERATIONS = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8');
const block = (language: string): string =>
  new RegExp(`\`\`\`${language}\n([^]*?)\n\`\`\``).exec(OPERATIONS.slice(OPERATIONS.indexOf('## Webhook')))?.[1] ?? '';

/** The check as docs/operations.md shows it. */
async function documentedCheck(): Promise<Verify> {
  const program = (await import(`data:text/javascript,${encodeURIComponent(block('js'))}`)) as { isFromHost: Verify };
  return program.isFromHost;
}

const aMessage = (values: Partial<WebhookMessage> = {}): WebhookMessage => ({
  id: randomUUID(),
  event: 'failing',
  at: '2026-01-01T00:00:00.000Z',
  organization: 'acme',
  syncer: 'acme/wecom',
  runId: randomUUID(),
  state: 'failed',
  message: text('Wrong.', '错误'),
  ...values,
});

describe('the webhook', () => {
  let receiver: WebhookReceiver;
  beforeEach(async () => {
    receiver = await WebhookReceiver.start();
  });
  afterEach(() => receiver.close());

  describe('that delivers', () => {
    let lines: string[];
    let clock: StillClock;
    let metrics: Metrics;
    let webhook: Webhook;

    const open = (deps: Partial<WebhookDeps> = {}): void => {
      lines = [];
      clock = new StillClock();
      metrics = new Metrics(prometheus, {
        namesTenants: false,
        known: { endpoints: new Set(), codes: new Set() },
        healths: async () => [],
        active: () => ({ queued: 0, running: 0 }),
      });
      webhook = new Webhook({
        url: receiver.origin + ADDRESS,
        secret: SECRET,
        metrics,
        log: pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) }),
        clock,
        random: () => 0.5,
        ...deps,
      });
    };
    beforeEach(() => open());
    afterEach(() => webhook.close(0));

    const counted = async (event: WebhookEvent, outcome: string): Promise<number> => {
      const name = `wecom_syncer_webhook_deliveries_total{event="${event}",outcome="${outcome}"} `;
      const line = (await metrics.text()).split('\n').find((one) => one.startsWith(name));
      return Number(line?.slice(name.length));
    };
    const ended = async (event: WebhookEvent = 'failing'): Promise<boolean> =>
      (await counted(event, 'delivered')) + (await counted(event, 'refused')) + (await counted(event, 'lost')) > 0;

    it('signs so that the documented check accepts it, and nothing else', async () => {
      const isFromHost = await documentedCheck();
      for (const secret of [SECRET, 'a secret of the plain kind']) {
        open({ secret });
        webhook.tell(aMessage());
        await until(() => ended());
        const { headers, body, path } = receiver.received.at(-1)!;
        expect(path).to.equal(ADDRESS);
        expect(headers['content-type']).to.equal('application/json');
        expect(isFromHost(headers, body, secret)).to.equal(true);
        expect(isFromHost(headers, body.replace('acme', 'evil'), secret)).to.equal(false);
        expect(isFromHost(headers, body, `${secret.slice(0, -4)}AAA=`)).to.equal(false);
        expect(isFromHost({ ...headers, 'webhook-id': randomUUID() }, body, secret)).to.equal(false);
        expect(isFromHost({ ...headers, 'webhook-signature': 'v1,é' }, body, secret)).to.equal(false);
        const old = signedHeaders(signingKey(secret), 'id', new Date(Date.now() - 301_000), body);
        expect(isFromHost(old, body, secret)).to.equal(false);
      }
    });

    it('tries again after 500, with the same id and body, signed anew', async () => {
      receiver.replies = [status(500), status(500), status(200)];
      const message = aMessage();
      webhook.tell(message);
      await until(() => ended());
      expect(receiver.received.map(({ headers }) => headers['webhook-id'])).to.deep.equal(
        Array.from({ length: 3 }, () => message.id),
      );
      expect(receiver.messages).to.deep.equal([message, message, message]);
      const isFromHost = await documentedCheck();
      for (const { headers, body } of receiver.received) expect(isFromHost(headers, body, SECRET)).to.equal(true);
      expect(await counted('failing', 'delivered')).to.equal(1);
    });

    it('gives up after six tries over some minutes, and says which event was lost', async () => {
      receiver.replies = [status(503)];
      const message = aMessage();
      webhook.tell(message);
      await until(() => ended());
      expect(receiver.received).to.have.length(6);
      expect(clock.naps).to.deep.equal([5_500, 10_500, 20_500, 40_500, 60_500]);
      expect(await counted('failing', 'lost')).to.equal(1);
      expect(JSON.parse(lines.at(-1) ?? '')).to.deep.include({
        msg: 'a webhook event was lost',
        webhookId: message.id,
        event: 'failing',
        syncer: 'acme/wecom',
        runId: message.runId,
        reason: 'HTTP 503',
      });
    });

    for (const code of [400, 401, 404, 410]) {
      it(`does not try again after ${code}, and logs the status alone`, async () => {
        receiver.replies = [
          (response) => void response.writeHead(code).end('the answer of a receiver may quote the key'),
        ];
        webhook.tell(aMessage());
        await until(() => ended());
        expect(receiver.received).to.have.length(1);
        expect(await counted('failing', 'refused')).to.equal(1);
        expect(lines).to.have.length(1);
        expect(JSON.parse(lines[0] ?? '')).to.include({ status: code });
        expect(lines[0]).to.not.include('quote');
      });
    }

    it('does not follow a redirect, which would hand the signed event to somebody else', async () => {
      const other = await WebhookReceiver.start();
      receiver.replies = [status(307, { location: `${other.origin}/elsewhere` })];
      webhook.tell(aMessage());
      await until(() => ended());
      expect(await counted('failing', 'refused')).to.equal(1);
      expect(other.received).to.deep.equal([]);
      await other.close();
    });

    it('waits as long as the receiver asks for, within bounds', async () => {
      const inAMinute = new Date(Date.now() + 60_000).toUTCString();
      receiver.replies = [
        status(429, { 'retry-after': '17' }),
        status(429, { 'retry-after': '86400' }),
        status(503, { 'retry-after': inAMinute }),
        status(429, { 'retry-after': 'soon' }),
        status(200),
      ];
      webhook.tell(aMessage());
      await until(() => ended());
      const [first, second, third = 0, fourth] = clock.naps;
      expect([first, second, fourth]).to.deep.equal([17_000, 300_000, 40_500]);
      expect(third).to.be.within(50_000, 60_000);
      expect(await counted('failing', 'delivered')).to.equal(1);
    });

    it('tries again when nobody answers, or nobody is there', async () => {
      open({ limits: { connectMs: 1_000, responseMs: 50, requestMs: 1_000 } });
      receiver.replies = [silence, (response) => void response.destroy(), status(200)];
      webhook.tell(aMessage());
      await until(() => ended());
      expect(receiver.received).to.have.length(3);
      expect(lines.slice(0, 2).map((line) => JSON.parse(line).reason)).to.deep.equal([
        'WEBHOOK_URL: no answer in time.',
        'WEBHOOK_URL: the connection was cut.',
      ]);
    });

    it('reads an answer that never ends only as far as its status', async () => {
      open({ limits: { connectMs: 1_000, responseMs: 1_000, requestMs: 600_000 } });
      receiver.replies = [
        (response) => {
          response.writeHead(200);
          const write = (): void => {
            if (!response.destroyed) response.write(Buffer.alloc(16_384), () => setImmediate(write));
          };
          write();
        },
      ];
      webhook.tell(aMessage());
      await until(() => ended());
      expect(await counted('failing', 'delivered')).to.equal(1);
    });

    it('keeps the order of one syncer, while others need not wait for it', async () => {
      const stuck: (() => void)[] = [];
      receiver.replies = [(response) => void stuck.push(() => response.writeHead(503).end()), status(200)];
      webhook.tell(aMessage());
      webhook.tell(aMessage({ event: 'recovered' }));
      await until(() => stuck.length === 1);
      webhook.tell(aMessage({ event: 'held', syncer: 'acme/other' }));
      await until(() => ended('held'));
      expect(receiver.events).to.deep.equal(['failing', 'held']);
      for (const answer of stuck) answer();
      await until(() => ended('recovered'));
      expect(receiver.events).to.deep.equal(['failing', 'held', 'failing', 'recovered']);
    });

    it('loses what is too much rather than to fill the memory, and says so', async () => {
      receiver.replies = [silence];
      for (let count = 0; count < MOST_WAITING; count += 1) webhook.tell(aMessage());
      expect(lines).to.deep.equal([]);
      webhook.tell(aMessage());
      expect(JSON.parse(lines[0] ?? '')).to.include({
        msg: 'a webhook event was lost',
        reason: 'too many events wait',
      });
      expect(await counted('failing', 'lost')).to.equal(1);
    });

    it('closes although the receiver is silent, and says which events were lost', async () => {
      receiver.replies = [silence];
      const [first, second] = [aMessage(), aMessage()];
      webhook.tell(first);
      webhook.tell(second);
      await until(() => receiver.received.length === 1);
      await webhook.close(20);
      expect(lines.map((line) => JSON.parse(line))).to.have.length(2);
      for (const [index, { id }] of [first, second].entries()) {
        expect(JSON.parse(lines[index] ?? '')).to.include({ webhookId: id, reason: 'the host closes' });
      }
      webhook.tell(aMessage());
      expect(receiver.received).to.have.length(1);
      expect(await counted('failing', 'lost')).to.equal(3);
    });

    it('tries once more at its end what waits for a better moment', async () => {
      // A real clock: only the end cuts this wait short.
      let waiting = 0;
      const log = pino({ level: 'warn' }, { write: () => void (waiting += 1) });
      webhook = new Webhook({ url: receiver.origin, secret: SECRET, metrics, log, random: () => 0.999 });
      receiver.replies = [status(503), status(200)];
      webhook.tell(aMessage());
      await until(() => waiting === 1);
      await webhook.close();
      expect(receiver.received).to.have.length(2);
      expect(await counted('failing', 'delivered')).to.equal(1);
    });

    it('names its address and its secret in no log line', async () => {
      const free = createServer().listen(0, '127.0.0.1');
      await until(() => free.listening);
      const { port } = free.address() as AddressInfo;
      await new Promise((resolve) => free.close(resolve));
      for (const origin of [receiver.origin, `http://127.0.0.1:${port}`, 'https://127.0.0.1:1']) {
        open({ url: origin + ADDRESS });
        receiver.replies = [status(500), (response) => void response.destroy(), status(404)];
        webhook.tell(aMessage());
        await until(() => ended());
        const told = lines.join('');
        expect(told).to.include('webhookId');
        for (const secret of ['r0b0t', '127.0.0.1', SECRET, SECRET.slice(6)]) {
          expect(told).to.not.include(secret);
        }
      }
    });
  });

  describe('of a host', () => {
    let test: TestHost;
    let admin: Client;

    const start = async (url = receiver.origin + ADDRESS): Promise<void> => {
      test = await TestHost.start({
        members: 40,
        departments: 4,
        settings: { WEBHOOK_URL: url, WEBHOOK_SECRET: SECRET, PUBLIC_URL: 'https://sso.example/' },
      });
      await test.addOrganization('acme');
      admin = await test.signedIn();
      await admin.post('/api/add-syncer', test.syncer('acme'));
    };
    afterEach(() => test.close());

    const syncNow = (query = '', client = admin): Promise<Answer> =>
      client.post(`/api/run-syncer?id=acme/wecom&wait=true${query}`);
    /** As the schedule does: pressing Sync would make a new beginning of a quarantine. */
    const syncByItself = async (): Promise<void> => {
      const record = await test.host.syncers.find('acme', 'wecom', 'acme');
      await (
        await test.host.runs.begin(record!, 'schedule')
      ).ended;
    };
    const saveSecret = async (password: string): Promise<void> => {
      const { data } = await admin.get('/api/get-syncer?id=acme/wecom');
      const answer = await admin.post('/api/update-syncer?id=acme/wecom', { ...data, password });
      expect(answer.status, answer.msg).to.equal('ok');
    };
    /** Everything that the host had to tell; it closes, so nothing comes afterwards. */
    const toldAtLast = async (): Promise<string[]> => {
      await test.host.close();
      return receiver.events;
    };

    it('tells of each set of lock-outs once, links to the run, and names nobody', async () => {
      await start();
      await syncNow();
      test.sandbox.company.leave(25);
      const held = await syncNow();
      expect(held.data.state).to.equal('held');
      await syncNow();
      await until(() => receiver.received.length > 0);
      const [message] = receiver.messages;
      expect(message).to.deep.include({
        event: 'held',
        organization: 'acme',
        syncer: 'acme/wecom',
        runId: held.data.id,
        state: 'held',
        at: held.data.finishedAt,
        url: `https://sso.example/runs/${held.data.id}`,
        counts: held.data.counts,
      });
      expect(message?.message.en).to.match(/accounts .* would go/);
      expect(message?.message.zh).to.include('将锁定');
      expect(message?.remedy?.en).to.include('approve');
      const isFromHost = await documentedCheck();
      for (const { headers, body } of receiver.received) expect(isFromHost(headers, body, SECRET)).to.equal(true);
      for (const { userid, name, mobile } of test.sandbox.company.members) {
        for (const value of [userid, name, mobile]) if (value) expect(receiver.received[0]?.body).to.not.include(value);
      }
      test.sandbox.company.leave(1);
      await syncNow();
      expect(await toldAtLast()).to.deep.equal(['held', 'held']);
    });

    it('is sent what the documents show', async () => {
      await start();
      await syncNow();
      test.sandbox.company.leave(25);
      await syncNow();
      await toldAtLast();
      const example = JSON.parse(block('json')) as WebhookMessage;
      const [message] = receiver.messages;
      expect(Object.keys(message ?? {})).to.deep.equal(Object.keys(example));
      expect(Object.keys(message?.counts ?? {})).to.deep.equal(Object.keys(example.counts ?? {}));
      expect(message?.remedy).to.deep.equal(example.remedy);
    });

    it('says nothing when a person decides, and once that all is well after it', async () => {
      await start();
      await syncNow();
      test.sandbox.company.leave(25);
      const { data: first } = await syncNow();
      expect((await admin.post(`/api/approve-sync-run?id=${first.id}`)).status).to.equal('ok');
      await syncNow();
      await syncNow();
      test.sandbox.company.leave(7);
      const { data: second } = await syncNow();
      expect(second.state).to.equal('held');
      expect((await admin.post(`/api/reject-sync-run?id=${second.id}`)).status).to.equal('ok');
      // Runs of one member, as the directory's own messages begin them, must not bury what was told before.
      const { runStore } = test.host;
      const record = await test.host.syncers.find('acme', 'wecom', 'acme');
      const last = await runStore.find(second.id);
      for (let count = 0; count < 60; count += 1) {
        const startedAt = new Date().toISOString();
        await runStore.create({
          ...last!,
          id: randomUUID(),
          syncerId: record!.id,
          trigger: 'member',
          state: 'succeeded',
          startedAt,
        });
      }
      await syncNow();
      await syncNow();
      expect(await toldAtLast()).to.deep.equal(['held', 'recovered', 'held', 'recovered']);
    });

    it('tells of repeated failure, of the quarantine, and of the first good run', async () => {
      await start();
      const { appSecret } = test.sandbox;
      await syncNow();
      await saveSecret('a-secret-that-WeCom-never-gave-out');
      for (let failures = 1; failures <= 5; failures += 1) {
        await syncByItself();
        await syncNow('&dryRun=true');
      }
      await saveSecret('another-one-that-it-never-gave-out');
      await syncByItself();
      await saveSecret(appSecret);
      await syncNow('&dryRun=true');
      await syncByItself();
      await syncByItself();
      const delivered = 'wecom_syncer_webhook_deliveries_total{event="recovered",outcome="delivered"} 1';
      await until(async () => (await admin.get('/metrics')).text.includes(delivered));
      expect(await toldAtLast()).to.deep.equal(['failing', 'quarantined', 'failing', 'recovered']);
      const [failing, quarantined, again, recovered] = receiver.messages;
      expect(failing?.message.en).to.match(/^2 runs in a row failed\. /);
      expect(failing?.message.zh).to.include('连续 2 次');
      expect(failing?.remedy?.en).to.be.a('string');
      expect(quarantined?.message.en).to.include('once a day');
      expect(again?.message.en).to.match(/^4 runs/);
      expect(recovered).to.include({ state: 'succeeded' }).and.to.have.property('counts');
      expect(recovered).to.not.have.property('remedy');
      for (const { body } of receiver.received) expect(body).to.not.include('gave-out').and.not.include(appSecret);
    });

    it('is told once by the replica whose run ended, also of what another one told before', async () => {
      await start();
      const other = await createHost(test.settings, { log: pino({ level: 'silent' }) });
      try {
        await other.listen();
        const there = new Client(other.url);
        await there.signIn('built-in', 'admin', 'correct horse battery');
        await syncNow();
        test.sandbox.faults.set({ untrustedIp: '203.0.113.7' });
        await syncNow();
        await syncNow('', there);
        test.sandbox.faults.clear();
        await syncNow();
        await syncNow('', there);
      } finally {
        await other.close();
      }
      expect(await toldAtLast()).to.deep.equal(['failing', 'recovered']);
    });

    it('is away, and runs end all the same; the log names the lost event, not the address', async () => {
      const gone = await WebhookReceiver.start();
      const { origin } = gone;
      await gone.close();
      await start(origin + ADDRESS);
      test.sandbox.faults.set({ untrustedIp: '203.0.113.7' });
      await syncNow();
      const { data } = await syncNow();
      expect(data.state).to.equal('failed');
      expect((await admin.get('/api/get-syncer?id=acme/wecom')).data).to.include({ health: 'failing' });
      await until(() => test.log.some((line) => line.includes('it is tried again')));
      await test.host.close();
      const lost = test.log.filter((line) => line.includes('a webhook event was lost'));
      expect(lost.map((line) => JSON.parse(line))).to.have.length(1);
      expect(JSON.parse(lost[0] ?? '')).to.include({ event: 'failing', syncer: 'acme/wecom', runId: data.id });
      for (const secret of ['r0b0t', new URL(origin).host, SECRET, SECRET.slice(6)]) {
        expect(test.log.join('')).to.not.include(secret);
      }
    });

    it('has a last chance while the host closes', async () => {
      await start();
      const answers: (() => void)[] = [];
      receiver.replies = [(response) => void answers.push(() => response.writeHead(200).end())];
      test.sandbox.faults.set({ untrustedIp: '203.0.113.7' });
      await syncNow();
      await syncNow();
      await until(() => answers.length === 1);
      const closed = test.host.close();
      await until(() =>
        fetch(`${test.host.url}/healthz`).then(
          () => false,
          () => true,
        ),
      );
      for (const answer of answers) answer();
      await closed;
      expect(test.log.some((line) => line.includes('a webhook event was delivered'))).to.equal(true);
    });
  });
});

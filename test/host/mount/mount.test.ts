import { once } from 'node:events';
import { createServer, request as httpRequest } from 'node:http';
import { expect } from 'chai';
import express from 'express';
import { fastify } from 'fastify';
import { createRequestHandler, syncerPlugin, type RequestHandlerOptions } from '../../../src/host/index.ts';
import { AuditRow } from '../../../src/storage/entities/index.ts';
import { rejection, until } from '../../support/promises.ts';
import { as, CHIEF, GLOBAL, MountedHost, SERVERS, written } from './mounted-host.ts';

const HTML = { accept: 'text/html' };
const DENIED = { status: 'error', msg: 'Unauthorized operation' };

describe('the syncers in a server of somebody else’s', () => {
  let host: MountedHost;
  before(async () => {
    host = await MountedHost.start();
  });
  after(() => host.close());

  for (const kind of SERVERS) {
    describe(`in ${kind}`, () => {
      let url: string;
      before(async () => {
        url = await host.serve(kind, { prefix: '/admin/sync/' });
      });
      afterEach(async () => {
        for (const { organization, name } of await host.service.syncers.list()) {
          await host.service.syncers.delete(`${organization}/${name}`);
        }
      });

      it('bring the page with its files below the prefix', async () => {
        for (const path of ['', '/', '/syncers/acme/wecom?x=1']) {
          const { httpStatus, text, headers } = await as(url, undefined).get(path, HTML);
          expect(httpStatus, path).to.equal(200);
          expect(text).to.include('name="prefix" content="/admin/sync"').and.include('content="elsewhere"');
          expect(headers.get('content-security-policy')).to.include("script-src 'self'").and.include('nonce-');
          for (const [, file] of text.matchAll(/(?:src|href)="([^"]+)"/g)) {
            expect((await fetch(url + file)).status, file).to.equal(200);
          }
        }
      });

      it('test, add, enable and run a syncer', async () => {
        const root = as(url, GLOBAL);
        const report = await root.post('/api/test-syncer-db', host.syncer(kind));
        expect(report.data, report.text).to.include({ ok: true, departments: 3 });
        const { userid } = report.data.sample;
        const tried = await root.post('/api/try-mapping', { syncer: host.syncer(kind), userid });
        expect(tried.data.member, tried.text).to.include({ userid });
        expect((await root.post('/api/add-syncer', host.syncer(kind))).data).to.equal('Affected');
        const enabled = await root.post(`/api/update-syncer?id=${kind}/wecom`, { name: 'wecom', isEnabled: true });
        expect(enabled.data, enabled.msg).to.equal('Affected');
        const run = await root.post(`/api/run-syncer?id=${kind}/wecom&wait=true`);
        expect(run.data, run.text).to.include({ state: 'succeeded', syncer: `${kind}/wecom` });
        const { data: changes } = await root.get(`/api/get-sync-changes?id=${run.data.id}&p=1&pageSize=5`);
        expect(changes[0].displayName).to.be.a('string').and.not.equal('');
        expect((await root.get('/api/get-syncers?owner=admin')).data[0]).to.include({
          isEnabled: true,
          password: '***',
        });
      });

      it('show and do for an administrator of one organization what is his alone', async () => {
        await host.service.syncers.add(host.syncer('acme'));
        await host.service.syncers.add(host.syncer('other'));
        const chief = as(url, CHIEF);
        expect(
          (await chief.get('/api/get-syncers')).data.map(({ organization }: { organization: string }) => organization),
        ).to.deep.equal(['acme']);
        expect(
          (await chief.get('/api/get-organizations')).data.map(({ name }: { name: string }) => name),
        ).to.deep.equal(['acme']);
        expect((await chief.post('/api/run-syncer?id=acme/wecom&dryRun=true&wait=true')).status).to.equal('ok');
        for (const answer of [
          await chief.get('/api/get-syncer?id=other/wecom'),
          await chief.post('/api/run-syncer?id=other/wecom'),
          await chief.post('/api/delete-syncer', { owner: 'other', name: 'wecom' }),
          await chief.post('/api/add-syncer', host.syncer('other', 'mine')),
        ]) {
          expect(answer.json).to.include(DENIED);
        }
        expect((await as(url, GLOBAL).get('/api/get-syncers')).data).to.have.length(2);
      });

      it('say who asks, and that nobody does', async () => {
        const { data, data2 } = await as(url, CHIEF).get('/api/get-account');
        expect(data).to.include({ owner: 'acme', name: 'chief', isAdmin: true });
        expect(data2).to.include({ name: 'acme', displayName: 'ACME' });
        expect((await as(url, GLOBAL).get('/api/get-account')).data).to.include({ owner: 'built-in', name: 'root' });
        const nobody = as(url, undefined);
        expect((await nobody.get('/api/get-account')).json).to.include({ status: 'error', msg: 'Please login first' });
        expect((await nobody.get('/api/get-syncers')).json).to.include(DENIED);
        expect((await nobody.post('/api/add-syncer', host.syncer('acme'))).json).to.include(DENIED);
      });

      it('refuse what a page of another site makes a browser send, whoever is signed in', async () => {
        await host.service.syncers.add(host.syncer('acme'));
        for (const headers of [
          { origin: 'https://evil.example' },
          { 'sec-fetch-site': 'cross-site' },
          { 'sec-fetch-site': 'same-site' },
          { origin: 'null' },
        ] as Record<string, string>[]) {
          for (const [path, body] of [
            ['/api/run-syncer?id=acme/wecom', undefined],
            ['/api/delete-syncer', { owner: 'acme', name: 'wecom' }],
          ] as const) {
            expect((await as(url, GLOBAL).post(path, body, headers)).msg).to.include('another site');
          }
        }
        expect(
          (await as(url, GLOBAL).post('/api/run-syncer?id=acme/wecom&wait=true', undefined, { origin: url })).status,
        ).to.equal('ok');
      });

      it('take a changing GET from their own page, or from a program that no browser could be', async () => {
        await host.service.syncers.add(host.syncer('acme'));
        const path = '/api/run-syncer?id=acme/wecom&dryRun=true';
        const cookie = `theme=dark; who=${written(GLOBAL)}`;
        const browser = as(url, undefined);
        expect((await browser.get(path, { cookie })).msg).to.include('own page');
        expect((await browser.get(path, { cookie, referer: `${url}/admin/sync/syncers` })).status).to.equal('ok');
        expect((await as(url, GLOBAL).get(path)).status).to.equal('ok');
        expect((await as(url, GLOBAL).get(path, { authorization: 'Basic eDp5' })).msg).to.include('own page');
      });

      it('read a body whatever it is called, and as large as a mapping may be', async () => {
        const root = as(url, GLOBAL);
        const body = { ...host.syncer('acme'), tableColumns: [], padding: 'x'.repeat(1024 * 1024) };
        for (const type of ['application/json', 'text/plain', 'application/octet-stream', 'non sense']) {
          // A parser of the host's own has limits of its own for texts.
          const sent = type === 'text/plain' && kind === 'express.json' ? host.syncer('acme') : body;
          const answer = await root.post('/api/test-syncer-db', JSON.stringify(sent), { 'content-type': type });
          expect(answer.data, `${type}: ${answer.text}`).to.include({ ok: true });
        }
        expect((await root.post('/api/add-syncer', '{"name": ', { 'content-type': 'x/y' })).msg).to.include(
          'not valid JSON',
        );
        expect((await root.post('/api/add-syncer')).msg).to.include('must be a JSON object');
        expect((await root.post('/api/add-syncer', `{"a":${'['.repeat(30)}${']'.repeat(30)}}`)).msg).to.include(
          'nested',
        );
      });

      it('answer a body that is too large, and read on', async () => {
        const body = JSON.stringify({ ...host.syncer('acme'), padding: 'x'.repeat(3 * 1024 * 1024) });
        const root = as(url, GLOBAL);
        const answer = await root.post('/api/add-syncer', body, { 'content-type': 'application/x-big' });
        expect(answer.json, answer.text).to.include({ status: 'error', msg: 'The request body is larger than 2 MB.' });
        expect((await root.get('/api/get-account')).status).to.equal('ok');
        // Without a length nobody knows before.
        const said = await new Promise<string>((resolve, reject) => {
          const headers = { 'x-who': written(GLOBAL), 'content-type': 'application/x-big' };
          const sending = httpRequest(`${url}/admin/sync/api/add-syncer`, { method: 'POST', headers }, (response) => {
            let text = '';
            response.on('data', (chunk) => (text += String(chunk))).on('end', () => resolve(text));
          }).on('error', reject);
          for (let n = 0; n < 6; n += 1) sending.write('x'.repeat(1024 * 1024));
          sending.end();
        });
        expect(said).to.include('larger than 2 MB');
      });

      it('do not read the body of a stranger', async () => {
        const headers = { 'content-type': 'application/x-big', 'content-length': String(1024 * 1024) };
        const sending = httpRequest(`${url}/admin/sync/api/add-syncer`, { method: 'POST', headers });
        sending.on('error', () => undefined).write('{');
        const [response] = await once(sending, 'response');
        expect(response.statusCode).to.equal(200);
        sending.destroy();
      });

      it('tell of a run until its end, and forget a reader who goes', async () => {
        await host.service.syncers.add(host.syncer('acme'));
        const root = as(url, GLOBAL);
        host.sandbox.faults.set({ latencyMs: 60_000 });
        const { data: run } = await root.post('/api/run-syncer?id=acme/wecom');
        const path = `${url}/admin/sync/api/sync-run-events?id=${run.id}`;
        const open = async () => {
          const leaving = new AbortController();
          const response = await fetch(path, { headers: { 'x-who': written(GLOBAL) }, signal: leaving.signal });
          const reader = response.body!.getReader();
          return { response, leaving, reader, first: new TextDecoder().decode((await reader.read()).value) };
        };
        const readers = [];
        for (let n = 0; n < 16; n += 1) readers.push(await open());
        expect(readers[0]!.response.headers.get('content-type')).to.match(/^text\/event-stream/);
        expect(readers[0]!.first).to.match(/^event: progress\ndata: \{.*"state":"(queued|running)"/);
        expect((await root.get(`/api/sync-run-events?id=${run.id}`)).msg).to.include('Too many event streams');
        for (const { leaving } of readers.slice(1)) leaving.abort();
        await until(async () => {
          const again = await open();
          again.leaving.abort();
          return again.response.headers.get('content-type')?.startsWith('text/event-stream') === true;
        });
        host.sandbox.faults.clear();
        await root.post(`/api/cancel-sync-run?id=${run.id}`);
        let rest = '';
        for (;;) {
          const { done, value } = await readers[0]!.reader.read();
          if (done) break;
          rest += new TextDecoder().decode(value);
        }
        expect(rest).to.match(/event: end\ndata: \{.*"state":"cancelled"/);
      });

      it('leave to the host what is the host’s', async () => {
        if (kind === 'node') {
          expect((await fetch(`${url}/`)).status).to.equal(404);
          return;
        }
        expect(await (await fetch(`${url}/`)).text()).to.equal('the host’s own page');
        for (const path of ['/admin', '/admin/syncx', '/api/get-account', '/admin/syncers']) {
          const response = await fetch(url + path, { headers: { 'x-who': written(GLOBAL) } });
          expect(response.status, path).to.equal(404);
          expect(await response.text(), path).to.not.include('There is no such call');
        }
      });

      it('answer what is none of their calls: sign-in and accounts are not theirs', async () => {
        const root = as(url, GLOBAL);
        for (const path of ['/api/login', '/api/add-user', '/api/add-organization', '/api/set-password', '/api/none']) {
          const answer = await root.post(path, {});
          // Clients of calls read HTTP 200 alone.
          expect(answer.httpStatus, path).to.equal(200);
          expect(answer.json, path).to.include({ status: 'error', msg: 'There is no such call.' });
        }
        expect((await root.get('/api/get-users?owner=acme')).msg).to.equal('There is no such call.');
        const head = await fetch(`${url}/admin/sync/api/run-syncer?id=acme/wecom`, {
          method: 'HEAD',
          headers: { 'x-who': written(GLOBAL) },
        });
        expect(head.status).to.equal(404);
      });

      it('are calls alone where no page is wanted', async () => {
        const bare = await host.serve(kind, { page: false });
        expect((await as(bare, GLOBAL).get('/api/get-account')).status).to.equal('ok');
        for (const path of ['', '/', '/syncers', '/logo.svg']) {
          expect((await as(bare, GLOBAL).get(path, HTML)).httpStatus, path).to.equal(404);
        }
      });

      it('live at the root of a server that has nothing else', async () => {
        const root = await host.serve(kind, { prefix: '/' });
        expect((await as(root, GLOBAL, '').get('/api/get-account')).status).to.equal('ok');
        if (kind === 'node') expect((await as(root, GLOBAL, '').get('/', HTML)).text).to.include('content=""');
      });

      it('know the origin in the browser where a proxy rewrites the host', async () => {
        const behind = await host.serve(kind, { publicUrl: 'https://sso.example' });
        const call = (origin: string) =>
          as(behind, GLOBAL).post('/api/test-syncer-db', host.syncer('acme'), { origin });
        expect((await call('https://sso.example')).status).to.equal('ok');
        expect((await call('https://sso.example.evil')).msg).to.include('another site');
      });

      it('write down who did what', async () => {
        await as(url, CHIEF).post('/api/add-syncer', host.syncer('acme', `noted-${kind}`));
        const row = await host.database.read(({ manager }) =>
          manager.findOneByOrFail(AuditRow, { target: `acme/noted-${kind}` }),
        );
        expect(row).to.include({ actor: 'acme/chief', action: 'add-syncer', organization: 'acme' });
        expect(row.clientIp).to.match(/127\.0\.0\.1$/);
      });

      it('say in their documents where they are, and name no call that is not theirs', async () => {
        const { json } = await as(url, undefined).get('/api/openapi.json');
        expect(json.servers).to.deep.equal([{ url: '/admin/sync' }]);
        expect(Object.keys(json.paths)).to.include('/api/run-syncer').and.not.include('/api/login');
      });
    });
  }

  describe('ask the host who somebody is', () => {
    const answers: readonly (readonly [string, () => unknown])[] = [
      ['nothing', () => undefined],
      ['null', () => null],
      ['true', () => true],
      ['a text', () => 'global'],
      ['another kind', () => ({ kind: 'user', name: 'eve' })],
      ['no name', () => ({ kind: 'global' })],
      ['an empty name', () => ({ kind: 'global', name: ' ' })],
      ['no organization', () => ({ kind: 'organization', name: 'eve' })],
      ['a list', () => ({ kind: 'organization', organization: ['acme'], name: 'eve' })],
      [
        'the administrators’ organization, of which whoever is in it is global',
        () => ({ kind: 'organization', organization: 'built-in', name: 'eve' }),
      ],
      [
        'an error',
        () => {
          throw new Error('the session store is away');
        },
      ],
      ['a promise that is rejected', () => Promise.reject(new Error('the session store is away'))],
    ];
    for (const [what, answer] of answers) {
      it(`and take ${what} for nobody`, async () => {
        const mounted = { authenticate: answer as RequestHandlerOptions['authenticate'] };
        for (const kind of ['fastify', 'node'] as const) {
          const client = as(await host.serve(kind, mounted), undefined);
          expect((await client.get('/api/get-account')).msg, kind).to.equal('Please login first');
          expect((await client.get('/api/get-syncers')).json, kind).to.include(DENIED);
          expect((await client.get('/api/get-organizations')).json, kind).to.include(DENIED);
        }
      });
    }

    it('and log that it could not be told, without what the error says', async () => {
      const failing = { authenticate: () => Promise.reject(new Error('sEcReT')) };
      await as(await host.serve('node', failing), undefined).get('/api/get-account');
      expect(host.log.join('\n')).to.include('counts as nobody').and.not.include('sEcReT');
    });

    it('with the request of the framework, after whatever the host does to it', async () => {
      const app = fastify();
      app.decorateRequest('person', '');
      app.addHook('preHandler', async (request) => void Object.assign(request, { person: 'root' }));
      await app.register(
        async (part) => {
          await part.register(syncerPlugin, {
            prefix: 'sync'.replace(/^/, '/'),
            service: host.service,
            authenticate: (request) => ({ kind: 'global', name: (request as unknown as { person: string }).person }),
          });
        },
        { prefix: '/part' },
      );
      const answer = await app.inject({ url: '/part/sync/api/get-account' });
      expect(answer.json().data).to.include({ name: 'root' });
      expect((await app.inject({ url: '/part/sync', headers: HTML })).body).to.include('content="/part/sync"');
      await app.close();

      const server = express();
      server.use((request, _response, next) => next(void Object.assign(request, { person: 'root' })));
      const mounted = { prefix: '/sync', service: host.service };
      server.use(
        createRequestHandler({
          ...mounted,
          authenticate: (request) => ({ kind: 'global', name: (request as unknown as { person: string }).person }),
        }),
      );
      const url = await host.listen(createServer(server));
      expect((await as(url, undefined, '/sync').get('/api/get-account')).data).to.include({ name: 'root' });
    });
  });

  it('let a Fastify close while somebody follows a run', async () => {
    const app = fastify();
    const mounted = { prefix: '/sync', service: host.service, authenticate: () => GLOBAL };
    await app.register(syncerPlugin, mounted);
    const url = await app.listen({ host: '127.0.0.1', port: 0 });
    await host.service.syncers.add(host.syncer('acme', 'slow'));
    host.sandbox.faults.set({ latencyMs: 60_000 });
    const { run, ended } = await host.service.runs.begin('acme/slow');
    const response = await fetch(`${url}/sync/api/sync-run-events?id=${run.id}`);
    const reader = response.body!.getReader();
    await reader.read();
    await app.close();
    expect(await rejection(reader.read())).to.be.an('error');
    host.sandbox.faults.clear();
    await host.service.runs.cancel(run.id);
    await ended;
  });

  it('leave the parsers of a Fastify to it', async () => {
    const url = await host.serve('fastify');
    const response = await fetch(`${url}/echo`, {
      method: 'POST',
      body: '{"a":1}',
      headers: { 'content-type': 'application/json' },
    });
    expect(await response.json()).to.deep.equal({ a: 1 });
  });

  it('say so when something took the body away', async () => {
    const handler = createRequestHandler({ prefix: '/', service: host.service, authenticate: () => GLOBAL });
    const server = createServer((request, response) => request.resume().on('end', () => handler(request, response)));
    const answer = await as(await host.listen(server), undefined, '').post('/api/add-syncer', host.syncer('acme'));
    expect(answer.msg).to.include('read the body of this request before');
  });

  it('refuse options that are none, by name', async () => {
    const right = { prefix: '/sync', service: host.service, authenticate: () => undefined };
    const wrong: readonly (readonly [string, object])[] = [
      ['prefix', { prefix: undefined }],
      ['prefix', { prefix: 'sync' }],
      ['prefix', { prefix: '/a/../b' }],
      ['prefix', { prefix: '/:id' }],
      ['prefix', { prefix: '/a b' }],
      ['service', { service: {} }],
      ['authenticate', { authenticate: undefined }],
      ['publicUrl', { publicUrl: 'sso.example' }],
      ['publicUrl', { publicUrl: 'https://sso.example/path' }],
    ];
    for (const [option, value] of wrong) {
      const options = { ...right, ...value } as RequestHandlerOptions;
      expect(() => createRequestHandler(options), option).to.throw(`"${option}" must be`);
      const app = fastify();
      const error = (await rejection(
        Promise.resolve(app.register(syncerPlugin, { ...options, authenticate: right.authenticate, ...value })),
      )) as Error;
      expect(error.message).to.include(`"${option}" must be`);
      await app.close();
    }
  });
});

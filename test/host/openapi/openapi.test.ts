import { validate } from '@readme/openapi-parser';
import { expect } from 'chai';
import { Contract } from '../contract.ts';
import { ADMIN_PASSWORD, TestHost, type Client } from '../test-host.ts';

/** As documents write a path with parts that the caller fills in. */
const written = (path: string): string => path.replaceAll(/:(\w+)/g, '{$1}');

describe('the OpenAPI document', () => {
  let test: TestHost;
  let admin: Client;
  let contract: Contract;

  before(async () => {
    test = await TestHost.start({ members: 12, departments: 3 });
    await test.addOrganization('acme');
    admin = await test.signedIn();
    contract = await Contract.of(test);
  });
  after(() => test.close());

  it('is valid OpenAPI 3.1', async () => {
    // The parser resolves references in place, so it gets a copy.
    const result = await validate(structuredClone(contract.document) as unknown as Parameters<typeof validate>[0]);
    expect(result, JSON.stringify(result)).to.include({ valid: true });
  });

  it('names every call of the host, and no other', () => {
    const documented = Object.entries(contract.document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(documented).to.have.members(test.host.routes.map(({ method, path }) => `${method} ${written(path)}`));
    const ids = Object.values(contract.document.paths).flatMap((methods) =>
      Object.values(methods).map(({ operationId }) => operationId),
    );
    expect(new Set(ids).size).to.equal(ids.length);
    for (const id of ids) expect(id).to.match(/^[a-z][A-Za-z]+$/);
    expect(ids).to.include.members(['getUserCount', 'runSyncer', 'runSyncerAndWait', 'updateUser', 'login', 'isReady']);
  });

  it('says of each parameter whether it is needed, and what it may be', () => {
    const parameter = (path: string, name: string) =>
      contract.document.paths[path]?.post?.parameters.find((one) => one.name === name) ??
      contract.document.paths[path]?.get?.parameters.find((one) => one.name === name);
    expect(parameter('/api/get-syncer', 'id')).to.include({ required: true });
    expect(parameter('/api/get-syncer', 'organization')).to.not.have.property('required');
    expect(parameter('/api/run-syncer', 'dryRun')?.schema).to.deep.equal({ type: 'boolean' });
    expect(parameter('/api/get-sync-changes', 'kind')?.schema['enum']).to.include('conflict');
    expect(parameter('/api/wecom-callback/{organization}/{name}', 'name')).to.include({ in: 'path', required: true });
  });

  it('is true about what is needed: without it each call is refused', async () => {
    const calls = Object.entries(contract.document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
    );
    const refused: string[] = [];
    for (const { path, method, operation } of calls) {
      const needed = operation.parameters.filter(({ required, in: where }) => required && where === 'query');
      if (needed.length === 0 || path.startsWith('/api/update-')) continue;
      const answer = method === 'get' ? await admin.get(path) : await admin.post(path, {});
      expect(answer.status, `${method} ${path}: ${answer.text}`).to.equal('error');
      refused.push(path);
    }
    expect(refused).to.include.members(['/api/get-group', '/api/run-syncer', '/api/sync-run-events']);
  });

  it('puts each call into one family, and says what else than HTTP 200 comes', () => {
    const operations = Object.values(contract.document.paths).flatMap((methods) => Object.values(methods));
    const used = new Set(operations.flatMap(({ tags }) => tags));
    expect([...used]).to.have.members(contract.document.tags.map(({ name }) => name));
    for (const { operationId, tags, responses } of operations) {
      expect(tags, operationId).to.have.length(1);
      expect(responses, operationId).to.include.keys('500');
    }
    const familyOf = (path: string): unknown => Object.values(contract.document.paths[path] ?? {})[0]?.tags[0];
    for (const [path, family] of [
      ['/api/run-syncer', 'Runs'],
      ['/api/sync-member', 'Runs'],
      ['/api/update-syncer', 'Syncers'],
      ['/api/remove-user-from-group', 'Accounts'],
      ['/api/get-groups', 'Groups'],
      ['/api/get-organization-names', 'Organizations'],
      ['/api/delete-session', 'Sign-in'],
      ['/api/get-dashboard', 'Casdoor page'],
      ['/me/{organization}/{name}/callback', 'Members'],
    ] as const) {
      expect(familyOf(path), path).to.equal(family);
    }
    expect(contract.document.paths['/readyz']?.get?.responses).to.have.all.keys('200', '500', '503');
    expect(contract.document.paths['/api/login/oauth/access_token']?.post?.responses).to.have.all.keys('400', '500');
  });

  it('tells whoever reads it nothing that only administrators may know', () => {
    const text = JSON.stringify(contract.document);
    for (const secret of [test.sandbox.corpId, test.folder, test.sandbox.url]) expect(text).to.not.include(secret);
  });

  it('tells a true answer from one that is not', () => {
    const envelope = { status: 'ok', msg: '', sub: '', name: '', data: null, data2: null, data3: null };
    contract.check('GET', '/api/get-form', envelope);
    const { data3: _, ...incomplete } = envelope;
    for (const wrong of [incomplete, { ...envelope, data: 1 }, { ...envelope, more: 1 }, { ...envelope, status: '' }]) {
      expect(() => contract.check('GET', '/api/get-form', wrong)).to.throw('GET /api/get-form');
    }
    expect(() => contract.check('GET', '/api/get-sync-run', { ...envelope, data: { id: 'x' } })).to.throw('required');
  });

  it('says of each answer what it is like', async () => {
    const checked = new Set<string>();
    const call = async (method: 'GET' | 'POST', path: string, body?: unknown, expected = 'ok', client = admin) => {
      const answer = method === 'GET' ? await client.get(path) : await client.post(path, body);
      expect(answer.status, `${path}: ${answer.text}`).to.equal(expected);
      checked.add(contract.check(method, path, answer.json));
      return answer;
    };
    await call('POST', '/api/add-organization', { name: 'beta' });
    await call('POST', '/api/update-organization?id=admin/beta', { displayName: 'Beta' });
    await call('POST', '/api/delete-organization', { name: 'beta' });
    await call('POST', '/api/delete-organization', { name: 'acme' }, 'error');
    await call('GET', '/api/get-organizations?owner=admin&p=1&pageSize=2');
    await call('GET', '/api/get-organization-names');
    await call('GET', '/api/get-organization?id=admin/acme');
    await call('GET', '/api/get-organization?id=admin/none');
    await call('GET', '/api/get-account');
    await call('GET', '/api/get-account', undefined, 'error', test.anonymous());
    await call('GET', '/api/get-syncer-types');
    await call('POST', '/api/add-syncer', {
      ...test.syncer('acme'),
      contactsSecret: test.sandbox.contactsSecret,
      agentId: String(test.sandbox.agentId),
      tableColumns: [{ name: 'name', casdoorName: 'DisplayName', type: 'string' }],
      scope: { excludeUsers: ['nobody'] },
    });
    await call('POST', '/api/test-syncer-db', { ...test.syncer('acme'), password: '***' });
    await call('POST', '/api/test-syncer-db', { ...test.syncer('acme'), password: 'wrong' }, 'error');
    await call('POST', '/api/run-syncer?id=acme/wecom&dryRun=true&wait=true');
    const { data: run } = await call('GET', '/api/run-syncer?id=acme/wecom');
    const [userid] = test.sandbox.company.visibleMembers().map((member) => member.userid);
    await call('POST', '/api/try-mapping', { syncer: { organization: 'acme', name: 'wecom' }, userid });
    await call('POST', '/api/try-mapping', { syncer: { organization: 'acme', name: 'wecom' }, userid: '' }, 'error');
    test.sandbox.company.disable([userid!]);
    const { data: report } = await call('POST', `/api/sync-member?id=acme/wecom&userid=${userid}`);
    expect(report.change).to.include({ kind: 'forbid' });
    test.sandbox.company.leave(9);
    const { data: held } = await call('GET', '/api/run-syncer?id=acme/wecom', undefined, 'error');
    expect(held.state).to.equal('held');
    await call('GET', '/api/get-syncers?owner=admin&organization=acme&p=1&pageSize=10');
    await call('GET', '/api/get-syncer?id=acme/wecom');
    await call('GET', '/api/get-sync-runs?id=acme/wecom');
    await call('GET', '/api/get-next-runs?id=acme/wecom');
    await call('GET', '/api/get-directory-departments?id=acme/wecom');
    await call('GET', '/api/get-directory-tags?id=acme/wecom');
    await call('POST', '/api/get-directory-departments', test.syncer('acme'));
    await call('POST', '/api/get-directory-tags', { ...test.syncer('acme'), password: 'wrong' }, 'error');
    await call('GET', `/api/get-sync-run?id=${run.id}`);
    await call('GET', `/api/get-sync-changes?id=${run.id}&p=1&pageSize=500`);
    await call('GET', `/api/get-sync-changes?id=${held.id}`);
    await call('POST', `/api/cancel-sync-run?id=${run.id}`);
    await call('POST', `/api/reject-sync-run?id=${held.id}`);
    const { data: again } = await call('POST', '/api/run-syncer?id=acme/wecom&wait=true');
    await call('POST', `/api/approve-sync-run?id=${again.id}`, undefined, again.state === 'held' ? 'ok' : 'error');
    const { data: preview } = await call('POST', '/api/run-syncer?id=acme/wecom&dryRun=true&wait=true');
    await call('POST', `/api/apply-sync-run?id=${preview.id}`, { comment: 'seen' });
    await call('POST', `/api/undo-sync-run?id=${run.id}&dryRun=true`);
    await call('POST', `/api/undo-sync-run?id=${preview.id}`, { changes: [1] }, 'error');
    test.sandbox.faults.set({ untrustedIp: '203.0.113.9' });
    await call('POST', '/api/run-syncer?id=acme/wecom&wait=true', undefined, 'error');
    await call('POST', `/api/sync-member?id=acme/wecom&userid=${userid}`, undefined, 'error');
    test.sandbox.faults.clear();
    await call('POST', `/api/unlink-account?id=acme/${userid}`);
    const { data: asked } = await call('GET', '/api/get-sync-questions?id=acme/wecom&state=open');
    await call('POST', `/api/decide-sync-question?id=${asked[0].id}`, { decision: 'ignore' });
    await call('POST', `/api/reopen-sync-question?id=${asked[0].id}`);
    await call('POST', '/api/link-account?id=acme/wecom', { userid, user: `acme/${userid}` });
    await call('POST', '/api/link-account?id=acme/wecom', { userid, user: 'acme/chief' }, 'error');
    await call('POST', '/api/protect-user', { owner: 'acme', kind: 'userid', value: userid, reason: 'on leave' });
    await call('GET', '/api/get-sync-protections?owner=acme&p=1&pageSize=5');
    await call('GET', '/api/get-sync-leavers?id=acme/wecom');
    await call('GET', '/api/get-self-service?id=acme/wecom');
    await call('POST', '/api/protect-user', { owner: 'acme', kind: 'user', value: 'acme/chief', reason: 'x' });
    await call('POST', '/api/unprotect-user?id=acme/chief');
    await call('GET', '/api/export-config?owner=acme');
    await call('POST', '/api/apply-config?dryRun=true', { yaml: 'syncers: [{name: acme/wecom, graceDays: 3}]' });
    await call('POST', '/api/apply-config', { yaml: 'syncers: [{name: acme/wecom, graceDays: none}]' }, 'error');
    await call('POST', '/api/apply-config', { yaml: 'syncers: [{name: acme/wecom, graceDays: 0}]' });
    await call('POST', '/api/update-syncer?id=acme/wecom', { graceDays: 1 });
    await call('GET', '/api/get-sync-drift?owner=acme');
    await call('POST', '/api/update-syncer?id=acme/wecom', { graceDays: 0 });
    await call('GET', '/api/get-user-history?id=acme/chief');
    await call('GET', `/api/get-user-history?id=acme/${userid}&p=1&pageSize=5`);
    await call('GET', '/api/get-audit-log?owner=acme&action=protect-user&user=built-in/admin');
    await call('GET', '/api/get-audit-log?owner=acme&from=2020-01-01&to=2099-01-01T00:00:00Z&p=1&pageSize=5');
    await call('GET', '/api/get-audit-log?owner=acme&from=yesterday', undefined, 'error');
    await call('GET', '/api/get-sync-report?owner=acme');
    await call('GET', '/api/get-users?owner=acme');
    await call('GET', '/api/get-users?owner=acme&p=1&pageSize=5');
    await call('GET', '/api/get-global-users?p=1&pageSize=5');
    await call('GET', `/api/get-user?id=acme/${userid}`);
    await call('GET', '/api/get-user-count?owner=acme');
    await call('POST', '/api/add-user', { owner: 'acme', name: 'mei' });
    await call('POST', '/api/update-user?id=acme/mei&columns=title', { title: 'Lead' });
    await call('POST', '/api/set-password', { userOwner: 'acme', userName: 'mei', newPassword: 'long-enough' });
    await call('POST', '/api/delete-user', { owner: 'acme', name: 'mei' });
    await call('GET', '/api/get-groups?owner=acme');
    const { data: groups } = await call('GET', '/api/get-groups?owner=acme&p=1&pageSize=2');
    await call('GET', '/api/get-groups?owner=acme&withTree=true');
    await call('GET', `/api/get-group?id=acme/${groups[0].name}`);
    await call('POST', '/api/add-group', { owner: 'acme', name: 'handmade', properties: { a: '1' } });
    await call('POST', '/api/update-group?id=acme/handmade', { displayName: 'Handmade' });
    await call('POST', '/api/remove-user-from-group', { owner: 'acme', name: 'chief', groupName: 'handmade' });
    await call('POST', '/api/delete-group', { owner: 'acme', name: 'handmade' });
    await call('GET', '/api/get-groups');
    await call('GET', '/api/get-sorted-users?owner=acme&sorter=created_time&limit=3');
    await call('POST', '/api/check-user-password', { owner: 'acme', name: 'chief', password: ADMIN_PASSWORD });
    await call('POST', '/api/check-user-password', { owner: 'acme', name: 'chief', password: 'wrong' }, 'error');
    await call('GET', '/api/get-user');
    await call('GET', '/api/get-sessions');
    await call('GET', '/api/get-session?sessionPkId=built-in/admin/app-built-in');
    await call('GET', '/api/get-session?sessionPkId=acme/none/app-built-in');
    await call('POST', '/api/delete-session', { owner: 'acme', name: 'none' });
    for (const path of [
      'get-application?id=admin/app-built-in',
      'get-application?id=admin/other',
      'get-default-application?id=admin/acme',
      'get-user-application?id=acme/chief',
      'get-organization-applications?owner=admin&organization=acme',
      'get-applications?owner=admin&p=1&pageSize=10',
      'get-app-login?clientId=x&responseType=code',
      'get-captcha-status?organization=acme',
      'get-providers?owner=acme&p=1&pageSize=10',
      'get-global-providers',
      'get-roles?owner=acme',
      'get-permissions?owner=acme',
      'get-tokens?owner=acme',
      'get-webhooks?owner=acme',
      'get-invitations?owner=acme',
      'get-models?owner=acme&p=1&pageSize=10',
      'get-ldaps?owner=acme',
      'get-resources?owner=acme',
      'get-transactions?owner=acme',
      'get-dashboard?owner=All',
      'get-dashboard?owner=acme',
      'get-dashboard-providers',
      'get-dashboard-mfa?owner=acme',
      'get-dashboard-heatmap',
    ]) {
      await call('GET', `/api/${path}`);
    }
    await call('GET', '/api/get-certs?owner=acme');
    await call('GET', '/api/get-global-certs?p=1&pageSize=2');
    await call('GET', '/api/get-form?id=acme/syncers');
    await call('GET', '/api/get-sign-in');
    await call('POST', '/api/update-syncer?id=acme/wecom', { syncInterval: 10 });
    await call('POST', '/api/delete-syncer', { owner: 'acme', name: 'wecom' });
    for (const client of [admin, test.anonymous(), test.credential()])
      checked.add(contract.check('GET', '/api/userinfo', (await client.get('/api/userinfo')).json));
    for (const name of ['access_token', 'refresh_token', 'introspect']) {
      const path = `/api/login/oauth/${name}`;
      checked.add(contract.check('GET', path, (await admin.get(path)).json));
      checked.add(contract.check('POST', path, (await admin.post(path, {})).json));
    }
    checked.add(contract.check('GET', '/api/openapi.json', (await admin.get('/api/openapi.json')).json));
    await call('GET', '/api/logout');
    await call('POST', '/api/logout');
    const signIn = { organization: 'acme', username: 'chief', password: 'wrong' };
    await call('POST', '/api/login', signIn, 'error', test.anonymous());
    const wanted = test.host.routes.filter(({ answers }) =>
      'contentType' in answers ? answers.contentType === 'application/json' : !answers.isPage,
    );
    expect([...checked]).to.have.members(wanted.map(({ method, path }) => `${method} ${path}`));
  });

  it('has a page beside it that names every call, and needs no script', async () => {
    const page = await test.anonymous().get('/api/docs');
    expect(page.headers.get('content-type')).to.equal('text/html; charset=utf-8');
    for (const { path, summary } of test.host.routes) {
      expect(page.text)
        .to.include(written(path))
        .and.include(summary.replaceAll('"', '&quot;').replaceAll("'", '&#39;'));
    }
    expect(page.text).to.not.match(/<script|style=|javascript:| on\w+=/i);
    const links = [...page.text.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id);
    expect(links.filter((id) => !page.text.includes(`id="${id}"`))).to.deep.equal([]);
    const style = await test.anonymous().get('/api/docs.css');
    expect(style.headers.get('content-type')).to.equal('text/css; charset=utf-8');
    expect(style.text).to.include('table');
  });
});

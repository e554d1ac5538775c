import { expect } from 'chai';
import { StreamSlots } from '../../../src/host/runs/stream-slots.ts';
import { UserRow } from '../../../src/storage/entities/index.ts';
import { ADMIN_PASSWORD, TestHost, type Client } from '../test-host.ts';

describe('the stream of a run', () => {
  let test: TestHost;
  let admin: Client;
  let path: string;

  before(async () => {
    test = await TestHost.start({ members: 5, departments: 2 });
    await test.addOrganization('acme');
    admin = test.credential();
    await admin.post('/api/add-syncer', test.syncer('acme'));
    // The run goes on for as long as these tests take.
    test.sandbox.faults.set({ latencyMs: 60_000 });
    path = `/api/sync-run-events?id=${(await admin.post('/api/run-syncer?id=acme/wecom')).data.id}`;
  });
  after(() => test.close());

  /** Opens a stream, waits for its first event, and answers what tells when it has ended. */
  const follow = async (client: Client) => {
    const abort = new AbortController();
    const response = await fetch(test.host.url + path, { headers: { cookie: client.cookie }, signal: abort.signal });
    expect(response.headers.get('content-type')).to.match(/^text\/event-stream/);
    const reader = response.body!.getReader();
    await reader.read();
    const ended = (async () => {
      while (!(await reader.read()).done);
    })();
    return { ended, close: () => abort.abort() };
  };

  const losses: readonly (readonly [string, (chief: Client) => Promise<unknown>])[] = [
    ['signs out', (chief) => chief.post('/api/logout')],
    ['is forbidden', () => admin.post('/api/update-user?id=acme/boss&columns=isForbidden', { isForbidden: true })],
    [
      'is no longer an administrator',
      () => admin.post('/api/update-user?id=acme/boss&columns=isAdmin', { isAdmin: false }),
    ],
    ['is deleted', () => admin.post('/api/delete-user', { owner: 'acme', name: 'boss' })],
    [
      'is locked out by another program',
      () =>
        test.host.database.transaction(({ manager }) =>
          manager.update(UserRow, { owner: 'acme', name: 'boss' }, { isForbidden: true }),
        ),
    ],
  ];
  for (const [what, lose] of losses) {
    it(`ends for whoever ${what}`, async () => {
      await admin.post('/api/delete-user', { owner: 'acme', name: 'boss' });
      await admin.post('/api/add-user', { owner: 'acme', name: 'boss', isAdmin: true, password: ADMIN_PASSWORD });
      const chief = await test.signedIn('acme', 'boss', ADMIN_PASSWORD);
      const { ended } = await follow(chief);
      await lose(chief);
      await ended;
    });
  }

  it('is refused to whoever has many open, and to nobody else; a closed one makes room', async () => {
    const chief = await test.signedIn('acme', 'chief', ADMIN_PASSWORD);
    const open = await Promise.all(Array.from({ length: 16 }, () => follow(chief)));
    expect((await chief.get(path)).msg).to.match(/Too many event streams/);
    const other = await test.signedIn();
    (await follow(other)).close();
    for (const { ended, close } of open) {
      ended.catch(() => undefined);
      close();
    }
    let again: Awaited<ReturnType<typeof follow>> | undefined;
    while (!again) again = await follow(chief).catch(() => undefined);
    again.ended.catch(() => undefined);
    again.close();
  });

  it('is there for so many in all, whoever they are', () => {
    const slots = new StreamSlots();
    const back: (() => void)[] = [];
    for (let n = 0; n < 256; n += 1) {
      const organization = `org${Math.floor(n / 64)}`;
      back.push(slots.take({ kind: 'user', organization, name: `user${n}`, isAdmin: true, byCookie: true }));
    }
    const caller = { kind: 'user', organization: 'org0', name: 'one more', isAdmin: true, byCookie: true } as const;
    expect(() => slots.take(caller)).to.throw('64 at most');
    expect(() => slots.take({ ...caller, organization: 'org9' })).to.throw('256 at most');
    back[0]!();
    back[0]!();
    slots.take(caller);
    expect(() => slots.take(caller)).to.throw('64 at most');
  });
});

import { expect } from 'chai';
import { SyncerRow, UserRow } from '../../../src/storage/entities/index.ts';
import { DATABASE_KINDS } from '../../support/databases.ts';
import { TestHost, type Answer, type Client } from '../test-host.ts';

const DIFFERENT = /two different objects/;

/** Whatever names an object in a call names one, or nothing is changed. */
for (const kind of DATABASE_KINDS) {
  describe(`a call that names one object in several ways, on ${kind}`, () => {
    let test: TestHost;
    let admin: Client;

    before(async function () {
      const started = await TestHost.on(kind, { members: 6, departments: 2 });
      if (!started) return this.skip();
      test = started;
      await test.addOrganization('acme');
      await test.addOrganization('globex');
      admin = test.credential();
      for (const [organization, name] of [
        ['acme', 'wecom'],
        ['globex', 'wecom'],
        ['acme', 'only'],
      ] as const) {
        const answer = await admin.post('/api/add-syncer', test.syncer(organization, name));
        expect(answer.status, answer.text).to.equal('ok');
      }
      for (const [name, phone] of [
        ['ann', '13800138001'],
        ['bob', '13800138002'],
      ] as const) {
        const answer = await admin.post('/api/add-user', {
          owner: 'acme',
          name,
          email: `${name}@acme.example`,
          phone,
          title: 'Engineer',
          tag: 'staff',
        });
        expect(answer.status, answer.text).to.equal('ok');
      }
    });
    after(() => test?.close());

    const syncer = async (organization: string, name: string): Promise<Record<string, unknown>> =>
      (await admin.get(`/api/get-syncer?id=${organization}/${name}`)).data as Record<string, unknown>;
    const user = async (name: string): Promise<Record<string, unknown>> =>
      (await admin.get(`/api/get-user?id=acme/${name}`)).data as Record<string, unknown>;
    const rows = () =>
      test.host.database.read(async ({ manager }) => ({
        syncers: await manager.find(SyncerRow, { order: { id: 'ASC' } }),
        users: await manager.find(UserRow, { order: { owner: 'ASC', name: 'ASC' } }),
      }));
    const changesNothing = async (call: () => Promise<Answer>): Promise<Answer> => {
      const before = await rows();
      const answer = await call();
      expect(await rows(), answer.text).to.deep.equal(before);
      return answer;
    };

    describe('of a syncer', () => {
      it('overwrites no namesake in the organization that the body would move it to', async () => {
        const acmes = await syncer('acme', 'wecom');
        for (const id of ['admin/wecom', 'acme/wecom']) {
          for (const body of [
            { ...acmes, organization: 'globex', isEnabled: false, agentId: '7' },
            { ...test.syncer('globex'), agentId: '7', ...(id === 'acme/wecom' ? { owner: 'acme' } : {}) },
          ]) {
            const answer = await changesNothing(() => admin.post(`/api/update-syncer?id=${id}`, body));
            expect(answer.status, answer.text).to.equal('error');
          }
        }
      });

      it('saves each of two namesakes as the page does, which knows both as admin’s', async () => {
        for (const organization of ['acme', 'globex']) {
          const { data } = await admin.get(`/api/get-syncer?id=admin/wecom&organization=${organization}`);
          const answer = await admin.post('/api/update-syncer?id=admin/wecom', {
            ...data,
            cert: `of ${organization}`,
          });
          expect(answer.data, answer.text).to.equal('Affected');
        }
        expect((await syncer('acme', 'wecom'))['cert']).to.equal('of acme');
        expect((await syncer('globex', 'wecom'))['cert']).to.equal('of globex');
      });

      it('moves one where the organization has none of that name', async () => {
        await admin.post('/api/add-syncer', test.syncer('acme', 'mover'));
        const { data } = await admin.get('/api/get-syncer?id=acme/mover');
        expect(
          (await admin.post('/api/update-syncer?id=acme/mover', { ...data, organization: 'globex' })).data,
        ).to.equal('Affected');
        expect((await syncer('globex', 'mover'))['organization']).to.equal('globex');
      });

      const refused: readonly (readonly [string, string, Record<string, unknown>])[] = [
        ['another’s id', 'update-syncer?id=acme/wecom', { id: 'of-nobody', isEnabled: false }],
        ['an owner that is neither', 'update-syncer?id=acme/wecom', { owner: 'globex', agentId: '1' }],
        ['two ids in the query', 'update-syncer?id=acme/wecom&id=globex/wecom', { agentId: '1' }],
        ['an organization beside the id', 'update-syncer?id=acme/wecom&organization=globex', { agentId: '1' }],
        ['two organizations', 'delete-syncer', { owner: 'globex', name: 'only', organization: 'acme' }],
        [
          'another name in the query',
          'delete-syncer?id=acme/wecom',
          { owner: 'acme', name: 'only', organization: 'acme' },
        ],
        [
          'another organization in the query',
          'delete-syncer?id=globex/only',
          { owner: 'admin', name: 'only', organization: 'acme' },
        ],
        ['another’s id in the body', 'delete-syncer', { id: 'x', owner: 'admin', name: 'only', organization: 'acme' }],
        ['two organizations', 'add-syncer', { owner: 'globex', name: 'new', organization: 'acme' }],
        ['another name in the query', 'add-syncer?id=acme/other', { owner: 'acme', name: 'new' }],
        ['another organization in the query', 'run-syncer?id=acme/wecom&organization=globex&wait=true', {}],
        ['another organization in the body', 'run-syncer?id=acme/wecom&wait=true', { organization: 'globex' }],
        ['another syncer in the body', 'run-syncer?id=acme/wecom&wait=true', { owner: 'acme', name: 'only' }],
        ['another organization', 'sync-member?id=acme/wecom&userid=x&organization=globex', {}],
        ['another member in the body', 'sync-member?id=acme/wecom&userid=x', { userid: 'y' }],
        [
          'two organizations',
          'test-syncer-db',
          { owner: 'globex', name: 'wecom', organization: 'acme', type: 'WeCom' },
        ],
      ];
      for (const [what, call, body] of refused) {
        it(`is refused with ${what}: ${call} ${JSON.stringify(body)}`, async () => {
          const answer = await changesNothing(() => admin.post(`/api/${call}`, body));
          expect(answer.msg, answer.text).to.match(DIFFERENT);
          expect((await admin.get('/api/get-sync-runs?id=acme/wecom')).data2).to.equal(0);
        });
      }

      it('reads none of two', async () => {
        for (const call of [
          'get-syncer?id=acme/wecom&organization=globex',
          'get-syncers?owner=acme&organization=globex',
          'get-sync-runs?id=acme/wecom&organization=globex',
        ]) {
          expect((await admin.get(`/api/${call}`)).msg, call).to.match(DIFFERENT);
        }
      });

      it('is deleted where owner, name and organization fit, and otherwise stays', async () => {
        for (const body of [
          { owner: 'admin', name: 'only', organization: '' },
          { owner: 'acme', name: 'only', organization: '' },
          { owner: 'admin', name: 'only' },
          { owner: 'admin', name: 'only', organization: 'globex' },
          { owner: 'globex', name: 'only' },
        ]) {
          const answer = await changesNothing(() => admin.post('/api/delete-syncer', body));
          expect(answer.json, JSON.stringify(body)).to.include({ status: 'ok', data: 'Unaffected' });
        }
        await admin.post('/api/add-syncer', test.syncer('acme', 'short'));
        expect((await admin.post('/api/delete-syncer', { owner: 'acme', name: 'short' })).data).to.equal('Affected');
      });

      it('never lends the stored secret of another one to a test', async () => {
        const acmes = await syncer('acme', 'wecom');
        for (const body of [
          { ...acmes, owner: 'admin', organization: 'globex' },
          { ...acmes, owner: 'admin', name: 'only' },
          { ...test.syncer(''), password: '***' },
        ]) {
          const answer = await admin.post('/api/test-syncer-db', body);
          expect(answer.status, JSON.stringify(body)).to.equal('error');
        }
        expect((await admin.post('/api/test-syncer-db', acmes)).status).to.equal('ok');
      });
    });

    describe('of an account', () => {
      it('changes the one with that userId, whatever the body calls it, or nobody', async () => {
        const [ann, bob] = [await user('ann'), await user('bob')];
        const other = await changesNothing(() =>
          admin.post(`/api/update-user?owner=acme&userId=${String(ann['id'])}`, { ...bob, title: 'Boss' }),
        );
        expect(other.msg).to.equal('The ID is immutable.');
        const nobody = await changesNothing(() =>
          admin.post('/api/update-user?owner=acme&userId=of-nobody', { ...bob, title: 'Boss' }),
        );
        expect(nobody.msg).to.equal("The user: acme/of-nobody doesn't exist");
        const { id: _, ...nameless } = bob;
        await changesNothing(() =>
          admin.post(`/api/update-user?owner=acme&userId=${String(ann['id'])}`, { ...nameless, title: 'Boss' }),
        );
        const right = await admin.post(`/api/update-user?owner=acme&userId=${String(ann['id'])}`, {
          ...ann,
          title: 'Lead',
        });
        expect(right.data, right.text).to.equal('Affected');
        expect(await user('ann')).to.include({ title: 'Lead', email: 'ann@acme.example' });
        expect(await user('bob')).to.include({ title: 'Engineer' });
      });

      it('is refused with an id that is empty, null or another’s, and loses nothing', async () => {
        const bare = {
          owner: 'acme',
          name: 'ann',
          displayName: 'Ann',
          email: '',
          phone: '',
          title: '',
          tag: '',
          type: '',
        };
        for (const id of ['', null, 'another', 7]) {
          const answer = await changesNothing(() =>
            admin.post('/api/update-user?id=acme/ann', { ...bare, id, groups: null, score: 0 }),
          );
          expect(answer.msg).to.equal('The ID is immutable.');
        }
        for (const [id, tag] of [
          [null, 'staff'],
          ['', 'lead'],
        ]) {
          const named = await admin.post('/api/update-user?id=acme/ann&columns=tag', { ...bare, id, tag });
          expect(named.data, named.text).to.equal('Affected');
        }
        expect(await user('ann')).to.include({ tag: 'lead', email: 'ann@acme.example' });
        for (const columns of ['', ',', ' , ,']) {
          const unnamed = await changesNothing(() =>
            admin.post(`/api/update-user?id=acme/ann&columns=${columns}`, { ...bare, id: '' }),
          );
          expect(unnamed.msg, columns).to.equal('The ID is immutable.');
        }
        const wrong = await changesNothing(() =>
          admin.post('/api/update-user?id=acme/ann&columns=tag', { ...bare, id: 'another', tag: 'x' }),
        );
        expect(wrong.msg).to.equal('The ID is immutable.');
      });

      it('is renamed by another name in the body, and found again under it', async () => {
        const ann = await user('ann');
        expect((await admin.post('/api/update-user?id=acme/ann', { ...ann, name: 'anna' })).data).to.equal('Affected');
        expect(await user('anna')).to.include({ id: ann['id'] });
        expect((await admin.post('/api/update-user?id=acme/ann', ann)).msg).to.equal(
          "The user: acme/ann doesn't exist",
        );
        expect((await admin.post('/api/update-user?id=acme/anna', ann)).data).to.equal('Affected');
      });

      const refused: readonly (readonly [string, Record<string, unknown>])[] = [
        ['update-user?id=acme/ann', { owner: 'globex', title: 'x' }],
        ['update-user?id=acme/ann&owner=globex', { title: 'x' }],
        ['update-user?id=acme/ann&id=acme/bob', { title: 'x' }],
        ['update-user?id=acme/ann&userId=of-nobody', { title: 'x' }],
        ['delete-user?id=acme/ann', { owner: 'acme', name: 'bob' }],
        ['delete-user?id=globex/bob', { owner: 'acme', name: 'bob' }],
        ['delete-user?owner=globex', { owner: 'acme', name: 'bob' }],
        ['delete-user', { owner: 'acme', name: 'bob', id: 'another' }],
        ['delete-user', { owner: 'acme', name: 'bob', id: 'acme/chief' }],
        ['delete-user', { owner: 'acme', name: 'bob', organization: 'globex' }],
        ['delete-user?organization=globex', { owner: 'acme', name: 'bob' }],
        ['delete-user?name=ann', { owner: 'acme', name: 'bob' }],
        ['update-user?id=acme/ann&name=bob', { title: 'x' }],
        ['update-user?id=acme/ann', { organization: 'globex', title: 'x' }],
        ['add-user', { owner: 'acme', name: 'carl', organization: 'globex' }],
        ['add-user?name=carla', { owner: 'acme', name: 'carl' }],
        [
          'set-password',
          { userOwner: 'acme', userName: 'ann', organization: 'globex', newPassword: 'staple-battery-horse' },
        ],
        ['set-password?name=bob', { userOwner: 'acme', userName: 'ann', newPassword: 'staple-battery-horse' }],
        ['delete-user?userId=another', { owner: 'acme', name: 'bob' }],
        ['unlink-account?id=acme/bob', { id: 'acme/chief' }],
        ['unlink-account?id=acme/bob', { id: 'globex/bob' }],
        ['unlink-account?id=acme/bob', { id: 'another' }],
        ['check-user-password', { owner: 'acme', name: 'bob', id: 'acme/chief', password: 'x' }],
        ['remove-user-from-group', { owner: 'acme', name: 'bob', id: 'another', groupName: 'none' }],
        ['add-user?id=globex/carl', { owner: 'acme', name: 'carl' }],
        ['add-user?id=acme/carl', { owner: 'acme', name: 'carla' }],
      ];
      for (const [call, body] of refused) {
        it(`is refused: ${call} ${JSON.stringify(body)}`, async () => {
          const answer = await changesNothing(() => admin.post(`/api/${call}`, body));
          expect(answer.msg, answer.text).to.match(DIFFERENT);
        });
      }

      it('reads none of two', async () => {
        const { id } = await user('bob');
        for (const call of [
          `get-user?id=acme/ann&userId=${String(id)}`,
          'get-user?id=acme/ann&email=bob@acme.example',
          'get-user?id=acme/ann&owner=globex',
          'get-users?owner=acme&groupName=globex/g&p=1&pageSize=5',
        ]) {
          expect((await admin.get(`/api/${call}`)).msg, call).to.match(DIFFERENT);
        }
      });

      it('is nobody by letters that only look like his', async () => {
        const { id } = await user('bob');
        expect((await admin.get('/api/get-user?id=acme/bób')).json).to.include({ status: 'ok', data: null });
        expect((await admin.get('/api/get-user?owner=acme&email=bób@acme.example')).data).to.equal(null);
        for (const [call, body] of [
          ['update-user?id=acme/bób', { title: 'x' }],
          ['update-user?id=ácme/bob', { title: 'x' }],
          [`update-user?owner=ácme&userId=${String(id)}`, { title: 'x' }],
          ['set-password', { userOwner: 'acme', userName: 'bób', newPassword: 'staple-battery-horse' }],
          ['check-user-password', { owner: 'acme', name: 'bób', password: 'staple-battery-horse' }],
          ['remove-user-from-group', { owner: 'acme', name: 'bób', groupName: 'none' }],
          ['unlink-account?id=acme/bób', {}],
        ] as const) {
          const answer = await changesNothing(() => admin.post(`/api/${call}`, body));
          expect(answer.msg, `${call} ${answer.text}`).to.match(/doesn't exist/);
        }
        const deleted = await changesNothing(() => admin.post('/api/delete-user', { owner: 'acme', name: 'bób' }));
        expect(deleted.data).to.equal('Unaffected');
      });

      it('is somebody of another organization to no administrator, however it is named', async () => {
        const globex = await test.signedIn('globex', 'chief');
        const { id } = await user('bob');
        for (const [call, body] of [
          [`update-user?owner=globex&userId=${String(id)}`, { title: 'x' }],
          [`update-user?userId=${String(id)}`, { title: 'x' }],
          ['update-user?id=globex/chief&owner=acme', { name: 'bob', title: 'x' }],
          ['delete-user?id=globex/bob', { owner: 'acme', name: 'bob' }],
        ] as const) {
          const answer = await changesNothing(() => globex.post(`/api/${call}`, body));
          expect(answer.status, call).to.equal('error');
        }
      });
    });
  });
}

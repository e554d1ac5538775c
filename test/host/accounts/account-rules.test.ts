import { expect } from 'chai';
import { LinkRow, OrganizationRow, UserRow } from '../../../src/storage/entities/index.ts';
import { DATABASE_KINDS } from '../../support/databases.ts';
import { ADMIN_PASSWORD, TestHost, type Answer, type Client } from '../test-host.ts';

const WRONG_NAME = /^The username may only contain alphanumeric characters/;

for (const kind of DATABASE_KINDS) {
  describe(`what an account may be, on ${kind}`, () => {
    let test: TestHost;
    let chief: Client;
    let app: Client;

    before(async function () {
      const started = await TestHost.on(kind, { members: 4, departments: 2 });
      if (!started) return this.skip();
      test = started;
      await test.addOrganization('acme');
      await test.addOrganization('globex');
      app = test.credential();
      chief = await test.signedIn('acme', 'chief', ADMIN_PASSWORD);
      const ann = { owner: 'acme', name: 'ann', email: 'ann@acme.example', phone: '13800138001', countryCode: 'CN' };
      const more = { displayName: 'Ann', properties: { a: '1', kept: 'yes' }, title: 'Engineer' };
      for (const body of [
        { ...ann, ...more },
        { owner: 'acme', name: 'bob', displayName: 'Bob' },
      ]) {
        const answer = await chief.post('/api/add-user', body);
        expect(answer.data, answer.text).to.equal('Affected');
      }
    });
    after(() => test?.close());

    const user = async (name: string): Promise<Record<string, unknown>> =>
      (await chief.get(`/api/get-user?id=acme/${name}`)).data as Record<string, unknown>;
    const row = (name: string): Promise<UserRow | null> =>
      test.host.database.read(({ manager }) => manager.findOneBy(UserRow, { owner: 'acme', name }));
    const update = (name: string, body: object, columns = ''): Promise<Answer> =>
      chief.post(`/api/update-user?id=acme/${name}${columns && `&columns=${columns}`}`, body);
    /** Long enough ago that a new time differs. */
    const outdate = (name: string): Promise<unknown> =>
      test.host.database.transaction(({ manager }) =>
        manager.update(UserRow, { owner: 'acme', name }, { updatedTime: '2026-01-01T00:00:00Z' }),
      );

    const refused: readonly (readonly [string, object, string | RegExp])[] = [
      ['a name that somebody has', { name: 'ann' }, 'Username already exists'],
      ['a name that somebody has in another spelling', { name: 'ANN' }, 'Username already exists'],
      ['an e-mail that somebody has', { name: 'new', email: 'ann@acme.example' }, 'Email already exists'],
      [
        'an e-mail that somebody has in another spelling',
        { name: 'new', email: 'Ann@ACME.example' },
        'Email already exists',
      ],
      ['a phone that somebody has', { name: 'new', phone: '13800138001' }, 'Phone already exists'],
      [
        'a phone that somebody has, as the world dials it',
        { name: 'new', phone: '+86 138 0013 8001' },
        'Phone already exists',
      ],
      ['a phone that is none', { name: 'new', phone: '12' }, 'Phone number is invalid'],
      [
        'a phone of another country',
        { name: 'new', phone: '13800138009', countryCode: 'HK' },
        'Phone number is invalid',
      ],
      ['an e-mail that is none', { name: 'new', email: 'no-at-sign' }, 'Email is invalid'],
      ['no name', { name: '' }, "the user's owner and name should not be empty"],
      ['a blank in the name', { name: 'new comer' }, WRONG_NAME],
      ['a name in Chinese', { name: '张三' }, WRONG_NAME],
      ['a name that ends with a hyphen', { name: 'new-' }, WRONG_NAME],
      ['two dots in the name', { name: 'n..n' }, WRONG_NAME],
      ['an e-mail for a name', { name: 'new@acme.example' }, /may only contain|forbidden/],
      ['a slash in the name', { name: 'a/b' }, `Field 'name' contains forbidden characters: "/?:#&%=+;"`],
      ['256 characters', { name: 'x'.repeat(256) }, 'Username is too long (maximum is 255 characters).'],
      ['properties that are no texts', { name: 'new', properties: { a: 1 } }, /properties/],
    ];
    for (const [what, body, msg] of refused) {
      // Where no row decides, one database is enough.
      if (kind !== 'sqlite' && !what.includes('somebody has')) continue;
      it(`refuses ${what}`, async () => {
        for (const client of [chief, app]) {
          const answer = await client.post('/api/add-user', { owner: 'acme', ...body });
          expect(answer.json, answer.text).to.include({ status: 'error', data: null });
          expect(answer.msg).to.match(typeof msg === 'string' ? /./ : msg);
          if (typeof msg === 'string') expect(answer.msg).to.equal(msg);
        }
        const before = await row('bob');
        if (!('name' in body && body.name === '')) {
          const changed = await update('bob', {
            ...(await user('bob')),
            ...body,
            ...('email' in body ? { name: 'bob' } : {}),
          });
          expect(changed.status, changed.text).to.equal('error');
        }
        expect(await row('bob')).to.deep.equal(before);
        expect(await row('new')).to.equal(null);
      });
    }

    it('lets two organizations have the same person', async () => {
      const answer = await app.post('/api/add-user', {
        owner: 'globex',
        name: 'ann',
        email: 'ann@acme.example',
        phone: '13800138001',
      });
      expect(answer.data, answer.text).to.equal('Affected');
    });

    it('keeps a number as Casdoor does: national digits and a region', async () => {
      await update('bob', { phone: '+852 9123 4567' }, 'phone');
      expect(await row('bob')).to.include({ phone: '91234567', countryCode: 'HK' });
      await update('bob', { phone: '(212) 555-0123', countryCode: 'US' });
      expect(await row('bob')).to.include({ phone: '2125550123', countryCode: 'US' });
      await update('bob', { phone: '' });
      expect(await row('bob')).to.include({ phone: '' });
    });

    it('leaves a member alone whose name and number nobody could type in', async () => {
      await test.host.database.transaction(({ manager }) =>
        manager.insert(UserRow, {
          owner: 'acme',
          name: '_odd @name',
          id: 'odd',
          phone: '12',
          countryCode: '',
          email: 'odd',
          displayName: 'Odd',
        }),
      );
      const id = encodeURIComponent('acme/_odd @name');
      const { data } = await chief.get(`/api/get-user?id=${id}`);
      const answer = await chief.post(`/api/update-user?id=${id}`, { ...data, title: 'Lead' });
      expect(answer.data, answer.text).to.equal('Affected');
      expect(await row('_odd @name')).to.include({ title: 'Lead', phone: '12', email: 'odd' });
    });

    it('lets organizations that want it call people by their e-mail', async () => {
      const where = { owner: 'admin', name: 'globex' };
      await test.host.database.transaction(({ manager }) =>
        manager.update(OrganizationRow, where, { useEmailAsUsername: true }),
      );
      const answer = await app.post('/api/add-user', { owner: 'globex', name: 'new@globex.example' });
      expect(answer.data, answer.text).to.equal('Affected');
      expect((await app.post('/api/add-user', { owner: 'globex', name: 'new comer@' })).status).to.equal('error');
    });

    it('refuses by name a column that is named and cannot be written, and ignores it in a whole account', async () => {
      const before = await row('ann');
      for (const column of ['score', 'createdTime', 'nosuch', 'hash', 'owner', 'id', 'created_time', '__proto__']) {
        const answer = await update('ann', { ...(await user('ann')), title: 'Boss', score: 7 }, `title,${column}`);
        expect(answer.status, column).to.equal('error');
        expect(answer.msg).to.include(`"${column}"`);
      }
      expect(await row('ann')).to.deep.equal(before);
      const whole = { ...(await user('ann')), score: 7, createdTime: 'long ago', nosuch: true, title: 'Boss' };
      expect((await update('ann', whole)).data).to.equal('Affected');
      expect(await row('ann')).to.include({ title: 'Boss', score: 0, createdTime: before?.createdTime });
    });

    it('answers Affected where nothing changes, and writes nothing', async () => {
      await outdate('ann');
      const before = await row('ann');
      const whole = await user('ann');
      for (const [body, columns] of [
        [whole, ''],
        [{ ...whole, properties: { a: '1' }, password: '***' }, ''],
        [{ title: whole['title'] }, 'title'],
        [{}, 'title'],
        [{ isForbidden: false, isAdmin: false }, 'isForbidden,isAdmin'],
      ] as const) {
        expect((await update('ann', body, columns)).data).to.equal('Affected');
        expect(await row('ann')).to.deep.equal(before);
      }
      await update('ann', { title: 'Lead' }, 'title');
      expect((await row('ann'))?.updatedTime).to.not.equal(before?.updatedTime);
    });

    it('decides nothing by naming what isForbidden is already', async () => {
      const link = {
        syncerId: 'x',
        kind: 'user',
        externalKey: 'bob',
        externalId: 'bob',
        organization: 'acme',
        name: 'bob',
        groups: '[]',
      };
      await test.host.database.transaction(async ({ manager }) => {
        await manager.insert(LinkRow, { ...link, forbiddenBy: 'syncer', deletedBy: null });
        await manager.update(UserRow, { owner: 'acme', name: 'bob' }, { isForbidden: true });
      });
      await update('bob', { isForbidden: true }, 'isForbidden');
      expect(await user('bob')).to.include({ isForbidden: true, forbiddenBy: 'syncer' });
      await update('bob', { isForbidden: false }, 'isForbidden');
      expect(await user('bob')).to.include({ isForbidden: false, forbiddenBy: null });
      await update('bob', { isForbidden: true }, 'is_forbidden');
      expect(await user('bob')).to.include({ isForbidden: true, forbiddenBy: 'person' });
    });

    it('merges properties, and keeps what comes masked or not at all', async () => {
      await update('ann', { properties: { b: '张 <&>', a: '***' } });
      expect((await user('ann'))['properties']).to.deep.equal({ a: '1', b: '张 <&>', kept: 'yes' });
      expect((await row('ann'))?.properties).to.equal(String.raw`{"a":"1","b":"张 \u003c\u0026\u003e","kept":"yes"}`);
      await update('ann', { properties: {} });
      await update('ann', { properties: null, title: 'x' });
      expect((await user('ann'))['properties']).to.deep.equal({ a: '1', b: '张 <&>', kept: 'yes' });
    });

    it('knows nothing of a new address that was proven of the one before', async () => {
      const proven = async (email: string): Promise<unknown> => {
        await update('bob', { email }, 'email');
        await update('bob', { emailVerified: true }, 'emailVerified');
        expect(await row('bob')).to.include({ email, emailVerified: true });
        return user('bob');
      };
      const whole = (await proven('bob@acme.example')) as object;
      for (const [body, columns, emailVerified] of [
        [{ email: 'Bob@acme.example' }, 'email', true],
        [{ title: 'x' }, '', true],
        [{ email: 'other@acme.example' }, 'email', false],
        [{ email: '' }, 'email', false],
        [{ email: 'other@acme.example' }, '', false],
        [{ ...whole, email: 'other@acme.example' }, '', false],
        [{ email: 'other@acme.example' }, 'email,emailVerified', false],
        [{ ...whole, email: 'other@acme.example' }, 'email,emailVerified', true],
      ] as const) {
        await proven('bob@acme.example');
        expect((await update('bob', body, columns)).data).to.equal('Affected');
        expect(await row('bob'), JSON.stringify([body, columns])).to.include({ emailVerified });
      }
      await update('bob', { email: '', emailVerified: false });
      await update('bob', { email: 'bob@acme.example', emailVerified: true });
      expect(await row('bob'), 'it is said of the new one').to.include({ emailVerified: true });
    });

    it('never leaves an account without the name that people see', async () => {
      expect((await update('ann', { displayName: '' }, 'displayName')).msg).to.equal('Display name cannot be empty');
      expect(await row('ann')).to.include({ displayName: 'Ann' });
    });

    it('gives a value that two ask for at the same moment to one of them', async () => {
      const answers = await Promise.all(
        ['one', 'two', 'three'].map((name) =>
          app.post('/api/add-user', { owner: 'acme', name: `race-${name}`, email: 'race@acme.example' }),
        ),
      );
      expect(answers.filter(({ data }) => data === 'Affected')).to.have.length(1);
      expect(answers.filter(({ msg }) => msg === 'Email already exists')).to.have.length(2);
    });

    it('is for administrators of the organization alone', async () => {
      const plain = await test.signedIn('acme', 'plain', ADMIN_PASSWORD);
      const other = await test.signedIn('globex', 'chief', ADMIN_PASSWORD);
      const before = await row('ann');
      for (const client of [plain, other, test.anonymous()]) {
        for (const call of [
          client.post('/api/update-user?id=acme/ann', { title: 'x' }),
          client.post(`/api/update-user?owner=acme&userId=${String(before?.id)}`, { title: 'x' }),
          client.post('/api/add-user', { owner: 'acme', name: 'intruder', email: 'ann@acme.example' }),
          client.post('/api/delete-user', { owner: 'acme', name: 'ann' }),
        ]) {
          expect((await call).msg).to.equal('Unauthorized operation');
        }
      }
      expect(await row('ann')).to.deep.equal(before);
    });

    it('asks of a new password what the organization asks', async () => {
      const options = (list: readonly string[]): Promise<unknown> =>
        test.host.database.transaction(({ manager }) =>
          manager.update(OrganizationRow, { owner: 'admin', name: 'acme' }, { passwordOptions: JSON.stringify(list) }),
        );
      const set = (newPassword: string): Promise<Answer> =>
        app.post('/api/set-password', { userOwner: 'acme', userName: 'ann', newPassword });
      expect((await set('sixsix')).status).to.equal('ok');
      expect((await set('five5')).msg).to.equal('The password must have at least 6 characters');
      for (const [option, weak, msg] of [
        ['AtLeast8', 'seven77', /at least 8 characters/],
        ['Aa123', 'all-lower-7', /one uppercase letter/],
        ['SpecialChar', 'NoSuch7890', /special character/],
        ['NoRepeat', 'Aabb-777', /repeated/],
        ['Unknown', 'five5', /at least 6/],
      ] as const) {
        await options([option]);
        for (const answer of [
          await set(weak),
          await update('ann', { password: weak }, 'password'),
          await app.post('/api/add-user', { owner: 'acme', name: 'weak', password: weak }),
        ]) {
          expect(answer.msg, option).to.match(msg);
        }
      }
      await options(['AtLeast8', 'Aa123', 'SpecialChar', 'NoRepeat']);
      expect((await set('Str0ng-Enough')).status).to.equal('ok');
      await test.signedIn('acme', 'ann', 'Str0ng-Enough');
      await options(['AtLeast6']);
    });
  });
}

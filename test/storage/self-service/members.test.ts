import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { LinkRow } from '../../../src/storage/entities/index.ts';
import type { MembersOf } from '../../../src/storage/self-service/active-members.ts';
import { Completions } from '../../../src/storage/self-service/completions.ts';
import { Nudges } from '../../../src/storage/self-service/nudges.ts';
import { externalId, keyOf, type ExternalId } from '../../../src/syncer/external-id.ts';
import type { Account } from '../../../src/identity/account.ts';
import { anAccount } from '../../support/builders.ts';
import { eachSharedDatabase, harnessOn } from '../../support/databases.ts';

describe('members who complete their data', () =>
  eachSharedDatabase((suite) => {
    let of: MembersOf;
    let completions: Completions;
    let nudges: Nudges;
    const full = { email: 'a@example.com', phone: '13800000001' };
    const member = async (
      userid: string,
      differences: Partial<Account> = {},
      syncerId = of.syncerId,
    ): Promise<void> => {
      const name = differences.name ?? userid;
      await harnessOn(suite.database).putAccount(anAccount({ owner: of.organization, name, ...differences }));
      await suite.database.transaction(({ manager }) =>
        manager.insert(LinkRow, {
          syncerId,
          kind: 'user',
          externalKey: userid.toLowerCase(),
          externalId: userid,
          organization: of.organization,
          name,
          groups: '[]',
          forbiddenBy: null,
          deletedBy: null,
        }),
      );
    };
    const ids = (...userids: readonly string[]): readonly ExternalId[] => userids.map((userid) => externalId(userid));
    const candidates = async (day: string, lacking: readonly ('email' | 'phone')[] = ['email', 'phone']) => {
      const found: string[] = [];
      for await (const some of nudges.candidates(of, lacking, day)) found.push(...some);
      return found;
    };

    beforeEach(async () => {
      completions = new Completions(suite.database);
      nudges = new Nudges(suite.database);
      of = { syncerId: randomUUID(), organization: `org-${randomUUID().slice(0, 8)}`, directory: 'ww1' };
      const { syncerId, organization } = of;
      const source = `${organization}/wecom`;
      await harnessOn(suite.database).addSyncer({ syncerId, organization, source, bindingColumn: '' });
      await member('Amy', { values: { email: 'a@example.com' } });
      await member('ben', { name: 'benjamin', values: full });
      await member('cat');
      await member('Boss', { isAdmin: true });
      await member('out', { isForbidden: true });
      await member('gone', { isDeleted: true });
      await member('other', {}, randomUUID());
      await harnessOn(suite.database).putAccount(anAccount({ owner: organization, name: 'nobody' }));
    });

    it('are counted and listed: those who can sign in and are no administrators', async () => {
      await completions.note(of, keyOf(externalId('AMY')), 1_000);
      await completions.note(of, keyOf(externalId('amy')), 2_000);
      await completions.note(of, keyOf(externalId('Boss')), 2_000);
      await completions.note({ ...of, directory: 'ww2' }, keyOf(externalId('cat')), 2_000);
      expect(await completions.totals(of)).to.deep.equal({ members: 3, completed: 1, lackEmail: 1, lackPhone: 2 });
      const { rows, total } = await completions.page(of, 1, 10, 3);
      expect(total).to.equal(3);
      expect(rows).to.have.deep.members([
        { userid: 'Amy', name: 'Amy', completedMs: 2_000, lacksEmail: false, lacksPhone: true },
        { userid: 'ben', name: 'benjamin', completedMs: null, lacksEmail: false, lacksPhone: false },
        { userid: 'cat', name: 'cat', completedMs: null, lacksEmail: true, lacksPhone: true },
      ]);
      const single = await Promise.all([1, 2, 3, 4].map((page) => completions.page(of, page, 1, 3)));
      expect(single.flatMap((page) => page.rows.map(({ name }) => name))).to.deep.equal(rows.map(({ name }) => name));
    });

    it('are none where accounts are somewhere else', async () => {
      const elsewhere = new Completions(suite.database, false);
      expect((await elsewhere.totals(of)).members).to.equal(0);
      expect((await elsewhere.page(of, 1, 10, 3)).rows).to.deep.equal([]);
    });

    it('are asked where something is empty that they may give', async () => {
      expect(await candidates('2026-11-30')).to.deep.equal(['Amy', 'cat']);
      expect(await candidates('2026-11-30', ['email'])).to.deep.equal(['cat']);
      expect(await candidates('2026-11-30', [])).to.deep.equal([]);
    });

    it('are asked once for ever, and after a refusal on another day, behind those who never were', async () => {
      const day = { day: '2026-11-30', most: 10 };
      expect(await nudges.claim(of, ids('Amy', 'cat'), day)).to.deep.equal(['Amy', 'cat']);
      expect(await nudges.claim(of, ids('AMY', 'cat'), { ...day, day: '2026-12-01' }), 'claimed').to.deep.equal([]);
      await nudges.settle(of, ids('Amy'), 'refused');
      await nudges.settle(of, ids('cat'), 'sent');
      expect(await candidates('2026-11-30')).to.deep.equal([]);
      expect(await nudges.claim(of, ids('Amy'), day)).to.deep.equal([]);
      await member('zoe');
      expect(await candidates('2026-12-01')).to.deep.equal(['zoe', 'Amy']);
      const heir = { ...of, syncerId: randomUUID() };
      expect(await nudges.claim(heir, ids('cat', 'Amy'), { ...day, day: '2026-12-01' })).to.deep.equal(['Amy']);
    });

    it('are forgotten once somebody else has the userid, in this directory alone', async () => {
      const day = { day: '2026-11-30', most: 10 };
      const key = keyOf(externalId('Amy'));
      const another = { ...of, directory: 'ww2' };
      for (const one of [of, another]) {
        await completions.note(one, key, 1_000);
        await nudges.settle(one, await nudges.claim(one, ids('Amy', 'cat'), day), 'sent');
      }
      await completions.forget(of, key);
      await nudges.forget(of, key);
      expect((await completions.totals(of)).completed).to.equal(0);
      expect((await completions.totals(another)).completed).to.equal(1);
      expect(await nudges.claim(of, ids('Amy', 'cat'), day)).to.deep.equal(['Amy']);
      expect(await nudges.claim(another, ids('Amy', 'cat'), day)).to.deep.equal([]);
    });

    it('are asked no more than the day leaves, however many are wanted', async () => {
      expect(await nudges.claim(of, ids('Amy', 'cat'), { day: '2026-11-30', most: 1 })).to.deep.equal(['Amy']);
    });

    it('are asked so many on a day, and nobody more once the directory has ended it', async () => {
      const day = { day: '2026-11-30', most: 1 };
      expect(await nudges.left(of, day)).to.equal(1);
      const both = await Promise.all([nudges.claim(of, ids('Amy'), day), nudges.claim(of, ids('cat'), day)]);
      expect(both.flat()).to.have.length(1);
      expect(await nudges.left(of, day)).to.equal(0);
      const more = { day: '2026-12-01', most: 5 };
      const [claimed] = await nudges.claim(of, ids('Amy', 'cat'), more);
      await nudges.settle(of, [claimed!], 'limited');
      expect(await nudges.left(of, more)).to.equal(0);
      expect(await nudges.left(of, { ...more, day: '2026-12-02' })).to.equal(5);
      expect(await candidates('2026-12-02')).to.deep.equal([claimed]);
    });
  }));

import { expect } from 'chai';
import { spy } from 'sinon';
import type { Database } from '../../../../src/storage/database.ts';
import type { Dialect } from '../../../../src/storage/dialect.ts';
import { openDatabase } from '../../../../src/storage/open-database.ts';
import { Session } from '../../../../src/storage/session.ts';
import { createTestDatabase, type TestDatabase } from '../../../support/databases.ts';
import { DirectoryWorld, storesOn } from '../../../support/directory-world.ts';
import { LocalActs } from '../../../support/local-acts.ts';

/** A database that does not take every character, and how it comes to be one. */
interface OddDatabase {
  readonly kind: Dialect;
  readonly charset: string;
  /** A name and a position that it stores as they are. */
  readonly good: readonly [string, string];
  /** Of these it stores not one. */
  readonly odd: readonly string[];
}

const ODD: readonly OddDatabase[] = [
  { kind: 'mysql', charset: 'utf8mb3', good: ['王芳', '工程师 é'], odd: ['🚀 工程师', '王🎉芳', '𠮷野家'] },
  { kind: 'mysql', charset: 'gbk', good: ['王芳', '工程师 é'], odd: ['🚀', '王ö芳', '한국', '𠮷'] },
  { kind: 'mysql', charset: 'latin1', good: ['José €', 'Müller'], odd: ['王芳', '🚀', 'Łukasz'] },
  { kind: 'postgres', charset: 'LATIN1', good: ['José', 'Müller'], odd: ['王芳', '🚀', 'Łukasz', '€'] },
  { kind: 'postgres', charset: 'EUC_CN', good: ['王芳', '工程师 é'], odd: ['🚀', '王ö芳', '한국'] },
  { kind: 'postgres', charset: 'SQL_ASCII', good: ['王芳 🎉', '工程师 🚀'], odd: [] },
];

describe('a database that does not take every character', () => {
  for (const { kind, charset, good, odd } of ODD) {
    describe(`${kind} in ${charset}`, () => {
      let database: Database | undefined;
      let world: DirectoryWorld;
      let local: LocalActs;
      let fresh: TestDatabase | undefined;

      before(async function () {
        fresh = await createTestDatabase(kind, kind === 'postgres' ? charset : undefined);
        if (!fresh) return this.skip();
        if (kind === 'mysql') {
          await (await openDatabase(fresh.url)).close();
          const text = `varchar(100) CHARACTER SET ${charset}`;
          const tables = [`user MODIFY display_name ${text}, MODIFY title`, '`group` MODIFY display_name'].map(
            (column) => `ALTER TABLE ${column} ${text}`,
          );
          await fresh.run(tables.join('; '));
        }
        database = await openDatabase(fresh.url);
        local = new LocalActs(database);
        await local.addOrganization('acme');
        world = await DirectoryWorld.open(storesOn(database), { members: 6, departments: 3 });
        for (const { userid } of world.company.members) {
          world.company.setField(userid, { name: good[0], position: good[1] });
        }
        for (const { id } of world.company.visibleDepartments()) world.company.renameDepartment(id, `${good[1]} ${id}`);
      });
      after(async () => {
        await world?.close();
        await database?.close();
        await fresh?.drop();
      });

      it('stores what it takes', async () => {
        const run = await world.sync();
        expect(run.state, JSON.stringify(run.error ?? run.warnings)).to.equal('succeeded');
        expect(run.warnings.filter(({ code }) => code === 'value-not-storable')).to.deep.equal([]);
        for (const { displayName, title } of await local.accounts('acme')) {
          expect([displayName, title]).to.deep.equal([good[0], good[1]]);
        }
        expect((await world.sync()).counts).to.deep.include({ unchanged: 6, updated: 0, groupsUpdated: 0 });
      });

      for (const value of odd) {
        it(`loses "${value}" and warns, and stores the person`, async () => {
          const { company } = world;
          const [first] = [...company.members].filter(({ department }) => department.length === 1);
          const { userid, department } = first!;
          const target = company.visibleDepartments().find(({ id }) => id !== department[0])!.id;
          const before = await local.account(userid);
          company.setField(userid, { position: value, name: value });
          company.move(userid, [target]);
          company.renameDepartment(target, value);
          const run = await world.sync();
          expect(run.state, JSON.stringify(run.warnings)).to.equal('succeeded');
          const after = await local.account(userid);
          expect(after).to.include({ title: before.title, displayName: before.displayName });
          expect(after.groups).to.equal(JSON.stringify([`acme/acme-wecom-${target}`]));
          const warnings = run.warnings.filter(({ code }) => code === 'value-not-storable');
          expect(warnings.map(({ message }) => message.zh.split(' ', 1)[0])).to.have.members([
            '显示名称含有数据库列无法存储的字符，保持原值。请将该表转换为',
            '职位含有数据库列无法存储的字符，保持原值。请将该表转换为',
            '群组名称含有数据库列无法存储的字符，保持原值。请将该表转换为',
          ]);

          const [newcomer] = company.hire(1);
          // The address is looked for among those who are there, and is not to be found, nor stored.
          company.setField(newcomer!.userid, { name: value, email: `${value.replaceAll(' ', '')}@example.com` });
          const preview = await world.preview();
          expect((await world.changes(preview)).map(({ kind: what }) => what)).to.deep.equal(['create']);
          await world.member({ userid: newcomer!.userid }, { settings: { linkBy: ['email', 'phone'] } });
          expect((await local.account(newcomer!.userid)).displayName, 'is called by the id').to.equal(newcomer!.userid);
          company.setField(newcomer!.userid, { name: good[0], email: '' });
          company.renameDepartment(target, good[1]);
          company.setField(userid, { position: good[1], name: good[0] });
          await world.sync();
        });
      }

      it('cuts what is too long as it counts, and stores the person', async () => {
        const [{ userid } = { userid: '' }] = [...world.company.members];
        world.company.setField(userid, { position: `${good[1]} `.repeat(40) });
        const run = await world.sync();
        expect(run.state, JSON.stringify(run.warnings)).to.equal('succeeded');
        const { title } = await local.account(userid);
        expect(`${good[1]} `.repeat(40).startsWith(title!)).to.equal(true);
        expect(charset === 'SQL_ASCII' ? Buffer.byteLength(title!) : Array.from(title!).length).to.be.within(90, 100);
        expect((await world.sync()).counts).to.deep.include({ updated: 0 });
      });

      it('is asked once what it takes, and not again by a run', async () => {
        const select = spy(Session.prototype, 'select');
        const another = await openDatabase(fresh!.url);
        const asked = (): number => select.getCalls().filter(({ args }) => /CONVERT\(|convert\(/.test(args[0])).length;
        const atOpening = asked();
        await another.refreshColumns();
        await world.sync();
        select.restore();
        await another.close();
        expect([atOpening, asked()]).to.deep.equal(charset === 'SQL_ASCII' ? [0, 0] : [1, 1]);
      });

      it('keeps what runs say in both languages', async () => {
        world.sandbox.faults.add({ path: 'user/list', times: 1, respond: { errcode: 60011 } });
        const run = await world.sync();
        world.sandbox.faults.clear();
        const stored = await storesOn(database!).runs.find(run.id);
        expect(stored).to.deep.equal(run);
        expect(JSON.stringify(stored!.warnings)).to.match(/\p{Script=Han}/u);
      });
    });
  }
});

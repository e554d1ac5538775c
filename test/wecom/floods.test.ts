import { expect } from 'chai';
import { IncompleteReadError, ProtocolError, UnavailableError } from '../../src/syncer/errors.ts';
import { ByteBudget, processBytes } from '../../src/http-client/byte-budget.ts';
import { TEST_RETRIES, type WeComClient } from '../../src/wecom/api/client.ts';
import { MemberDeduplicator } from '../../src/wecom/directory/member-deduplicator.ts';
import { MalformedMember, readMember } from '../../src/wecom/reading/member.ts';
import { slices } from '../../src/http-client/event-loop.ts';
import { fetchRoster } from '../../src/wecom/directory/roster.ts';
import { until } from '../support/promises.ts';
import { aMember, never, readAll, rejection, Rig } from './rig.ts';

const MIB = 1_048_576;
const list = (entry: string, count: number): string =>
  `{"errcode":0,"userlist":[${Array.from({ length: count }, () => entry).join(',')}]}`;

describe('a flood in the place of WeCom', () => {
  let rig: Rig;
  beforeEach(async () => {
    rig = await Rig.start({ members: 20, departments: 3, seed: 5 });
  });
  afterEach(() => rig.close());

  const call = (options: Parameters<Rig['client']>[0] = {}) =>
    rig
      .client({ retries: TEST_RETRIES, ...options })
      .call({ endpoint: 'user/list', query: { department_id: '1' } }, never());

  it('of entries is refused by the department that it came for', async () => {
    rig.sandbox.faults.add({
      path: 'user/list',
      match: { department_id: '1' },
      respond: { body: list('{}', 100_001) },
    });
    const error = await rejection(readAll(rig.syncer().fetchUsers(never())));
    expect(error).to.be.instanceOf(IncompleteReadError);
    const [part] = (error as IncompleteReadError).parts;
    expect(part?.name).to.equal('department 1');
    expect(part?.error.text.en).to.include('more than 100000 entries');
    expect(part?.error.text.zh).to.include('100000');

    rig.sandbox.faults.add({ path: 'user/list', respond: { body: list('{}', 100_001) } });
    const total = await rejection(readAll(rig.syncer().fetchUsers(never())));
    expect(total, 'also when no department can be read').to.be.instanceOf(ProtocolError);
    expect((total as Error).message).to.match(/^department \d+: user\/list answered with more/);
  });

  it('of departments is refused', async () => {
    const body = `{"errcode":0,"department":[${Array.from({ length: 100_001 }, (_, id) => `{"id":${id + 1}}`).join(',')}]}`;
    rig.sandbox.faults.add({ path: 'department/list', respond: { body } });
    const error = await rejection(readAll(rig.syncer().fetchUsers(never())));
    expect(error).to.be.instanceOf(ProtocolError);
    expect((error as Error).message).to.include(
      'department/list answered with more than 100000 entries in "department"',
    );
  });

  it('of values is refused before it is parsed', async () => {
    const limits = { maxAnswerValues: 1_000_000 };
    rig.sandbox.faults.add({ path: 'user/list', respond: { body: list('[]', 600_000) } });
    expect(await rejection(call({ limits })))
      .to.be.instanceOf(ProtocolError)
      .with.property('message')
      .that.includes('more than 1000000 values');
    rig.sandbox.faults.clear();
    rig.sandbox.faults.add({
      path: 'user/list',
      respond: { body: `{"errcode":0,"userlist":${'['.repeat(1_200_000)}` },
    });
    expect(((await rejection(call({ limits }))) as Error).message, 'nested, too').to.include(
      'more than 1000000 values',
    );
  });

  it('of levels is refused before it is parsed, and brackets inside a text are none', async () => {
    const record = (inside: string): string => `{"userid":"u1","name":"x","status":1,"extattr":${inside}}`;
    const nested = record(`${'['.repeat(5_000)}${']'.repeat(5_000)}`);
    rig.sandbox.faults.add({ path: 'user/list', respond: { body: list(nested, 400) } });
    expect(await rejection(call({})))
      .to.be.instanceOf(ProtocolError)
      .with.property('message')
      .that.includes('more than 100 deep');
    rig.sandbox.faults.clear();
    const spoken = record(`"${'[{\\"'.repeat(1_000)}"`);
    rig.sandbox.faults.add({ path: 'user/list', respond: { body: list(spoken, 400) } });
    expect(await call({})).to.have.property('errcode', 0);
  });

  it('of levels in a short answer costs one member', async () => {
    const nested = `{"userid":"u1","name":"x","status":1,"extattr":${'['.repeat(4_000)}${']'.repeat(4_000)}}`;
    const plain = '{"userid":"u2","name":"y","status":1}';
    rig.sandbox.faults.add({
      path: 'user/list',
      match: { department_id: '1' },
      respond: { body: `{"errcode":0,"errmsg":"ok","userlist":[${nested},${plain}]}` },
    });
    const members = await readAll(rig.syncer().fetchUsers(never()));
    const [deep, other] = ['u1', 'u2'].map((userid) => members.find((one) => one.userid === userid));
    expect(() => rig.syncer().mapUser(deep!)).to.throw(/nested too deep/);
    expect(rig.syncer().mapUser(other!).values.displayName).to.equal('y');
  });

  it('of odd JSON ends in an answer or an error of ours', async () => {
    for (const body of [
      `{"errcode":0,"userlist":${'['.repeat(200_000)}${']'.repeat(200_000)}}`,
      `{"errcode":0,"userlist":[{"userid":"u1","department":[1],"status":1,"extattr":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}]}`,
      '{"errcode":0,"errcode":40001,"errcode":0,"userlist":[],"userlist":[{"userid":"u1","userid":"u2"}]}',
      '{"errcode":0,"userlist":[{"userid":1e400,"department":[1e999,-0,123456789012345678901234567890]}]}',
      `{"errcode":${'9'.repeat(400_000)},"userlist":[]}`,
      '{"errcode":0,"__proto__":{"userlist":[]}}',
    ]) {
      rig.sandbox.faults.clear();
      rig.sandbox.faults.add({ path: 'user/list', respond: { body } });
      const syncer = rig.syncer();
      try {
        for (const member of await readAll(syncer.fetchUsers(never()))) {
          try {
            syncer.mapUser(member);
          } catch (error) {
            expect((error as Error).name).to.equal('MappingError');
          }
        }
      } catch (error) {
        expect((error as { code?: string }).code, body.slice(0, 60)).to.be.oneOf(['incomplete-read', 'protocol']);
      }
    }
  });

  it('of a token that no query can carry is refused', async () => {
    rig.sandbox.faults.add({ path: 'gettoken', respond: { body: '{"errcode":0,"access_token":"\\ud800"}' } });
    expect(await rejection(call())).to.be.instanceOf(ProtocolError);
  });

  it('that drips ends when the time is up', async () => {
    rig.sandbox.faults.add({ path: 'user/list', respond: { broken: 'drip' } });
    const error = await rejection(call({ limits: { requestMs: 300 } }));
    expect(error).to.be.instanceOf(UnavailableError);
    expect((error as Error).message).to.include('no answer in time');
  });

  it('behind a refusal is not read', async () => {
    rig.sandbox.faults.add({ path: 'user/list', respond: { httpStatus: 403, body: 'x'.repeat(3 * MIB) } });
    const budget = new ByteBudget(MIB);
    const holder = budget.open();
    await holder.grow(MIB, never);
    expect(await rejection(call({ budget })))
      .to.have.property('message')
      .that.includes('HTTP 403');
  });

  describe('of bytes', () => {
    it('is read by one call after the other, and all are read', async () => {
      rig.sandbox.faults.add({ path: 'user/list', respond: { broken: 'oversized', bytes: 4 * MIB } });
      const budget = new ByteBudget(6 * MIB);
      let most = 0;
      const watch = setInterval(() => (most = Math.max(most, budget.used)), 1);
      const client = rig.client({ budget, concurrency: 8 });
      const answers = await Promise.all(
        Array.from({ length: 8 }, () => client.call({ endpoint: 'user/list', query: { department_id: '1' } }, never())),
      );
      clearInterval(watch);
      expect(answers).to.have.lengthOf(8);
      // The oldest may go beyond the bound by its own size, and nobody else.
      expect(most)
        .to.be.greaterThan(4 * MIB)
        .and.at.most(10 * MIB);
      expect(budget.used).to.equal(0);
    });

    it('counts the members of a department until they were looked at, and not when nobody does any more', async () => {
      const entries = Array.from({ length: 2_000 }, (_, at) => JSON.stringify(aMember({ userid: `u${at}` })));
      const body = `{"errcode":0,"userlist":[${entries.join(',')}]}`;
      rig.sandbox.faults.add({ path: 'user/list', match: { department_id: '1' }, respond: { body } });
      for (const pages of [1, Infinity]) {
        let read = 0;
        for await (const _ of rig.syncer().fetchUsers(never())) {
          read += 1;
          if (read === 1) expect(processBytes.used, 'while it is read').to.be.at.least(body.length);
          if (read >= pages) break;
        }
        await until(() => processBytes.used === 0);
      }
      await readAll(rig.syncer().fetchUsers(never()));
      expect(processBytes.used).to.equal(0);
    });

    it('waits for room, which the oldest never does', async () => {
      const budget = new ByteBudget(MIB);
      const [oldest, next] = [budget.open(), budget.open()];
      await oldest.grow(MIB, never);
      await oldest.grow(MIB, never);
      let hasRoom = false;
      const waiting = next.grow(MIB, never).then(() => (hasRoom = true));
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(hasRoom).to.equal(false);
      oldest.clear();
      await waiting;
      expect(budget.used).to.equal(MIB);
    });

    it('does not keep what was refused for a caller who wanted to look at it', async () => {
      const budget = new ByteBudget(MIB);
      rig.sandbox.faults.add({ path: 'user/list', respond: { errcode: 60011, errmsg: 'no' } });
      const client = rig.client({ budget });
      const share = client.openShare();
      await rejection(client.call({ endpoint: 'user/list', query: { department_id: '1' } }, never(), share));
      expect(budget.used).to.equal(0);
    });

    it('does not keep what failed, was refused or was cancelled', async () => {
      const budget = new ByteBudget(MIB);
      const cancelled = new AbortController();
      rig.sandbox.faults.add({ path: 'user/list', times: 1, respond: { broken: 'oversized', bytes: 2 * MIB } });
      await rejection(call({ budget, limits: { maxAnswerBytes: MIB } }));
      rig.sandbox.faults.add({ path: 'user/list', times: 1, respond: { errcode: 60011, errmsg: 'no' } });
      await rejection(call({ budget }));
      rig.sandbox.faults.add({ path: 'user/list', times: 1, respond: { broken: 'truncated' } });
      await rejection(call({ budget }));
      rig.sandbox.faults.add({ path: 'user/list', times: 1, respond: { broken: 'endless' } });
      const endless = rig
        .client({ budget })
        .call({ endpoint: 'user/list', query: { department_id: '1' } }, cancelled.signal);
      while (budget.used < MIB / 2) await new Promise((resolve) => setTimeout(resolve, 1));
      cancelled.abort();
      await rejection(endless);
      expect(budget.used).to.equal(0);
    });
  });

  describe('of members', () => {
    it('ends when there is no end of them', () => {
      const fold = new MemberDeduplicator(new Set([1]), undefined, undefined, 3);
      expect(() =>
        fold.take(
          ['a', 'b', 'c'].map((userid) => aMember({ userid })),
          1,
        ),
      ).not.to.throw();
      expect(() => fold.take([aMember({ userid: 'A' })], 1), 'the same again').not.to.throw();
      expect(() => fold.take([aMember({ userid: 'd' })], 1)).to.throw(ProtocolError, /more than 3 members/);
    });

    it('who wait for the end of the read keeps no more than so much of them', () => {
      const fold = new MemberDeduplicator(new Set([1]));
      const odd = (userid: string) => aMember({ userid, department: [], extattr: 'x'.repeat(40 * MIB) });
      fold.take([odd('a')], 1);
      fold.take([odd('b')], 1);
      const [a, b] = fold.rest();
      expect(a).not.to.be.instanceOf(MalformedMember);
      expect(b).to.be.instanceOf(MalformedMember).with.property('userid', 'b');
    });

    it('whose fields are endless are not read, and counted as shown', () => {
      for (const fields of [
        { name: 'x'.repeat(70_000) },
        { department: '1,'.repeat(70_000) },
        { department: Array.from({ length: 1_001 }, () => 1) },
      ]) {
        expect(readMember(aMember(fields)))
          .to.be.instanceOf(MalformedMember)
          .with.property('userid', 'zhangsan');
      }
      expect(readMember(aMember({ name: 'x'.repeat(60_000) }))).not.to.be.instanceOf(MalformedMember);
    });
  });

  describe('of pages of the roster', () => {
    const read = (most?: number) => fetchRoster(rig.client({ secret: rig.sandbox.contactsSecret }), never(), most);

    it('ends after three pages that name nobody new', async () => {
      rig.sandbox.faults.add({ path: 'user/list_id', respond: { spoil: 'endless-cursor' } });
      const error = await rejection(read());
      expect(error).to.be.instanceOf(ProtocolError);
      expect((error as ProtocolError).message).to.include('3 pages in a row that name nobody new');
      expect((error as ProtocolError).remedy?.zh).to.be.a('string');
      expect(rig.sandbox.calls.count('user/list_id')).to.equal(4);
    });

    it('ends when the rows do not', async () => {
      let page = 0;
      rig.sandbox.faults.add({
        path: 'user/list_id',
        when: () => {
          page += 1;
          const body = { errcode: 0, next_cursor: `c${page}`, dept_user: [{ userid: `u${page}`, department: 1 }] };
          rig.sandbox.faults.add({ path: 'user/list_id', times: 1, respond: { body: JSON.stringify(body) } });
          return false;
        },
        respond: {},
      });
      expect(((await rejection(read(20))) as Error).message).to.include('more than 20 rows');
    });

    it('ends when the pages do not, each with one more department of somebody who was named', async function () {
      this.timeout(60_000);
      let page = 0;
      const client = {
        call: async () => {
          page += 1;
          return { errcode: 0, next_cursor: `c${page}`, dept_user: [{ userid: 'a', department: page }] };
        },
      };
      const error = await rejection(fetchRoster(client as unknown as WeComClient, never()));
      expect((error as Error).message).to.include('more than 4000 pages');
      expect(page).to.be.at.most(4_001);
    });

    it('ends when a cursor is no short text', async () => {
      const body = JSON.stringify({ errcode: 0, next_cursor: 'c'.repeat(5_000), dept_user: [{ userid: 'a' }] });
      rig.sandbox.faults.add({ path: 'user/list_id', respond: { body } });
      expect(((await rejection(read())) as Error).message).to.include('not a short text');
    });

    it('is none when nobody is named, and nobody is taken for a leaver', async () => {
      rig.sandbox.faults.add({ path: 'user/list_id', respond: { body: '{"errcode":0,"dept_user":[]}' } });
      expect(await rejection(read())).to.be.instanceOf(ProtocolError);
    });
  });

  it('is looked at in turns, between which the process does other things', async () => {
    let others = 0;
    const other = (): void => {
      others += 1;
      again = setImmediate(other);
    };
    let again = setImmediate(other);
    for await (const _ of slices(Array.from({ length: 5_000 }))) continue;
    clearImmediate(again);
    expect(others).to.be.at.least(9);
  });
});

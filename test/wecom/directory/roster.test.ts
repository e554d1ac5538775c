import { expect } from 'chai';
import { ProtocolError } from '../../../src/syncer/errors.ts';
import { fetchRoster } from '../../../src/wecom/directory/roster.ts';
import { never, rejection, Rig } from '../rig.ts';

const ENDPOINT = 'user/list_id';

describe('fetchRoster', () => {
  let rig: Rig;
  beforeEach(async () => {
    rig = await Rig.start({ members: 60, departments: 6, seed: 9 });
  });
  afterEach(() => rig.close());
  const read = () => fetchRoster(rig.client({ secret: rig.sandbox.contactsSecret }), never());

  /** Two pages, whose second depends on the cursor of the first. */
  const pages = (first: unknown, second: unknown): void => {
    rig.sandbox.faults.add({ path: ENDPOINT, times: 1, respond: { body: JSON.stringify(first) } });
    rig.sandbox.faults.add({ path: ENDPOINT, times: 1, respond: { body: JSON.stringify(second) } });
  };

  it('has everybody in the company once', async () => {
    const roster = await read();
    expect([...roster.values()].map(({ userid }) => userid)).to.have.members(
      [...rig.sandbox.company.members].map(({ userid }) => userid),
    );
  });

  it('unites rows of one person over pages and spellings', async () => {
    pages(
      { errcode: 0, next_cursor: 'c1', dept_user: [{ userid: 'ZhangSan', department: 1 }] },
      { errcode: 0, dept_user: [{ userid: 'zhangsan', department: '2' }] },
    );
    const roster = await read();
    expect([...roster.keys()]).to.deep.equal(['zhangsan']);
    expect([...(roster.get('zhangsan')?.departments ?? [])]).to.deep.equal([1, 2]);
  });

  it('starts over once when the cursor died', async () => {
    rig.sandbox.faults.add({ path: ENDPOINT, times: 1, respond: { errcode: 50100, errmsg: 'bad cursor' } });
    expect((await read()).size).to.equal(rig.sandbox.company.size);
    rig.sandbox.faults.add({ path: ENDPOINT, times: 2, respond: { errcode: 50100, errmsg: 'bad cursor' } });
    expect(await rejection(read())).to.have.property('vendorCode', 50100);
  });

  it('does not run in circles', async () => {
    const again = { errcode: 0, next_cursor: 'same', dept_user: [{ userid: 'a', department: 1 }] };
    rig.sandbox.faults.add({ path: ENDPOINT, respond: { body: JSON.stringify(again) } });
    expect(await rejection(read())).to.be.instanceOf(ProtocolError);
    expect(rig.sandbox.calls.count(ENDPOINT)).to.equal(2);
  });

  for (const [name, body] of Object.entries({
    'no list': { errcode: 0 },
    'a null list': { errcode: 0, dept_user: null },
    'a row without an id': { errcode: 0, dept_user: [{ department: 1 }] },
    'a null row': { errcode: 0, dept_user: [null] },
    'a cursor that is no text': { errcode: 0, next_cursor: 5, dept_user: [] },
  })) {
    it(`does not take an answer with ${name} for the whole company`, async () => {
      rig.sandbox.faults.add({ path: ENDPOINT, respond: { body: JSON.stringify(body) } });
      expect(await rejection(read())).to.be.instanceOf(ProtocolError);
    });
  }
});

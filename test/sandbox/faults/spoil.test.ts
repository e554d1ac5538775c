import { expect } from 'chai';
import { Sandbox } from '../../../src/sandbox/sandbox.ts';
import { isSpoil, SPOILS, spoilt, type Spoil } from '../../../src/sandbox/faults/spoil.ts';
import { WireClient } from '../wire-client.ts';

const TRUE = JSON.stringify({
  errcode: 0,
  errmsg: 'ok',
  next_cursor: 'abc',
  userlist: [{ userid: 'zhangsan', department: [1, 2], status: 1 }, { userid: 'lisi' }],
});
const wrong = (spoil: Spoil): Record<string, unknown> => JSON.parse(spoilt(TRUE, spoil)) as Record<string, unknown>;
const first = (spoil: Spoil): unknown => (wrong(spoil)['userlist'] as unknown[])[0];

describe('spoilt', () => {
  it('takes the code away or turns it into text', () => {
    expect(wrong('errcode-absent')).not.to.have.any.keys('errcode', 'errmsg');
    expect(wrong('errcode-text')['errcode']).to.equal('0');
  });

  it('breaks the list', () => {
    expect(wrong('lists-null')['userlist']).to.equal(null);
    expect(wrong('list-missing')).not.to.have.property('userlist');
    expect(wrong('null-entry')['userlist']).to.have.length(3);
    expect(first('null-entry')).to.equal(null);
  });

  it('shuffles the list, with everybody in it, the same way for the same seed', () => {
    const userlist = Array.from({ length: 20 }, (_, at) => ({ userid: `u${at}` }));
    const shuffled = (seed: number): unknown[] =>
      (JSON.parse(spoilt(JSON.stringify({ userlist }), 'shuffled', seed)) as { userlist: unknown[] }).userlist;
    expect(shuffled(1)).to.have.deep.members(userlist).and.not.deep.equal(userlist);
    expect(shuffled(1)).to.deep.equal(shuffled(1)).and.not.deep.equal(shuffled(2));
  });

  it('breaks the first member', () => {
    expect(first('no-userid')).not.to.have.property('userid');
    expect(first('userid-number')).to.include({ userid: 4711 });
    expect(first('userid-unusable')).to.include({ userid: '../张 三' });
    expect(first('department-text')).to.include({ department: '1,2' });
    expect(first('status-text')).to.include({ status: '1' });
  });

  it('breaks a member that stands alone', () => {
    const single = JSON.stringify({ errcode: 0, userid: 'zhangsan', status: 1 });
    expect(JSON.parse(spoilt(single, 'status-text'))).to.include({ status: '1' });
  });

  it('repeats a cursor for ever', () => {
    expect(wrong('repeated-cursor')['next_cursor'])
      .to.equal(wrong('repeated-cursor')['next_cursor'])
      .and.not.equal('abc');
    expect(spoilt('{"errcode":0}', 'repeated-cursor')).to.equal('{"errcode":0}');
  });

  it('is no JSON at all', () => {
    expect(() => JSON.parse(spoilt(TRUE, 'not-json')) as unknown).to.throw(SyntaxError);
  });

  it('leaves lists alone that have nobody in them', () => {
    const empty = '{"errcode":0,"userlist":[]}';
    expect(spoilt(empty, 'no-userid')).to.equal(empty);
  });

  it('changes something on the wire, whichever way it is', async () => {
    const sandbox = await Sandbox.start({ members: 60, departments: 4 });
    const client = await new WireClient(sandbox).signIn();
    const contacts = await new WireClient(sandbox, sandbox.contactsSecret).signIn();
    const ask = async (spoil: Spoil | undefined): Promise<string> => {
      if (spoil !== undefined) sandbox.faults.add({ times: 1, respond: { spoil } });
      const { text } =
        spoil === 'repeated-cursor'
          ? await contacts.call('user/list_id', {}, { method: 'POST', body: '{"limit":3}' })
          : await client.call('user/list', { department_id: 1 });
      return text;
    };
    const truth = await ask(undefined);
    for (const spoil of SPOILS) expect(await ask(spoil), spoil).not.to.equal(truth);
    expect(await ask(undefined)).to.equal(truth);
    await sandbox.close();
  });

  it('knows its names', () => {
    expect(isSpoil('null-entry')).to.equal(true);
    expect(isSpoil('nonsense')).to.equal(false);
  });
});

import { expect } from 'chai';
import * as sinon from 'sinon';
import { CallLog } from '../../../src/sandbox/api/call-log.ts';
import { Sandbox } from '../../../src/sandbox/sandbox.ts';
import { WireClient } from '../wire-client.ts';

describe('CallLog', () => {
  it('remembers what was asked and answered, without a secret', async () => {
    const sandbox = await Sandbox.start({ members: 20, departments: 3 });
    const client = await new WireClient(sandbox).signIn();
    await client.get('user/list', { department_id: 1 });
    await client.get('user/get', { userid: 'nobody' });
    expect(sandbox.calls.list()).to.deep.equal([
      { method: 'GET', path: 'gettoken', params: { corpid: sandbox.corpId }, status: 200, errcode: 0 },
      { method: 'GET', path: 'user/list', params: { department_id: '1' }, status: 200, errcode: 0 },
      { method: 'GET', path: 'user/get', params: { userid: 'nobody' }, status: 200, errcode: 60111 },
    ]);
    const told = JSON.stringify([sandbox.calls.list(), sandbox.calls.counts()]);
    expect(told).not.to.include(client.token).and.not.to.include(sandbox.appSecret);
    expect([sandbox.calls.count(), sandbox.calls.count('user/list'), sandbox.calls.count('tag/get')]).to.deep.equal([
      3, 1, 0,
    ]);
    sandbox.calls.clear();
    expect([sandbox.calls.count(), sandbox.calls.list()]).to.deep.equal([0, []]);
    await sandbox.close();
  });

  it('knows how many calls were open at one moment', async () => {
    const sandbox = await Sandbox.start({ members: 20, departments: 3 });
    const client = await new WireClient(sandbox).signIn();
    while (sandbox.calls.inFlight > 0) await new Promise(setImmediate);
    const clock = sinon.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    sandbox.faults.set({ latencyMs: 60_000 });
    sandbox.calls.clear();
    const pending = Promise.all(Array.from({ length: 5 }, () => client.get('department/list')));
    while (sandbox.calls.inFlight < 5) await new Promise(setImmediate);
    await clock.tickAsync(60_000);
    await pending;
    expect(sandbox.calls.maxInFlight).to.equal(5);
    await sandbox.close();
  });

  it('counts on when its list is full', () => {
    const log = new CallLog();
    for (let index = 0; index < 100_001; index += 1) log.open('GET', 'user/list', {});
    expect(log.count('user/list')).to.equal(100_001);
    expect(log.list().length).to.be.at.most(100_000);
    expect(log.inFlight).to.equal(100_001);
    log.close();
    expect(log.inFlight).to.equal(100_000);
  });
});

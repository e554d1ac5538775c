import { expect } from 'chai';
import { fake, spy } from 'sinon';
import { CandidateIndex } from '../../../src/engine/plan/users/candidates.ts';
import { takenNamesIn } from '../../../src/engine/steps/run-context.ts';
import { MemoryIdentityStore } from '../../../src/testing/index.ts';
import { anAccount } from '../../support/builders.ts';

describe('names that are taken', () => {
  const scope = { syncerId: 's1', organization: 'acme', source: 'acme/wecom', bindingColumn: 'wecom' };
  const index = new CandidateIndex([], scope.source);
  index.add({
    account: anAccount({ owner: 'acme', name: 'Local' }),
    heldBy: null,
    isOurs: false,
    origin: 'person',
    emailVerified: false,
    unlinked: false,
  });

  it('are told by the store, which need not be read whole', async () => {
    const store = new MemoryIdentityStore();
    store.putAccount(anAccount({ owner: 'acme', name: 'Other' }));
    const taken = takenNamesIn(store, scope, () => expect.fail('everybody was read'));
    expect([...(await taken(['OTHER', 'local']))]).to.deep.equal(['other']);
  });

  it('are asked of the store a few times, however many pages there are: everybody is read once, and never again', async () => {
    const store = new MemoryIdentityStore();
    const look = spy(store, 'takenNames');
    const read = fake.resolves(index);
    const taken = takenNamesIn(store, scope, read);
    for (let page = 1; page <= 16; page += 1) await taken(['LOCAL']);
    expect([look.callCount, read.callCount]).to.deep.equal([16, 0]);
    expect([...(await taken(['LOCAL', 'other']))]).to.deep.equal(['local']);
    expect([look.callCount, read.callCount]).to.deep.equal([16, 1]);
  });

  it('are looked for among all candidates where the store cannot tell', async () => {
    const store = Object.assign(new MemoryIdentityStore(), { takenNames: undefined });
    const taken = takenNamesIn(store, scope, async () => index);
    expect([...(await taken(['LOCAL', 'other']))]).to.deep.equal(['local']);
  });
});

import { expect } from 'chai';
import { lazyCandidates, onPage, type RunContext } from '../../../../src/engine/steps/run-context.ts';
import { StaleReadError } from '../../../../src/identity/errors.ts';
import { MemoryIdentityStore } from '../../../../src/testing/index.ts';

describe('the accounts that a newcomer might be', () => {
  const scope = { syncerId: 's', organization: 'acme', source: 'acme/wecom', bindingColumn: '' };

  it('are read once, and again by a page that begins again because they could not be', async () => {
    let reads = 0;
    class Failing extends MemoryIdentityStore {
      override async *candidates(): AsyncGenerator<never> {
        reads += 1;
        if (reads === 1) throw new StaleReadError([]);
        yield* [];
      }
    }
    const store = new Failing();
    const candidates = lazyCandidates(store, scope, []);
    const context = { store, lease: { syncerId: 's', token: 't' } } as unknown as RunContext;
    const index = await onPage(context, () => candidates());
    expect(await candidates()).to.equal(index);
    expect(reads).to.equal(2);
  });
});

import { expect } from 'chai';
import { WriteConflictError } from '../../src/identity/errors.ts';
import type { IdentityPage, LeaseGrant } from '../../src/identity/identity-store.ts';
import { hostIdentity } from '../../src/service/host-identity.ts';
import { translated } from '../../src/storage/database-error.ts';
import { UnavailableError } from '../../src/syncer/errors.ts';
import { MemoryIdentityStore } from '../../src/testing/index.ts';
import { rejection } from '../support/promises.ts';

describe('a store that a host brought', () => {
  const lease = { syncerId: 's', token: 't' };
  const scope = { syncerId: 's', organization: 'acme', source: 'acme/wecom', bindingColumn: '' };
  const duplicate = Object.assign(new Error(`Duplicate entry 'ann@example.com' for key 'people.email'`), {
    code: 'ER_DUP_ENTRY',
  });

  const open = (thrown: Error) => {
    const logged: unknown[] = [];
    const say = (fields: unknown): void => void logged.push(fields);
    class Failing extends MemoryIdentityStore {
      override async countLinks(): Promise<number> {
        throw thrown;
      }
      // oxlint-disable-next-line require-yield
      override async *heldKeys(): AsyncGenerator<never> {
        throw thrown;
      }
    }
    return { logged, store: hostIdentity(new Failing(), { info: say, warn: say, error: say }, translated) };
  };

  it('has its unforeseen errors logged with message and cause', async () => {
    const error = new Error('people is locked', { cause: new Error('by the night job') });
    const { logged, store } = open(error);
    expect(await rejection(store.countLinks(scope))).to.equal(error);
    const reading = (async () => {
      for await (const _ of store.heldKeys(scope)) throw new Error('nobody');
    })();
    expect(await rejection(reading)).to.equal(error);
    expect(logged).to.deep.equal([{ type: 'Error', reason: 'people is locked', cause: 'by the night job' }]);
  });

  it('has a row that its database refused taken for a conflict, without the row', async () => {
    const { logged, store } = open(duplicate);
    expect(await rejection(store.countLinks(scope))).to.be.instanceOf(WriteConflictError);
    expect(logged).to.deep.equal([]);
  });

  it('has nothing logged that is the fault of whoever called it', async () => {
    const { logged, store } = open(duplicate);
    const error = new RangeError('a plan');
    expect(await rejection(store.page(lease, () => Promise.reject(error)))).to.equal(error);
    expect(await store.page(lease, async (page) => (await page.heldGroups(scope)).size)).to.equal(0);
    expect(logged).to.deep.equal([]);
  });

  describe('and that makes what it can of errors on its pages', () => {
    const deadlock = Object.assign(new Error('Deadlock found'), { code: 'ER_LOCK_DEADLOCK' });

    /** A store whose pages begin again after a deadlock, once, and whose reads fail on the first so many of them. */
    const retrying = (failing: number, error: Error) => {
      const logged: unknown[] = [];
      const say = (fields: unknown): void => void logged.push(fields);
      let pages = 0;
      const read = async (): Promise<never> => Promise.reject(error);
      class Retrying extends MemoryIdentityStore {
        override async page<T>(grant: LeaseGrant, work: (page: IdentityPage) => Promise<T>): Promise<T> {
          pages += 1;
          const isFailing = pages <= failing;
          try {
            return await super.page(grant, (page) => work(isFailing ? { ...page, heldGroups: read } : page));
          } catch (met) {
            if (met !== deadlock || pages > 1) throw met;
            return this.page(grant, work);
          }
        }
        override async countLinks(): Promise<number> {
          return pages <= failing ? read() : 7;
        }
      }
      const store = hostIdentity(new Retrying(), { info: say, warn: say, error: say }, translated);
      return { logged, store, pages: () => pages };
    };

    it('has its transaction begin again after a deadlock', async () => {
      const { logged, store, pages } = retrying(1, deadlock);
      expect(await store.page(lease, async (page) => (await page.heldGroups(scope)).size)).to.equal(0);
      expect([pages(), logged]).to.deep.equal([2, []]);
    });

    it('has it begin again also when the store itself was asked meanwhile', async () => {
      const { logged, store, pages } = retrying(1, deadlock);
      expect(await store.page(lease, () => store.countLinks(scope))).to.equal(7);
      expect([pages(), logged]).to.deep.equal([2, []]);
    });

    it('has a database that stays busy told as such', async () => {
      const { logged, store } = retrying(2, deadlock);
      const error = await rejection(store.page(lease, (page) => page.heldGroups(scope)));
      expect(error).to.be.instanceOf(UnavailableError);
      expect(logged).to.deep.equal([]);
    });

    it('has others logged once', async () => {
      const error = new Error('people is locked');
      const { logged, store } = retrying(1, error);
      expect(await rejection(store.page(lease, (page) => page.heldGroups(scope)))).to.equal(error);
      expect(logged).to.deep.equal([{ type: 'Error', reason: 'people is locked' }]);
    });
  });
});

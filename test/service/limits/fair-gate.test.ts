import { expect } from 'chai';
import { FairGate } from '../../../src/service/limits/fair-gate.ts';
import { rejection } from '../../support/promises.ts';

const QUIET = new AbortController().signal;

describe('a fair gate', () => {
  /** Work that ends when it is told to, and what began in which order. */
  const work = (gate: FairGate, began: string[]) => {
    const ends = new Map<string, () => void>();
    const ask = (name: string, signal = QUIET): Promise<void> =>
      gate.pass(name.split('-')[0]!, signal, async () => {
        began.push(name);
        await new Promise<void>((resolve) => ends.set(name, resolve));
      });
    const end = async (name: string): Promise<void> => {
      ends.get(name)?.();
      ends.delete(name);
      await new Promise(setImmediate);
    };
    const endFirst = (): Promise<void> => end([...ends.keys()][0] ?? '');
    return { ask, end, endFirst };
  };

  it('lets organizations take turns, whoever asks for more', async () => {
    const began: string[] = [];
    const { ask, endFirst } = work(new FairGate(1), began);
    const all = ['acme-1', 'acme-2', 'acme-3', 'beta-1', 'beta-2', 'gamma-1'].map((name) => ask(name));
    for (let count = 0; count < all.length; count += 1) await endFirst();
    await Promise.all(all);
    expect(began).to.deep.equal(['acme-1', 'beta-1', 'gamma-1', 'acme-2', 'beta-2', 'acme-3']);
  });

  it('gives a free place to whom has the fewest, and never more than there are', async () => {
    const began: string[] = [];
    const { ask, endFirst } = work(new FairGate(3), began);
    const all = ['acme-1', 'acme-2', 'beta-1', 'acme-3', 'beta-2'].map((name) => ask(name));
    await new Promise(setImmediate);
    expect(began).to.have.length(3);
    await endFirst();
    await endFirst();
    expect(began.slice(3)).to.deep.equal(['acme-3', 'beta-2']);
    for (let count = 0; count < 3; count += 1) await endFirst();
    await Promise.all(all);
  });

  it('does not hand the place of one organization to another that has one already', async () => {
    const began: string[] = [];
    const { ask, end } = work(new FairGate(2), began);
    const all = ['acme-1', 'beta-1', 'acme-2', 'beta-2'].map((name) => ask(name));
    await end('beta-1');
    expect(began).to.deep.equal(['acme-1', 'beta-1', 'beta-2']);
    for (const name of ['acme-1', 'acme-2', 'beta-2']) await end(name);
    await Promise.all(all);
  });

  it('lets go whoever is cancelled while he waits, and goes on after work that failed', async () => {
    const gate = new FairGate(1);
    const began: string[] = [];
    const { ask, endFirst } = work(gate, began);
    const first = ask('acme-1');
    const cancel = new AbortController();
    const cancelled = rejection(ask('beta-1', cancel.signal));
    const last = ask('gamma-1');
    cancel.abort(new Error('cancelled'));
    expect(await cancelled).to.include({ message: 'cancelled' });
    await endFirst();
    await endFirst();
    await Promise.all([first, last]);
    expect(began).to.deep.equal(['acme-1', 'gamma-1']);
    expect(await rejection(gate.pass('acme', QUIET, () => Promise.reject(new Error('failed'))))).to.be.an('error');
    expect(await gate.pass('beta', QUIET, async () => 'next')).to.equal('next');
  });

  it('has a hundred of one organization wait, not more; others wait all the same', async () => {
    const { ask, endFirst } = work(new FairGate(1), []);
    const all = Array.from({ length: 101 }, (_, n) => ask(`acme-${n}`));
    expect(await rejection(ask('acme-101'))).to.include({ code: 'unavailable' });
    all.push(ask('beta-1'));
    for (let count = 0; count < all.length; count += 1) await endFirst();
    await Promise.all(all);
  });
});

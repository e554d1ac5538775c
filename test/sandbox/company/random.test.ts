import { expect } from 'chai';
import * as fc from 'fast-check';
import { Random } from '../../../src/sandbox/company/random.ts';

describe('Random', () => {
  it('tells the same story for the same seed', () => {
    const one = new Random(42);
    const other = new Random(42);
    const third = new Random(43);
    const story = Array.from({ length: 20 }, () => one.next());
    expect(Array.from({ length: 20 }, () => other.next())).to.deep.equal(story);
    expect(Array.from({ length: 20 }, () => third.next())).not.to.deep.equal(story);
  });

  it('gives the numbers of the published mulberry32', () => {
    const random = new Random(1);
    expect([random.next(), random.next()].map((drawn) => drawn.toFixed(6))).to.deep.equal(['0.627074', '0.002736']);
  });

  it('shuffles without losing or inventing anything', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.nat(), (list, seed) => {
        const sorted = (numbers: readonly number[]): number[] => [...numbers].sort((a, b) => a - b);
        expect(sorted(new Random(seed).shuffled(list))).to.deep.equal(sorted(list));
      }),
    );
  });

  it('draws as many as asked, or as many as there are', () => {
    expect(new Random(1).shuffled([1, 2, 3, 4], 2)).to.have.length(2);
    expect(new Random(1).shuffled([1, 2], 5)).to.have.members([1, 2]);
  });

  it('refuses to pick from nothing', () => {
    expect(() => new Random(1).pick([])).to.throw(RangeError);
  });
});

import { expect } from 'chai';
import { present } from '../../src/syncer/present.ts';

describe('present', () => {
  it('leaves out what is undefined, and nothing else', () => {
    const values = { a: undefined, b: null, c: '', d: 0, e: false } as const;
    expect(Object.keys(present(values))).to.deep.equal(['b', 'c', 'd', 'e']);
    expect(Object.keys(values)).to.have.length(5);
  });
});

import { expect } from 'chai';
import * as sinon from 'sinon';
import { BodyCache } from '../../../src/sandbox/api/body-cache.ts';

describe('BodyCache', () => {
  it('makes a body once for each stamp', () => {
    const cache = new BodyCache(1000);
    const make = sinon.stub().onFirstCall().returns('one').onSecondCall().returns('two');
    expect(String(cache.get('a', '1', make))).to.equal('one');
    expect(String(cache.get('a', '1', make))).to.equal('one');
    expect(String(cache.get('a', '2', make))).to.equal('two');
    expect(String(cache.get('a', '2', make))).to.equal('two');
    expect(make.callCount).to.equal(2);
  });

  it('keeps what it has when it is full, and takes in again what became shorter', () => {
    const cache = new BodyCache(10);
    const make = sinon.stub().callsFake(() => 'x'.repeat(8));
    cache.get('a', '1', make);
    cache.get('b', '1', make);
    cache.get('b', '1', make);
    cache.get('a', '1', make);
    expect(make.callCount).to.equal(3);
    cache.get('a', '2', () => 'short');
    cache.get('b', '1', () => 'small');
    expect(String(cache.get('b', '1', make))).to.equal('small');
  });
});

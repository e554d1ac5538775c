import { expect } from 'chai';
import { isLoopback } from '../../../src/sandbox/control/loopback.ts';

describe('isLoopback', () => {
  it('knows this machine from any other', () => {
    for (const address of ['127.0.0.1', '127.8.9.10', '::1', '::ffff:127.0.0.1']) {
      expect(isLoopback(address), address).to.equal(true);
    }
    for (const address of [undefined, '', '10.0.0.1', '1.127.0.0', '127.0.0.1.example', '::ffff:10.0.0.1', '::2']) {
      expect(isLoopback(address), address).to.equal(false);
    }
  });
});

import { expect } from 'chai';
import { compare, compareGroups } from '../../../src/web/decisions/compare.ts';

describe('two values next to each other', () => {
  for (const [told, value, isPhone, how] of [
    ['Ann', 'ann ', false, 'same'],
    ['a@x.example', 'b@x.example', false, 'different'],
    ['138 0000 1111', '13800001111', true, 'same'],
    ['', 'somebody', false, 'unknown'],
    ['somebody', '', false, 'unknown'],
    ['-', '', true, 'unknown'],
  ] as const) {
    it(`"${told}" and "${value}" are ${how}`, () => {
      expect(compare(told, value, isPhone)).to.deep.equal({ value, how });
    });
  }

  for (const [told, groups, how] of [
    [['a'], ['b', 'a'], 'same'],
    [['a', 'b'], ['a'], 'different'],
    [['a'], [], 'unknown'],
    [[], ['a'], 'unknown'],
  ] as const) {
    it(`departments "${told.join()}" and groups "${groups.join()}" are ${how}`, () => {
      const value = groups.join('; ');
      expect(compareGroups(told, groups, (names) => names.join('; '))).to.deep.equal({ value, how });
    });
  }
});

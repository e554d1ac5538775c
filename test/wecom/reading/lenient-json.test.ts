import { expect } from 'chai';
import * as fc from 'fast-check';
import { withoutUnstorable } from '../../../src/syncer/characters.ts';
import { integerOf, textOf } from '../../../src/wecom/reading/lenient-json.ts';

describe('integerOf', () => {
  it('reads whole numbers, also as text', () => {
    for (const [value, integer] of [
      [1, 1],
      ['1', 1],
      [' 42 ', 42],
      [-1, -1],
      [4_294_967_295, 4_294_967_295],
    ]) {
      expect(integerOf(value)).to.equal(integer);
    }
  });

  it('reads nothing from anything else', () => {
    for (const value of [null, undefined, '', 'x', '1.5', 1.5, Number.NaN, '1e3', '0x10', true, [], {}, 2 ** 60]) {
      expect(integerOf(value)).to.equal(undefined);
    }
  });
});

describe('withoutUnstorable', () => {
  it('leaves good text as it is, emoji included', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (value) => {
        expect(withoutUnstorable(value)).to.equal(value.replaceAll('\0', ''));
      }),
    );
  });

  it('gives text that survives UTF-8', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.nat(0xffff).map((unit) => String.fromCharCode(unit)) }), (value) => {
        const clean = withoutUnstorable(value);
        expect(Buffer.from(clean, 'utf8').toString('utf8')).to.equal(clean);
        expect(clean).not.to.include('\0');
      }),
    );
  });
});

describe('textOf', () => {
  it('takes numbers for text, and nothing else', () => {
    expect(textOf(17)).to.equal('17');
    for (const value of [null, undefined, {}, [], true, Number.NaN]) expect(textOf(value)).to.equal(undefined);
  });
});

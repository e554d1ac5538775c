import { expect } from 'chai';
import * as fc from 'fast-check';
import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { readPhone } from '../../../src/wecom/mapping/phone.ts';

describe('readPhone', () => {
  for (const [entered, phone, countryCode] of [
    ['13800000000', '13800000000', 'CN'],
    [' 13800000000 ', '13800000000', 'CN'],
    ['+8613800000000', '13800000000', 'CN'],
    ['+86 138 0000 0000', '13800000000', 'CN'],
    ['+852 5123 4567', '51234567', 'HK'],
    ['+1 415 555 2671', '4155552671', 'US'],
    ['+49 1512 3456789', '15123456789', 'DE'],
    ['+81 90-1234-5678', '9012345678', 'JP'],
    ['010-62552255', '1062552255', 'CN'],
    ['12', '12', ''],
    ['0755-86013388 ext 12', '07558601338812', ''],
    ['+999 12345', '99912345', ''],
    ['ext. 4711', '4711', ''],
  ] as const) {
    it(`reads ${entered} as ${phone} ${countryCode || 'of no known region'}`, () => {
      expect(readPhone(entered)).to.deep.equal({ phone, countryCode });
    });
  }

  it('leaves a number that begins with the code of a carrier as it is', () => {
    expect(readPhone('17900001000')).to.deep.equal({ phone: '17900001000', countryCode: '' });
  });

  for (const entered of ['', '  ', 'n/a', '138****0000']) {
    it(`learns nothing from "${entered}"`, () => {
      expect(readPhone(entered)).to.equal(undefined);
    });
  }

  it('reads Chinese mobiles faster, but not otherwise than the library', () => {
    const mobile = fc
      .tuple(fc.integer({ min: 3, max: 9 }), fc.integer({ min: 0, max: 999_999_999 }))
      .map(([second, rest]) => `1${String(second)}${String(rest).padStart(9, '0')}`)
      .filter((entered) => !entered.startsWith('179'));
    fc.assert(
      fc.property(mobile, (entered) => {
        const parsed = parsePhoneNumberFromString(entered, { defaultCountry: 'CN', extract: false });
        expect(parsed?.isPossible()).to.equal(true);
        expect(readPhone(entered)).to.deep.equal({ phone: parsed?.nationalNumber, countryCode: parsed?.country });
      }),
      { numRuns: 500 },
    );
  });

  it('gives digits and a region, or nothing, for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (entered) => {
        const phone = readPhone(entered);
        if (!phone) return;
        expect(phone.phone).to.match(/^\d+$/);
        expect(phone.countryCode).to.match(/^([A-Z]{2})?$/);
      }),
    );
  });
});

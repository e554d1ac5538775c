import { expect } from 'chai';
import { SyncError } from '../../../src/syncer/errors.ts';
import { apiError } from '../../../src/wecom/api/api-error.ts';
import { ERROR_CODES, lookUpUrl } from '../../../src/wecom/api/error-codes.ts';

/** Every code of the documents that a syncer can meet, by the class that a catcher sees. */
const EXPECTED: Readonly<Record<string, readonly number[]>> = {
  unavailable: [-1, 6000, 45035, 2000111, 2000141],
  credentials: [40001, 40013, 40014, 40091, 42001, 45031, 301007, 2000002],
  'not-found': [40003, 40031, 40066, 40068, 40088, 40089, 46004, 50002, 60003, 60021, 60111, 60123, 60124, 81013],
  config: [40056, 41002, 41004, 48010, 50001, 301002],
  permission: [48001, 48002, 48005, 48006, 48009, 50003, 50006, 60011, 60031],
  'network-policy': [60020],
  'rate-limited': [45009, 45011, 45033, 45036],
  protocol: [
    40029, 40035, 40058, 40063, 41001, 41009, 41011, 41017, 42003, 42022, 45024, 45029, 50100, 60008, 60110, 60132,
    60257, 60268, 81001, 81002, 84014, 84015, 301036,
  ],
};

const REPEATED: Readonly<Record<string, readonly number[]>> = {
  renew: [40001, 40014, 42001],
  backoff: [-1, 6000, 45035, 2000111, 2000141],
  slow: [45033],
  pause: [45009, 45011, 45036],
  restart: [50100, 60268],
};

describe('the table of WeCom error codes', () => {
  it('knows every documented code and no other', () => {
    const documented = Object.values(EXPECTED).flat();
    expect([...ERROR_CODES.keys()].sort((a, b) => a - b)).to.deep.equal([...documented].sort((a, b) => a - b));
  });

  it('repeats a call only for codes that the documents call passing', () => {
    for (const [code, entry] of ERROR_CODES) {
      const kind = Object.entries(REPEATED).find(([, codes]) => codes.includes(code))?.[0] ?? 'none';
      expect(entry.retry, String(code)).to.equal(kind);
    }
  });

  for (const [code, numbers] of Object.entries(EXPECTED)) {
    for (const number of numbers) {
      it(`tells an operator what to do about ${String(number)} (${code}), in English and Chinese`, () => {
        const error = apiError(number, 'whatever WeCom says', 'user/list');
        expect(error).to.be.instanceOf(SyncError);
        expect(error.code).to.equal(code);
        expect(error.vendorCode).to.equal(number);
        expect(error.message).to.include('user/list').and.to.include(String(number));
        expect(error.text.zh).to.match(/\p{Script=Han}/u);
        expect(error.remedy?.en).to.match(/^[A-Z].*\S$/);
        expect(error.remedy?.zh).to.match(/\p{Script=Han}/u);
        expect(error.message, 'known codes are told in our words').not.to.include('whatever');
      });
    }
  }

  it('shows an unknown code with what WeCom said and where to look it up', () => {
    const error = apiError(999_999, 'something new', 'user/list');
    expect(error.code).to.equal('protocol');
    expect(error.message).to.include('999999').and.to.include('something new');
    expect(error.remedy?.en).to.include(lookUpUrl(999_999));
    expect(error.remedy?.zh).to.include('https://open.work.weixin.qq.com/devtool/query?e=999999');
  });
});

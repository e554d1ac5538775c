import { expect } from 'chai';
import { dryRunIn, flagIn } from '../../../src/host/http/query.ts';
import { Refusal } from '../../../src/service/refusal.ts';

describe('a flag in a query', () => {
  for (const word of ['true', '1', 'True', ' true ']) {
    it(`is yes for ${JSON.stringify(word)}`, () => {
      expect(flagIn({ wait: word }, 'wait')).to.equal(true);
      expect(dryRunIn({ dryRun: word })).to.equal(true);
    });
  }

  for (const word of ['false', '0', 'False', undefined]) {
    it(`is no for ${JSON.stringify(word)}`, () => {
      expect(flagIn({ wait: word }, 'wait')).to.equal(false);
      expect(dryRunIn({ dryRun: word })).to.equal(false);
    });
  }

  it('without a value asks for a dry run, and for nothing else', () => {
    expect(dryRunIn({ dryRun: '' })).to.equal(true);
    expect(flagIn({ prune: '' }, 'prune')).to.equal(false);
  });

  it('may be there twice, and says one thing', () => {
    expect(flagIn({ wait: ['true', '1'] }, 'wait')).to.equal(true);
    expect(() => flagIn({ wait: ['true', 'false'] }, 'wait')).to.throw(Refusal);
    expect(() => dryRunIn({ dryRun: ['false', 'true'] })).to.throw(Refusal);
  });

  for (const word of ['yes', 'on', 'no', '2', 'ture', { deep: 'true' }]) {
    it(`is refused by name for ${JSON.stringify(word)}`, () => {
      const refused = /^The parameter "dryRun" must be true or false/;
      expect(() => flagIn({ dryRun: word }, 'dryRun')).to.throw(Refusal, refused);
      if (typeof word === 'string') expect(() => dryRunIn({ dryRun: word })).to.throw(Refusal, refused);
    });
  }
});

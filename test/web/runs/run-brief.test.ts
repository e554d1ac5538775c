import { expect } from 'chai';
import { noCounts } from '../../../src/engine/run.ts';
import { english } from '../../../src/web/language/english.ts';
import { briefCounts } from '../../../src/web/runs/run-brief.ts';

const written = (value: number): string => new Intl.NumberFormat('en-GB').format(value);

describe('What a run changed, in one line', () => {
  it('names what happened and leaves out what did not', () => {
    const counts = { ...noCounts(), members: 1200, created: 3, forbidden: 1, unchanged: 1196 };
    expect(briefCounts(counts, english.brief, written)).to.equal('1,200 members · 3 created · 1 forbidden');
  });

  it('says so when nothing changed', () => {
    const counts = { ...noCounts(), members: 1, unchanged: 1 };
    expect(briefCounts(counts, english.brief, written)).to.equal('1 member · nothing to change');
  });
});

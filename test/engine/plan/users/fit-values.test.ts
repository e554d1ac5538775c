import { expect } from 'chai';
import { fitValues } from '../../../../src/engine/plan/users/fit-values.ts';
import { CASDOOR_LIMITS } from '../../../../src/identity/column-limits.ts';
import { FIELD_TITLES, PROFILE_FIELDS } from '../../../../src/syncer/profile.ts';

describe('fitting values into columns', () => {
  it('gives the same object back when everything fits', () => {
    const values = { displayName: '张三', title: '工'.repeat(100) };
    expect(fitValues(values, CASDOOR_LIMITS).values).to.equal(values);
  });

  it('counts characters, not UTF-16 units', () => {
    const values = { title: '😀'.repeat(100) };
    expect(fitValues(values, CASDOOR_LIMITS)).to.deep.equal({ values, notes: [] });
  });

  it('cuts a title of 129 characters to the column and notes it', () => {
    const fitted = fitValues({ title: '长'.repeat(129) }, CASDOOR_LIMITS);
    expect(fitted.values.title).to.equal('长'.repeat(100));
    expect(fitted.notes.map(({ code }) => code)).to.deep.equal(['value-cut']);
  });

  it('never cuts through what a reader sees as one character', () => {
    const family = '👨‍👩‍👧';
    const fitted = fitValues({ title: 'x'.repeat(98) + family }, CASDOOR_LIMITS);
    expect(fitted.values.title).to.equal('x'.repeat(98));
  });

  it('leaves an e-mail out rather than write half of it', () => {
    const fitted = fitValues({ email: `${'a'.repeat(100)}@example.com`, title: 'CEO' }, CASDOOR_LIMITS);
    expect(fitted.values).to.deep.equal({ title: 'CEO' });
    expect(fitted.notes.map(({ code }) => code)).to.deep.equal(['value-too-long']);
  });

  it('names the field as people call it, in the language of the sentence', () => {
    for (const field of PROFILE_FIELDS) {
      const { notes } = fitValues({ [field]: 'x'.repeat(300) }, { ...CASDOOR_LIMITS, values: { [field]: 10 } });
      const odd = fitValues(
        { [field]: '🌸' },
        {
          ...CASDOOR_LIMITS,
          values: { [field]: 10 },
          charsets: { values: { [field]: { has: (code: number) => code <= 0xffff } } },
        },
      );
      for (const { message } of [...notes, ...odd.notes]) {
        expect(message.en).to.match(new RegExp(`^${FIELD_TITLES[field].en} `));
        expect(message.zh.startsWith(FIELD_TITLES[field].zh), message.zh).to.equal(true);
        expect(message.zh, field).not.to.include(field);
      }
      expect([...notes, ...odd.notes]).to.have.lengthOf(2);
    }
  });

  it('lives with a column that this database lacks', () => {
    const { title: _, ...withoutTitle } = CASDOOR_LIMITS.values;
    expect(fitValues({ title: 'CEO', displayName: 'x' }, { ...CASDOOR_LIMITS, values: withoutTitle })).to.deep.equal({
      values: { displayName: 'x' },
      notes: [],
    });
  });
});

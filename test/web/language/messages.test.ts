import { expect } from 'chai';
import { PROFILE_FIELDS } from '../../../src/syncer/profile.ts';
import { chinese } from '../../../src/web/language/chinese.ts';
import { english } from '../../../src/web/language/english.ts';

/** Every sentence with its place; those with something to fill in are filled in. */
function sentences(words: object, place = ''): [string, string][] {
  return Object.entries(words).flatMap(([key, value]): [string, string][] => {
    const here = `${place}/${key}`;
    if (typeof value === 'function') return [[here, (value as (...parts: string[]) => string)('ONE', 'TWO')]];
    return typeof value === 'string' ? [[here, value]] : sentences(value as object, here);
  });
}

describe('Sentences of the page', () => {
  it('stand in both languages at the same places', () => {
    expect(
      sentences(chinese)
        .map(([place]) => place)
        .sort(),
    ).to.deep.equal(
      sentences(english)
        .map(([place]) => place)
        .sort(),
    );
  });

  it('are Chinese in Chinese', () => {
    // What is the same in every language.
    const same = new Set([
      '/none',
      '/listComma',
      '/preferences/switchLanguage',
      '/form/trialUserid',
      '/form/usersPlaceholder',
      '/test/checks/agent',
      '/otherFields/id',

      '/run/ofTotal',
    ]);
    const foreign = sentences(chinese).filter(
      ([place, sentence]) => !same.has(place) && !/\p{Script=Han}/u.test(sentence),
    );
    expect(foreign).to.deep.equal([]);
  });

  it('use what they are given in both languages', () => {
    const given = (words: object): string[] =>
      sentences(words)
        .filter(([, sentence]) => sentence.includes('ONE'))
        .map(([place]) => place)
        .sort();
    expect(given(chinese)).to.deep.equal(given(english));
  });

  it('name every account field that a mapping can feed', () => {
    expect(Object.keys(english.accountFields).sort()).to.deep.equal([...PROFILE_FIELDS].sort());
  });
});

import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { SOURCE_NAMES } from '../src/wecom/mapping/member-source.ts';
import { ERROR_CODES, guideTo, lookUpUrl, withGuide } from '../src/wecom/api/error-codes.ts';
import { updatedGuide } from '../scripts/write-guide.ts';
import { PROFILE_FIELDS } from '../src/syncer/profile.ts';

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');

const ANCHOR = /<a id="([^"]+)"><\/a>/g;
const anchorsIn = (document: string): string[] => [...document.matchAll(ANCHOR)].map(([, id = '']) => id);

describe('the guides for operators', () => {
  const guide = read('docs/troubleshooting.md');
  const section = (code: number): string => {
    const [, rest = ''] = guide.split(`<a id="${String(code)}"></a>`);
    return rest.split('<a id=', 1)[0] ?? '';
  };
  /** Chinese punctuation and line breaks may be set as a document likes them. */
  const words = (text: string): string => text.replaceAll(/[\s<>]/g, '');

  for (const [code, { meaning, remedy }] of ERROR_CODES) {
    it(`explain ${String(code)} as the product does, in both languages`, () => {
      const told = words(section(code));
      expect(told).to.include(words(remedy.en)).and.include(words(remedy.zh)).and.include(words(meaning.zh));
      expect(told).to.include(lookUpUrl(code));
    });
  }

  it('say of each code what the table says (npm run docs writes it)', () => {
    expect(guide).to.equal(updatedGuide(guide));
  });

  it('are what remedies link to', () => {
    const anchors = new Set(anchorsIn(guide));
    for (const [code, { remedy }] of ERROR_CODES) {
      const [, anchor = ''] = guideTo(code).split('#');
      expect(anchors.has(anchor), anchor).to.equal(true);
      expect(withGuide(remedy, code).en).to.include(guideTo(code));
    }
    for (const source of ['src/wecom/test-connection.ts']) {
      for (const [, anchor = ''] of read(source).matchAll(/docs\/troubleshooting\.md#([\w-]+)/g)) {
        expect(anchors.has(anchor), anchor).to.equal(true);
      }
    }
  });

  it('have each section once, and no link into nothing', () => {
    const anchors = anchorsIn(guide);
    expect(new Set(anchors).size).to.equal(anchors.length);
    for (const path of ['docs/troubleshooting.md', 'docs/setup.md', 'docs/mapping.md']) {
      for (const [, file = '', anchor = ''] of read(path).matchAll(/\]\(([\w-]+\.md)?#([\w-]+)\)/g)) {
        if (file === '' || file === 'troubleshooting.md') expect(anchors, `${path} → ${anchor}`).to.include(anchor);
      }
    }
  });

  it('name every source and target of the mapping', () => {
    const mapping = read('docs/mapping.md');
    for (const name of [...SOURCE_NAMES, ...PROFILE_FIELDS]) expect(mapping, name).to.include(`\`${name}\``);
  });
});

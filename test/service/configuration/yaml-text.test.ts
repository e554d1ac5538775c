import { expect } from 'chai';
import { YAMLParseError } from 'yaml';
import { Refusal } from '../../../src/service/refusal.ts';
import { plainOf, readYaml } from '../../../src/service/configuration/yaml-text.ts';
import { rejection } from '../../support/promises.ts';

const refusal = async (source: string): Promise<Refusal> => {
  const error = await rejection(readYaml(source));
  expect(error).to.be.instanceOf(Refusal);
  return error as Refusal;
};

describe('a text of YAML', () => {
  it('is taken as people write it, numbers that are names as they stand', async () => {
    const node = await readYaml(
      'a: 00123\nb: 12\nc: 12345678901234567890\nd: "*x"\ne: |\n  *no alias\nf: [true, "&y", {g: 1.5}]\n',
    );
    expect(plainOf(node!)).to.deep.equal({
      a: '00123',
      b: 12,
      c: '12345678901234567890',
      d: '*x',
      e: '*no alias\n',
      f: [true, '&y', { g: 1.5 }],
    });
  });

  for (const [what, source, place] of [
    ['an alias', 'a: 1\nb: *x', [2, 4]],
    ['an anchor', 'a: &x 1', [1, 4]],
    ['an anchor in a list', 'a:\n  - &x b', [2, 5]],
    ['a merge of an alias', 'a:\n  <<: *x', [2, 7]],
    ['a tag', 'a:\n  b: !!binary aGk=', [2, 6]],
    ['a tag of somebody else', 'a: !ruby/object {}', [1, 4]],
    ['a directive', '%TAG ! tag:x,2000:\n---\na: 1', [1, 1]],
    ['a key twice', 'a: 1\nb: 2\na: 3', [3, 1]],
    ['a key twice in brackets', 'a: {b: 1, b: 2}', [1, 11]],
    ['a key twice, in other quotes', 'a: 1\n"a": 2', [2, 1]],
    ['a key that is a list', '[a]: 1', [1, 1]],
    ['a key that is a number', '1: 1', [1, 1]],
    ['a second document', 'a: 1\n---\nb: 2', [2, 1]],
    ['brackets without an end', 'a: [1', [1, 6]],
    ['a character that PostgreSQL does not store', 'a: 1\nb: "x\\0"', [2, 4]],
    ['half of a pair', 'a: ["\\ud800y"]', [1, 5]],
    ['half of a pair in a key', 'a: 1\n"x\\udc00": 2', [2, 1]],
    ['wrong indentation', 'a:\n  b: 1\n c: 2', [3, 1]],
  ] as const) {
    it(`is refused for ${what}, with line and column`, async () => {
      const { text } = await refusal(source);
      expect(text.en).to.match(new RegExp(`^Line ${place[0]}, column ${place[1]}: `));
      expect(text.zh).to.match(new RegExp(`^第 ${place[0]} 行第 ${place[1]} 列：`));
    });
  }

  for (const [what, source] of [
    ['brackets', `a: ${'['.repeat(100_000)}`],
    ['dashes', '- '.repeat(100_000)],
    ['questions', '? '.repeat(100_000)],
    ['indentation', Array.from({ length: 900 }, (_, at) => `${' '.repeat(at)}a:`).join('\n')],
  ] as const) {
    it(`is refused where ${what} go deep, before anything recurses`, async () => {
      expect((await refusal(source)).text.en).to.match(/^Line \d+, column \d+: More than 20 levels/);
    });
  }

  it('is refused beyond 1 MiB, in bytes', async () => {
    const within = `a: ${'x'.repeat(1024 * 1024 - 3)}`;
    expect(await readYaml(within)).to.include({ kind: 'map' });
    expect((await refusal(`${within}x`)).text.en).to.match(/1 MiB/);
    expect((await refusal(`a: ${'字'.repeat(400_000)}`)).text.en).to.match(/1 MiB/);
  });

  it('is refused for too many parts', async () => {
    expect((await refusal(`a: [${'1,'.repeat(300_000)}]`)).text.en).to.match(/too many parts/);
  });

  for (const [what, source] of [
    ['quotes', '"'.repeat(2_000)],
    ['quotes in brackets', `[${'"" '.repeat(1_000)}]`],
    ['commas', `[${','.repeat(2_000)}]`],
    ['brackets that nothing opened', ']'.repeat(2_000)],
    ['escapes', `a: "${'\\z'.repeat(1_000)}"`],
  ] as const) {
    it(`is refused at the first of ${what}, whatever comes after it`, async () => {
      let made = 0;
      // Each error says where it is as soon as it is made.
      Object.defineProperty(YAMLParseError.prototype, 'pos', {
        configurable: true,
        set(this: YAMLParseError, value) {
          made += 1;
          Object.defineProperty(this, 'pos', { value });
        },
      });
      try {
        expect((await refusal(source)).text.en).to.match(/^Line 1, column \d+: This is no valid YAML/);
      } finally {
        Reflect.deleteProperty(YAMLParseError.prototype, 'pos');
      }
      expect(made).to.be.at.most(1);
    });
  }

  it('never repeats what stands in it', async () => {
    for (const source of ['a: "sesame-1234', 'a: @sesame-1234', 'a: b: sesame-1234', '- sesame-1234: [']) {
      const { text } = await refusal(source);
      expect(text.en + text.zh, source).to.not.include('sesame');
    }
  });

  it('makes no prototype of a key', async () => {
    const made = plainOf((await readYaml('__proto__: {polluted: true}\nconstructor: 1'))!) as object;
    expect(Object.keys(made)).to.deep.equal(['__proto__', 'constructor']);
    expect(({} as { polluted?: boolean }).polluted).to.equal(undefined);
  });
});

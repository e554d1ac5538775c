import { expect } from 'chai';
import { asBoolean, asList, asText, goJson, rfc3339 } from '../../src/storage/text-value.ts';

describe('stored text', () => {
  it('is JSON as Go writes it', () => {
    expect(goJson(['a&b', '<张三>', '\u2028', '"\\'])).to.equal(
      String.raw`["a\u0026b","\u003c张三\u003e","\u2028","\"\\"]`,
    );
    expect(JSON.parse(goJson(['<&>\u2029']))).to.deep.equal(['<&>\u2029']);
  });

  it('has times with seconds', () => {
    expect(rfc3339(new Date('2026-07-14T05:13:41.999+08:00'))).to.equal('2026-07-13T21:13:41Z');
  });

  it('reads a list from whatever older programs left', () => {
    for (const empty of [null, undefined, '', 'null', '[]', '{}', 'not json', 7])
      expect(asList(empty)).to.deep.equal([]);
    expect(asList('["acme/a", 7, null, "acme/b"]')).to.deep.equal(['acme/a', 'acme/b']);
  });

  it('reads NULL as empty and as false', () => {
    expect([asText(null), asText(undefined), asText('x'), asText(7)]).to.deep.equal(['', '', 'x', '7']);
    expect([null, false, 0, '', true, 1, '1'].map(asBoolean)).to.deep.equal([
      false,
      false,
      false,
      false,
      true,
      true,
      true,
    ]);
  });
});

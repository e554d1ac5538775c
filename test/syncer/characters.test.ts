import { expect } from 'chai';
import { isStorable, withoutControl, withoutUnstorable } from '../../src/syncer/characters.ts';

describe('characters', () => {
  it('that no database takes are known, and pairs are told from halves', () => {
    for (const text of ['', '张三', 'a😀b', '\n', '\uffff']) expect(isStorable(text), text).to.equal(true);
    for (const text of ['\0', 'a\0b', '\ud83d', 'a\ude00', '\ude00\ud83d']) expect(isStorable(text)).to.equal(false);
  });

  it('that no database takes are left out, or marked where somebody should see them', () => {
    expect(withoutUnstorable('张\0三😀')).to.equal('张三😀');
    expect(withoutUnstorable('a\ud83d\0', '\ufffd')).to.equal('a\ufffd\ufffd');
    expect(withoutUnstorable('a\ud83d\0')).to.equal('a\ufffd');
  });

  it('that control a terminal are blanks, a run of them one', () => {
    expect(withoutControl('a\r\n\tb\u001b[31m\ud83dc😀')).to.equal('a b [31m c😀');
  });
});

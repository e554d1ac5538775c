import { expect } from 'chai';
import * as fc from 'fast-check';
import { CallbackRefusedError } from '../../../src/syncer/errors.ts';
import { readFlatXml } from '../../../src/wecom/callbacks/flat-xml.ts';

const read = (xml: string): Record<string, string> => Object.fromEntries(readFlatXml(xml));

describe('a message of WeCom', () => {
  it('is read field by field, plain or in CDATA', () => {
    expect(read('<xml><A>1</A> \n<B><![CDATA[<b> & ]] ]]></B><C/><D></D><E>a&amp;b&lt;</E></xml>\n')).to.deep.equal({
      A: '1',
      B: '<b> & ]] ',
      C: '',
      D: '',
      E: 'a&b<',
    });
  });

  it('may hold deeper elements, which are passed over', () => {
    expect(
      read('<xml><A>1</A><ExtAttr><Item><A>x</A><Text><Value>y</Value></Text></Item></ExtAttr><B>2</B></xml>'),
    ).to.deep.equal({ A: '1', B: '2' });
  });

  for (const [what, xml] of [
    ['nothing', ''],
    ['plain text', 'hello'],
    ['another root', '<html><A>1</A></html>'],
    ['an empty root', '<xml/>'],
    ['two roots', '<xml><A>1</A></xml><xml></xml>'],
    ['text after the root', '<xml></xml>x'],
    ['an element that is not closed', '<xml><A>1</xml>'],
    ['a root that is not closed', '<xml><A>1</A>'],
    ['elements that cross', '<xml><A><B></A></B></xml>'],
    ['a field twice', '<xml><UserID>a</UserID><UserID>b</UserID></xml>'],
    ['a document type', '<!DOCTYPE xml [<!ENTITY a "b">]><xml><A>&a;</A></xml>'],
    ['an entity of its own', '<xml><A>&a;</A></xml>'],
    ['an external entity', '<!DOCTYPE x SYSTEM "file:///etc/passwd"><xml></xml>'],
    ['a numbered character', '<xml><A>&#65;</A></xml>'],
    ['a processing instruction', '<?xml version="1.0"?><xml></xml>'],
    ['a comment', '<xml><!-- a --></xml>'],
    ['an attribute', '<xml><A b="c">1</A></xml>'],
    ['CDATA without an end', '<xml><A><![CDATA[x</A></xml>'],
    ['elements without end', '<a>'.repeat(50)],
    ['too deep a nesting', `<xml>${'<a>'.repeat(20)}${'</a>'.repeat(20)}</xml>`],
    ['more than a message can be', `<xml><A>${'x'.repeat(300_000)}</A></xml>`],
  ] as const) {
    it(`is refused when it is ${what}`, () => {
      expect(() => readFlatXml(xml)).to.throw(CallbackRefusedError);
    });
  }

  it('is read or refused, and in no time, whatever it is', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('<xml>', '</xml>', '<A>', '</A>', '<![CDATA[', ']]>', '&amp;', '&', '<', 'x', ' ')),
        (parts) => {
          try {
            expect(readFlatXml(parts.join(''))).to.be.instanceOf(Map);
          } catch (error) {
            expect(error).to.be.instanceOf(CallbackRefusedError);
          }
        },
      ),
    );
    const started = performance.now();
    expect(() => readFlatXml(`<xml>${'<![CDATA['.repeat(20_000)}`)).to.throw(CallbackRefusedError);
    expect(performance.now() - started).to.be.lessThan(2_000);
  });
});

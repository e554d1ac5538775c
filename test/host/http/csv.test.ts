import { Readable } from 'node:stream';
import { expect } from 'chai';
import { csvReply } from '../../../src/host/http/csv.ts';

async function written(...cells: readonly string[]): Promise<string> {
  async function* rows() {
    yield [cells];
  }
  const { content } = csvReply('report', ['one'], rows());
  if (!(content instanceof Readable)) throw new Error('A table is streamed.');
  return (await content.toArray()).join('').slice('\ufeffone\r\n'.length);
}

describe('a table for spreadsheets', () => {
  for (const sign of ['=', '+', '-', '@', '＝', '＋', '－', '＠', '\t', '\r', '\n']) {
    it(`lets no cell be calculated that begins with ${JSON.stringify(sign)}`, async () => {
      expect(await written(`${sign}1+1`)).to.match(/^"?'/);
    });
  }

  it('leaves every other cell as it is', async () => {
    expect(await written('a=1', ' x', '李雷', 'say "so", or\r\nnot')).to.equal(
      'a=1, x,李雷,"say ""so"", or\r\nnot"\r\n',
    );
  });
});

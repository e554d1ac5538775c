import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { chinese } from '../../src/web/language/chinese.ts';
import { english, type Messages } from '../../src/web/language/english.ts';
import { ADMIN_PASSWORD, TestHost } from '../host/test-host.ts';
import { openBrowser, openWindow } from './browser.ts';
import { tellDecisions } from './decision-story.ts';
import { PICTURE, takePicture } from './picture.ts';
import { COMPANY, tellStory, type Place, type Reader } from './story.ts';

const LANGUAGES: readonly (readonly [string, string, Messages])[] = [
  ['English', 'en-GB', english],
  ['Chinese', 'zh-CN', chinese],
];

for (const [title, locale, words] of LANGUAGES) {
  describe(`Syncers tab in ${title}`, function () {
    this.timeout(240_000);
    let browser: Browser;
    let world: TestHost;

    before(async function () {
      browser = await openBrowser(this);
      world = await TestHost.start(COMPANY);
    });
    after(async () => {
      await browser?.close();
      await world?.close();
    });

    it('leads from the first sign-in to an approved run, and on to what only a person decides', async () => {
      const { page, context, complaints } = await openWindow(browser, { locale, viewport: PICTURE });
      const { url } = world.host;
      const signIn = async (): Promise<void> => {
        await page.goto(url);
        expect(await page.evaluate('document.documentElement.lang')).to.equal(locale);
        await page.getByLabel(words.signIn.username).fill('admin');
        await page.getByLabel(words.signIn.password, { exact: true }).fill(ADMIN_PASSWORD);
        await page.getByRole('button', { name: words.signIn.submit, exact: true }).click();
      };
      const place: Place = { world, url, prefix: '' };
      const picture = (name: string) => takePicture(page, `${name}.${locale.slice(0, 2)}`);
      const reader: Reader = { page, words, signIn, takePicture: picture };
      await tellStory(place, reader);
      await tellDecisions(place, reader);
      expect(complaints).to.deep.equal([]);
      await context.close();
    });
  });
}

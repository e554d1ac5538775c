import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { PAGE as words } from '../../src/host/self-service/member-page-text.ts';
import type { Language } from '../../src/host/http/language.ts';
import { FIELD_TITLES } from '../../src/syncer/profile.ts';
import { emailAt, phoneAt, SelfServiceHost } from '../host/self-service/self-service-host.ts';
import { freePort } from '../support/own-servers.ts';
import { openBrowser, openWindow, type Window } from './browser.ts';

const PAGE = '/me/acme/wecom';
const LOCALES: Readonly<Record<Language, string>> = { en: 'en-GB', zh: 'zh-CN' };
const PHONE = { viewport: { width: 390, height: 780 }, isMobile: true, hasTouch: true };

describe('members with a phone', function () {
  this.timeout(120_000);
  let browser: Browser;
  let host: SelfServiceHost;

  before(async function () {
    browser = await openBrowser(this);
    const port = await freePort();
    const settings = { PORT: String(port), PUBLIC_URL: `http://127.0.0.1:${port}` };
    host = await SelfServiceHost.start({ members: 12, departments: 3, settings });
    await host.setUser('plain', { email: 'taken@acme.example' });
  });
  after(async () => {
    await browser?.close();
    await host?.close();
  });

  const opened = (language: Language): Promise<Window> => openWindow(browser, { ...PHONE, locale: LOCALES[language] });

  for (const [at, language] of (['zh', 'en'] as const).entries()) {
    describe(language, () => {
      const say = (text: Readonly<Record<Language, string>>): string => text[language];
      const link = (page: Page, text: Readonly<Record<Language, string>>) =>
        page.getByRole('link', { name: say(text), exact: true });
      const button = (page: Page, text: Readonly<Record<Language, string>>) =>
        page.getByRole('button', { name: say(text), exact: true });
      const heading = (page: Page, text: Readonly<Record<Language, string>>) =>
        page.getByRole('heading', { name: say(text), exact: true }).waitFor();
      /** Chooses on WeCom's page, which the sandbox has. */
      const choose = async (page: Page, userid: string, answer: 'agree' | 'decline', but: readonly string[] = []) => {
        await page.locator('select[name=userid]').selectOption(userid);
        for (const field of but) await page.locator(`input[value=${field}]`).uncheck();
        await page.locator(`button[value=${answer}]`).click();
      };
      const picture = async (page: Page, name: string): Promise<void> => {
        const folder = process.env['PICTURES'];
        if (folder) await page.screenshot({ path: `${folder}/${language}-${name}.png`, fullPage: true });
      };
      /** A phone has no room beside. */
      const fits = async (page: Page): Promise<void> => {
        const [inner, outer] = await page.evaluate<[number, number]>(
          '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
        );
        expect(inner).to.be.at.most(outer);
      };

      it('read what is asked, decline, agree, come back later, and change their number', async () => {
        const userid = host.userids[at]!;
        const { page, context, complaints } = await opened(language);
        await page.goto(host.test.host.url + PAGE);
        await heading(page, words.title);
        for (const field of ['email', 'phone', 'avatar', 'gender'] as const) {
          await page.getByText(say(FIELD_TITLES[field]), { exact: true }).waitFor();
        }
        await fits(page);
        await picture(page, '1-explained');

        await link(page, words.start).click();
        await choose(page, userid, 'decline');
        await heading(page, words.declined);
        await picture(page, '2-declined');
        expect((await host.user(userid))['phone']).to.equal('');

        await link(page, words.again).click();
        await link(page, words.start).click();
        await choose(page, userid, 'agree', ['avatar']);
        await heading(page, words.look);
        await page.getByText(phoneAt(at)).waitFor();
        await page.getByText(emailAt(at)).waitFor();
        await fits(page);
        await picture(page, '3-look');
        expect((await host.user(userid))['phone']).to.equal('');
        await button(page, words.store).click();
        await heading(page, words.stored);
        await picture(page, '4-stored');
        expect(await host.user(userid)).to.include({ phone: phoneAt(at), email: emailAt(at) });

        await page.goto(host.test.host.url + PAGE);
        await link(page, words.start).click();
        await choose(page, userid, 'agree', ['avatar']);
        await heading(page, words.nothingNew);
        await picture(page, '5-nothing-new');

        host.test.sandbox.company.setField(userid, { mobile: `1390000000${at}`, email: 'taken@acme.example' });
        await link(page, words.again).click();
        await link(page, words.start).click();
        await choose(page, userid, 'agree');
        await page.getByText(`1390000000${at}`).waitFor();
        await page.getByText(say(words.before), { exact: false }).first().waitFor();
        await page.getByRole('heading', { name: say(words.keptOut) }).waitFor();
        await fits(page);
        await picture(page, '6-changed');
        await button(page, words.store).click();
        await heading(page, words.stored);
        await page.getByText(say(words.reportedToo)).waitFor();
        await picture(page, '7-changed-stored');
        expect(await host.user(userid)).to.include({ phone: `1390000000${at}`, email: emailAt(at) });
        // Loaded anew, it neither stores again nor ends in another page of the host.
        await page.goto(`${host.test.host.url}${PAGE}/confirm`);
        await heading(page, words.title);
        // A picture that a browser without a network cannot show is no fault of the page.
        expect(complaints.filter((line) => !line.includes('400 (Bad Request)'))).to.deep.equal([]);
        await context.close();
      });

      it('find no page where there is none, and cannot be shown one in a frame', async () => {
        const { page, context } = await opened(language);
        await page.goto(`${host.test.host.url}/me/acme/none`);
        await heading(page, words.missing);
        await picture(page, '8-missing');
        const outside = new URL(host.test.sandbox.url);
        await page.goto(outside.href);
        await page.setContent(`<iframe src="${host.test.host.url}${PAGE}"></iframe>`);
        const frame = page.frames()[1]!;
        await frame.waitForLoadState();
        expect(await frame.content()).to.not.include(say(words.title));
        await context.close();
      });
    });
  }
});

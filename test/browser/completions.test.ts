import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { chinese } from '../../src/web/language/chinese.ts';
import { english, type Messages } from '../../src/web/language/english.ts';
import { wecomSyncer } from '../../src/wecom/definition.ts';
import { ADMIN_PASSWORD, TestHost } from '../host/test-host.ts';
import { openBrowser, openWindow } from './browser.ts';

const LANGUAGES: readonly (readonly [string, Messages])[] = [
  ['en-GB', english],
  ['zh-CN', chinese],
];

describe('Self-service on the pages of an administrator', function () {
  this.timeout(120_000);
  let browser: Browser;
  let world: TestHost;

  before(async function () {
    browser = await openBrowser(this);
    world = await TestHost.start({ members: 8, departments: 2, settings: { PUBLIC_URL: 'http://iam.example.com' } });
    await world.addOrganization('acme');
    const client = world.credential();
    for (const name of ['en-GB', 'zh-CN']) {
      await client.post('/api/add-syncer', { ...world.syncer('acme'), name, agentId: '' });
    }
    const { status, msg } = await client.get('/api/run-syncer?id=acme/en-GB');
    expect(status, msg).to.equal('ok');
  });
  after(async () => {
    await browser?.close();
    await world?.close();
  });

  for (const [locale, words] of LANGUAGES) {
    it(`is switched on once members can be asked, and shows who has completed (${locale})`, async () => {
      const { page, context, complaints } = await openWindow(browser, { locale });
      const { cookie } = await world.signedIn('built-in', 'admin', ADMIN_PASSWORD);
      const [cookieName = '', value = ''] = cookie.split('=', 2);
      await context.addCookies([{ name: cookieName, value, url: world.host.url }]);
      await page.goto(`${world.host.url}/syncers/acme/${locale}`);
      const field = wecomSyncer.fields.find(({ asksMembers }) => asksMembers)!;
      const label = words === chinese ? field.labelZh : field.label;
      const enabled = page.getByRole('switch', { name: words.selfService.enabled });
      await page.getByText(words.selfService.needs(label)).waitFor();
      expect(await enabled.isDisabled()).to.equal(true);
      await page.getByLabel(label, { exact: true }).fill(String(world.sandbox.agentId));
      // By the keyboard: a pointer may miss what moves while the form scrolls to a mistake.
      await enabled.press('Space');
      await page.getByText(`http://iam.example.com/me/acme/${locale}`).waitFor();
      const [step = ''] = (words === chinese ? field.asksMembers?.stepsZh : field.asksMembers?.steps) ?? [];
      await page.getByText(step).waitFor();
      const group = page.getByRole('group', { name: words.selfService.fields });
      for (const box of await group.getByRole('checkbox').all()) await box.press('Space');
      await page.getByRole('button', { name: words.save }).click();
      await page.getByText(words.selfService.fieldsNeeded).waitFor();
      await group.getByRole('checkbox').first().press('Space');
      await page.getByRole('switch', { name: words.selfService.nudge }).press('Space');
      await page.getByLabel(words.selfService.nudgePerDay).fill('25');
      await page.getByRole('button', { name: words.save }).click();
      await page.getByRole('button', { name: words.selfService.title, exact: true }).click();
      await page.getByRole('heading', { name: words.selfService.of(locale) }).waitFor();
      const { data } = await world.credential().get(`/api/get-syncer?id=acme/${locale}`);
      expect(data.selfService).to.deep.equal({ enabled: true, fields: ['email'], nudge: true, nudgePerDay: 25 });
      if (locale === 'en-GB') {
        const { data2 } = await world.credential().get(`/api/get-self-service?id=acme/${locale}`);
        expect(data2).to.be.greaterThan(3);
        await page.getByText(words.selfService.ofAll(String(data2))).waitFor();
        await page.getByText(words.selfService.notYet).first().waitFor();
      } else await page.getByText(words.selfService.emptyTitle).waitFor();
      await page.getByText(`http://iam.example.com/me/acme/${locale}`).waitFor();
      expect(complaints).to.deep.equal([]);
      await context.close();
    });
  }
});

import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { chinese } from '../../src/web/language/chinese.ts';
import { english } from '../../src/web/language/english.ts';
import { ADMIN_PASSWORD, TestHost } from '../host/test-host.ts';
import { openBrowser, openWindow } from './browser.ts';

describe('Settings as a text, on the page', function () {
  this.timeout(120_000);
  let browser: Browser;
  let world: TestHost;

  before(async function () {
    browser = await openBrowser(this);
    world = await TestHost.start({ members: 5, departments: 2 });
    for (const organization of ['acme', 'other']) await world.addOrganization(organization);
  });
  after(async () => {
    await browser?.close();
    await world?.close();
  });

  const signIn = async (page: Page, organization: string, username: string, words = english): Promise<void> => {
    await page.goto(`${world.host.url}/signin`);
    await page.getByLabel(words.signIn.organization).fill(organization);
    await page.getByLabel(words.signIn.username).fill(username);
    await page.getByLabel(words.signIn.password, { exact: true }).fill(ADMIN_PASSWORD);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: words.syncers.title, exact: true }).waitFor();
  };

  for (const [locale, words] of [
    ['en-GB', english],
    ['zh-CN', chinese],
  ] as const) {
    const said = words.configuration;

    it(`is compared, applied, drifts and prunes, in ${locale}`, async () => {
      const client = world.credential();
      for (const name of ['wecom', 'old']) await client.post('/api/add-syncer', world.syncer('acme', name));
      const syncer = async (name: string) => (await client.get(`/api/get-syncer?id=acme/${name}`)).data;
      const { page, context, complaints } = await openWindow(browser, { locale });
      // A button that was busy a moment ago is still called so.
      const button = (name: string) => page.getByRole('main').getByRole('button', { name });
      await signIn(page, 'built-in', 'admin', words);
      await page.getByRole('link', { name: words.nav.configuration, exact: true }).click();
      await page.getByRole('heading', { name: said.title, exact: true }).waitFor();

      // What is there, as a file.
      await page.getByRole('region', { name: said.nowLabel }).getByText('name: acme/wecom').waitFor();
      const [download] = await Promise.all([page.waitForEvent('download'), button(said.download).click()]);
      expect(download.suggestedFilename()).to.equal('acme.yaml');

      // An error is marked where it is.
      const text = page.getByRole('textbox', { name: said.text });
      await text.fill('syncers:\n  - name: acme/wecom\n    graceDays: 3\n    leavers: away\n');
      await button(said.compare).click();
      await page.locator('.yaml-numbers mark', { hasText: '4' }).waitFor();
      expect(await page.locator('.yaml-place').textContent()).to.equal('    leavers: away');
      expect(await page.locator('.yaml-place mark').textContent()).to.equal('a');

      // Nobody makes the host read its environment from here.
      process.env['PLANTED_ON_THE_HOST'] = 'planted-sesame';
      await text.fill('syncers:\n  - name: acme/wecom\n    password: ${env:PLANTED_ON_THE_HOST}\n');
      await button(said.compare).click();
      await page.locator('.yaml-numbers mark', { hasText: '3' }).waitFor();
      await page.getByRole('alert').getByText('wecom-syncer apply').waitFor();
      delete process.env['PLANTED_ON_THE_HOST'];
      expect(await page.content()).to.not.include('planted-sesame');

      // A file, with a difference that is looked at before it is made so.
      const yaml = 'syncers:\n  - name: acme/wecom\n    graceDays: 3\n    leavers: softDelete\n';
      await page.locator('input[type=file]').setInputFiles({
        name: 'acme.yaml',
        mimeType: 'application/yaml',
        buffer: Buffer.from(yaml),
      });
      await button(said.compare).click();
      const line = page.getByRole('region', { name: said.change }).locator('dl > div', { hasText: 'graceDays' });
      await line.waitFor();
      expect(await line.locator('dd').textContent()).to.equal('0 → 3');
      expect((await syncer('wecom')).graceDays).to.equal(0);
      await button(said.apply).click();
      await page.getByText(said.applied('1', 1)).first().waitFor();
      expect((await syncer('wecom')).graceDays).to.equal(3);
      await page.getByText(said.noDrift).waitFor();

      // What somebody changes by hand is seen in the list, which leads to it.
      await client.post('/api/update-syncer?id=acme/wecom', { graceDays: 9 });
      await page.goto(`${world.host.url}/syncers`);
      const mark = page.getByRole('link', { name: said.changedByHand, exact: true });
      await mark.waitFor();
      expect(await mark.count()).to.equal(1);
      await mark.click();
      await page.getByText(said.driftTitle).waitFor();
      expect(await page.locator('.difference dd').first().textContent()).to.equal('3 → 9');

      // What would be deleted is red, and asked about.
      await text.fill(yaml);
      await page.getByRole('checkbox', { name: said.prune }).check();
      await button(said.compare).click();
      await page.locator('.difference-deleted', { hasText: 'acme/old' }).waitFor();
      await page.setViewportSize({ width: 390, height: 800 });
      await button(said.apply).click();
      await page.getByRole('dialog').getByText('acme/old').waitFor();
      expect(await syncer('old')).to.not.equal(null);
      await page.getByRole('dialog').getByRole('button', { name: said.confirm }).click();
      await page.getByText(said.applied('2', 2)).first().waitFor();
      expect(await syncer('old')).to.equal(null);
      expect((await syncer('wecom')).graceDays).to.equal(3);
      expect(complaints).to.deep.equal([]);
      await context.close();
      await client.post('/api/delete-syncer', { owner: 'acme', name: 'wecom' });
    });
  }
});

import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { chinese } from '../../src/web/language/chinese.ts';
import { english, type Messages } from '../../src/web/language/english.ts';
import { ADMIN_PASSWORD, TestHost } from '../host/test-host.ts';
import { openBrowser, openWindow } from './browser.ts';
import { takePicture } from './picture.ts';

const MEMBERS = 240;
const DEPARTMENTS = 40;
const STRANGE_IP = '198.51.100.23';

const LANGUAGES: readonly (readonly [string, string, Messages])[] = [
  ['English', 'en-GB', english],
  ['Chinese', 'zh-CN', chinese],
];

for (const [title, locale, words] of LANGUAGES) {
  describe(`Syncers tab in ${title}`, function () {
    this.timeout(120_000);
    let browser: Browser;
    let world: TestHost;

    before(async function () {
      browser = await openBrowser(this);
      world = await TestHost.start({ members: MEMBERS, departments: DEPARTMENTS });
    });

    after(async () => {
      await browser?.close();
      await world?.close();
    });

    it('leads from the first sign-in to an approved run', async () => {
      const { page, context, complaints } = await openWindow(browser, { locale });
      const picture = (name: string): Promise<void> => takePicture(page, `${name}.${locale.slice(0, 2)}`);
      const button = (name: string) => page.getByRole('button', { name, exact: true });
      const heading = (name: string) => page.getByRole('heading', { name, exact: true });

      await page.goto(world.host.url);
      expect(await page.evaluate('document.documentElement.lang')).to.equal(locale);
      await page.getByLabel(words.signIn.username).fill('admin');
      await page.getByLabel(words.signIn.password, { exact: true }).fill(ADMIN_PASSWORD);
      await button(words.signIn.submit).click();

      await button(words.organizations.add).click();
      await heading(words.organizations.title).waitFor();
      await button(words.organizations.add).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel(words.organizations.name, { exact: true }).fill('acme');
      await dialog.getByLabel(words.organizations.displayName).fill('Acme');
      await dialog.getByRole('button', { name: words.organizations.add }).click();
      await dialog.waitFor({ state: 'detached' });

      await page.getByRole('link', { name: words.nav.syncers, exact: true }).click();
      await heading(words.syncers.emptyTitle).waitFor();
      await button(words.syncers.add).click();
      await fillConnection(page, world, words);

      world.sandbox.faults.set({ untrustedIp: STRANGE_IP });
      await button(words.test.button).click();
      const report = page.getByRole('region', { name: words.test.button });
      await report.getByText(words.test.failed).waitFor();
      await report.getByText('60020').first().waitFor();
      await report.locator('code').getByText(STRANGE_IP, { exact: true }).waitFor();
      await report.scrollIntoViewIfNeeded();
      await picture('test-connection');

      world.sandbox.faults.clear();
      await button(words.test.button).click();
      await report.getByText(words.test.passed).waitFor();

      await button(words.save).click();
      await page.waitForURL('**/syncers/acme/wecom');
      await heading(words.form.trial).waitFor();

      world.sandbox.faults.set({ latencyMs: 700 });
      await button(words.syncers.sync).click();
      await page.waitForURL('**/runs/*');
      await button(words.run.cancel).waitFor();
      const departments = page.locator('dt', { hasText: words.run.departments }).locator('xpath=following-sibling::dd');
      await departments.filter({ hasText: /^[1-9]/ }).waitFor();
      await picture('progress');
      world.sandbox.faults.clear();
      await page.getByRole('region', { name: words.run.summary }).waitFor();
      await button(words.run.showChanges(String(MEMBERS), words.counts.created)).click();
      await page.locator('.change-table').getByText(words.changes.kinds.create, { exact: true }).first().waitFor();

      await page.getByRole('link', { name: words.nav.users, exact: true }).click();
      await page.getByText(words.total(String(MEMBERS))).waitFor();
      await page.locator('.tags a').first().waitFor();
      await picture('users');
      await page.getByRole('link', { name: words.nav.groups, exact: true }).click();
      await page.getByRole('tree', { name: words.groups.tree }).or(page.locator('.group-tree')).first().waitFor();
      expect(await page.locator('.group-node').count()).to.be.greaterThan(1);

      await page.getByRole('link', { name: words.nav.syncers, exact: true }).click();
      await page.getByText(words.syncers.notScheduled).waitFor();
      await page.getByRole('switch', { name: words.syncers.enableNamed('wecom') }).click();
      await page.getByText(words.syncers.switchedOn('wecom')).waitFor();
      await page.getByText(words.syncers.notScheduled).waitFor({ state: 'detached' });
      await page.getByRole('switch', { name: words.syncers.enableNamed('wecom'), checked: true }).waitFor();

      world.sandbox.company.leave(MEMBERS / 2);
      await page.getByRole('button', { name: words.syncers.syncNamed('wecom') }).click();
      await page.waitForURL('**/runs/*');
      await page.getByText(words.run.heldTitle).waitFor();
      expect(await forbiddenCount(world), 'nobody is locked out while the run waits').to.be.below(MEMBERS / 2);
      await page.locator('.change-table').getByText(words.changes.states.held, { exact: true }).first().waitFor();
      await picture('held');

      await button(words.run.approve).click();
      await page.getByRole('dialog').getByRole('button', { name: words.run.approve }).click();
      await page.getByText(words.run.heldTitle).waitFor({ state: 'detached' });
      await page.locator('h1 + .mark', { hasText: words.state.succeeded }).waitFor();
      expect(await forbiddenCount(world)).to.be.at.least(MEMBERS / 2);

      await page.getByRole('link', { name: words.nav.syncers, exact: true }).click();
      await page.getByRole('link', { name: 'wecom', exact: true }).waitFor();
      await picture('syncers');
      await page.getByRole('link', { name: 'wecom', exact: true }).click();
      await button(words.syncers.runs).click();
      await heading(words.runs.chartTitle).waitFor();
      await picture('runs');

      expect(complaints).to.deep.equal([]);
      await context.close();
    });
  });
}

async function fillConnection(page: Page, { sandbox }: TestHost, words: Messages): Promise<void> {
  const isChinese = words === chinese;
  await page.getByLabel(isChinese ? '企业 ID' : 'Corp ID', { exact: true }).fill(sandbox.corpId);
  await page.getByLabel(isChinese ? '企业 Secret' : 'Corp Secret', { exact: true }).fill(sandbox.appSecret);
}

async function forbiddenCount(world: TestHost): Promise<number> {
  const answer = await world.credential().get('/api/get-users?owner=acme&p=1&pageSize=1&field=isForbidden&value=true');
  return Number(answer.data2);
}

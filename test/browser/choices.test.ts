import { expect } from 'chai';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { chinese } from '../../src/web/language/chinese.ts';
import { english, type Messages } from '../../src/web/language/english.ts';
import { wecomSyncer } from '../../src/wecom/definition.ts';
import { ADMIN_PASSWORD, TestHost } from '../host/test-host.ts';
import { barriers } from './barriers.ts';
import { openBrowser, openWindow } from './browser.ts';

const LANGUAGES: readonly (readonly [string, Messages])[] = [
  ['en-GB', english],
  ['zh-CN', chinese],
];

describe('Departments and tags on the page of a syncer', function () {
  this.timeout(120_000);
  let browser: Browser;

  before(async function () {
    browser = await openBrowser(this);
  });
  after(() => browser?.close());

  for (const [locale, words] of LANGUAGES) {
    const labelOf = (name: string): string => {
      const field = wecomSyncer.fields.find((one) => one.name === name)!;
      return words === chinese ? field.labelZh : field.label;
    };
    const field = (page: Page, name: string) => page.getByLabel(labelOf(name), { exact: true });

    it(`are chosen from what the app sees before anything is saved, and become groups (${locale})`, async () => {
      const world = await TestHost.start({ members: 40, departments: 12 });
      const client = world.credential();
      const { company } = world.sandbox;
      await world.addOrganization('acme');
      // Two that nobody mistakes for another; the second is below the first.
      company.addDepartment({ id: 901, parentid: 1, name: 'Rockets' });
      company.addDepartment({ id: 902, parentid: 901, name: 'Engines' });
      const member = company.visibleMembers().find(({ status }) => status === 1)!;
      company.move(member.userid, [902]);
      company.setTag({ id: 77, name: 'Pilots', users: [member.userid], departments: [] });
      const { page, context, complaints } = await openWindow(browser, { locale });
      await signIn(context, world);

      await page.goto(`${world.host.url}/syncers/new`);
      const departments = field(page, 'scope.departments');
      await departments.click();
      await page.getByText(words.form.choices.unconnected).waitFor();
      await page.getByText(words.form.fieldNeeded(labelOf('user'))).waitFor();
      await page.keyboard.press('Escape');
      await field(page, 'user').fill(world.sandbox.corpId);
      await field(page, 'password').fill('mistyped');
      await departments.click();
      await page.getByRole('alert').filter({ hasText: words.form.choices.departments.failed }).waitFor();
      await field(page, 'password').fill(world.sandbox.appSecret);
      await page.getByRole('button', { name: words.form.choices.again }).click();
      await page.getByRole('alert').waitFor({ state: 'detached' });

      await departments.click();
      await page.keyboard.type('rock');
      await choice(page, 'Rockets').click();
      expect(await barriers(page)).to.deep.equal([]);
      await choice(page, 'Engines').getByText(words.form.choices.comesAlong).waitFor();
      await page.keyboard.press('Escape');
      await field(page, 'syncTags').click();
      await choice(page, 'Pilots').click();
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: words.save }).click();
      await page.waitForURL('**/syncers/acme/wecom');
      const { data } = await client.get('/api/get-syncer?id=acme/wecom');
      expect(data.scope).to.deep.include({ departments: [901], includeChildren: true });
      expect(data.syncTags).to.deep.equal([77]);

      await page.getByRole('button', { name: words.syncers.sync, exact: true }).click();
      await page.waitForURL('**/runs/*');
      await page.getByRole('region', { name: words.run.summary }).waitFor();
      await page.getByRole('link', { name: words.nav.groups, exact: true }).click();
      for (const name of ['Rockets', 'Engines', 'Pilots']) {
        await page.getByRole('searchbox', { name: words.groups.search }).fill(name);
        await page.locator('.group-node', { hasText: name }).waitFor();
      }

      await page.getByRole('link', { name: words.nav.protections, exact: true }).click();
      await page.getByRole('button', { name: words.protections.add }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel(words.protections.kind, { exact: true }).press('ArrowDown');
      await dialog.getByTitle(words.protections.kinds.department, { exact: true }).click();
      await dialog.getByText(words.form.choices.departments.one).waitFor();
      await dialog.getByRole('combobox', { name: words.protections.values.department }).last().press('ArrowDown');
      await page.keyboard.type('rock');
      await choice(page, 'Rockets').locator('.choice-title').click();
      await dialog.getByLabel(words.protections.reason, { exact: true }).fill('launch');
      await dialog.getByRole('button', { name: words.protections.leave, exact: true }).click();
      await dialog.waitFor({ state: 'detached' });
      const { data: protections } = await client.get('/api/get-sync-protections?owner=acme');
      expect(protections[0]).to.include({ kind: 'department', value: '901', syncer: '', reason: 'launch' });

      company.removeDepartment(901);
      await page.goto(`${world.host.url}/syncers/acme/wecom`);
      await page.locator('.directory-missing', { hasText: '901' }).waitFor();
      await page.getByText('Pilots', { exact: true }).waitFor();
      await page.getByRole('button', { name: words.form.choices.departments.byId }).click();
      await field(page, 'scope.departments').fill('902,');
      await page.getByRole('button', { name: words.save }).click();
      await page.getByText(words.form.saved).waitFor();
      const { data: kept } = await client.get('/api/get-syncer?id=acme/wecom');
      expect(kept.scope.departments, 'what is gone is kept').to.deep.equal([901, 902]);
      expect(complaints).to.deep.equal([]);
      await context.close();
      await world.close();
    });
  }
});

const choice = (page: Page, name: string) =>
  page.locator('.choice-popup:visible .ant-select-tree-treenode').filter({ hasText: name });

/** The session of a browser without its page of signing in, which other suites look at. */
async function signIn(context: BrowserContext, world: TestHost): Promise<void> {
  const { cookie } = await world.signedIn('built-in', 'admin', ADMIN_PASSWORD);
  const [name = '', value = ''] = cookie.split('=', 2);
  await context.addCookies([{ name, value, url: world.host.url }]);
}

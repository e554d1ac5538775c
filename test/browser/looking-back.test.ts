import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { chinese } from '../../src/web/language/chinese.ts';
import { english as words } from '../../src/web/language/english.ts';
import { ADMIN_PASSWORD, TestHost } from '../host/test-host.ts';
import { openBrowser, openWindow, type Window } from './browser.ts';

describe('What happened, looked back at on the page', function () {
  this.timeout(120_000);
  let browser: Browser;
  let world: TestHost;

  before(async function () {
    browser = await openBrowser(this);
    world = await TestHost.start({ members: 20, departments: 4 });
    for (const name of ['acme', 'other']) await world.addOrganization(name);
    const chief = await world.signedIn('acme', 'chief', ADMIN_PASSWORD);
    await chief.post('/api/add-syncer', world.syncer('acme'));
    await chief.post('/api/run-syncer?id=acme/wecom&wait=true');
    await chief.post('/api/update-syncer?id=acme/wecom', { graceDays: 3 });
    await chief.post('/api/protect-user', { owner: 'acme', kind: 'userid', value: 'any', reason: '=1+1' });
    const theirs = await world.signedIn('other', 'chief', ADMIN_PASSWORD);
    await theirs.post('/api/add-group', { owner: 'other', name: 'theirs' });
  });
  after(async () => {
    await browser?.close();
    await world?.close();
  });

  async function signedIn(organization: string, username: string, locale = 'en-GB'): Promise<Window> {
    const said = locale === 'en-GB' ? words : chinese;
    const window = await openWindow(browser, { locale });
    const { page } = window;
    await page.goto(`${world.host.url}/signin`);
    await page.getByLabel(said.signIn.organization).fill(organization);
    await page.getByLabel(said.signIn.username).fill(username);
    await page.getByLabel(said.signIn.password, { exact: true }).fill(ADMIN_PASSWORD);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: said.syncers.title, exact: true }).waitFor();
    return window;
  }

  async function savedTable(page: Page): Promise<{ readonly name: string; readonly lines: readonly string[] }> {
    const [saved] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: words.downloadTable }).click(),
    ]);
    const text = await readFile(await saved.path(), 'utf8');
    return { name: saved.suggestedFilename(), lines: text.trimEnd().split('\r\n') };
  }

  /** While the list still arrives, a menu may move away below the pointer: then it stays open. */
  async function openFromMenu(page: Page, title: string): Promise<void> {
    const entry = page.getByRole('menuitem', { name: title });
    const heading = page.getByRole('heading', { name: title });
    for (let tries = 1; ; tries += 1) {
      if (!(await entry.isVisible())) await page.getByRole('button', { name: words.syncers.more('wecom') }).click();
      await entry.click();
      try {
        return await heading.waitFor({ timeout: 5000 });
      } catch (error) {
        if (tries === 3) throw error;
      }
    }
  }

  const acts = (page: Page) => page.locator('.audit tbody strong');

  it('filters the audit log by syncer, person, action and day, and saves all that is asked for', async () => {
    const { page, context, complaints } = await signedIn('built-in', 'admin');
    await openFromMenu(page, words.audit.title);
    await page.locator('.field-changes').getByText(words.form.graceDays).first().waitFor();
    const ofSyncer = ['update-syncer', 'run-syncer', 'add-syncer'] as const;
    expect(await acts(page).allTextContents()).to.deep.equal(ofSyncer.map((action) => words.audit.actions[action]));
    await page.getByRole('button', { name: words.audit.clear }).click();
    await acts(page).getByText(words.audit.actions['protect-user']).waitFor();

    await page.getByLabel(words.audit.person).fill('nobody');
    await page.keyboard.press('Enter');
    await page.getByText(words.audit.nothingFound).waitFor();
    expect(new URL(page.url()).searchParams.get('user')).to.equal('acme/nobody');
    await page.getByLabel(words.audit.person).fill('chief');
    await page.keyboard.press('Enter');
    await acts(page).getByText(words.audit.actions['sign-in']).first().waitFor();

    await page.getByRole('combobox', { name: words.audit.action, exact: true }).click();
    await page.keyboard.type(words.audit.actions['protect-user']);
    await page.keyboard.press('Enter');
    await acts(page).getByText(words.audit.actions['sign-in']).first().waitFor({ state: 'detached' });
    const { name, lines } = await savedTable(page);
    expect(name).to.equal('audit-acme.csv');
    expect(lines).to.have.length(2);
    expect(lines[1]).to.include('protect-user,acme/chief,127.0.0.1,any,ok,').and.include(",'=1+1");

    // A day on which nothing was done yet.
    await page.getByLabel(words.audit.fromDay, { exact: true }).fill('2099-01-01');
    await page.getByText(words.audit.nothingFound).waitFor();
    await page.getByLabel(words.audit.toDay, { exact: true }).fill('2001-01-01');
    await page.getByRole('alert').getByText('"to" must not be before "from".').waitFor();
    expect(complaints).to.deep.equal([]);
    await context.close();
  });

  it('shows an administrator of one organization what was done there alone', async () => {
    const { page, context, complaints } = await signedIn('other', 'chief');
    await page.getByRole('link', { name: words.nav.audit }).click();
    await acts(page).getByText(words.audit.actions['add-group']).waitFor();
    expect(await page.getByText('acme').count()).to.equal(0);
    await page.getByRole('link', { name: words.nav.report }).click();
    await page.getByText(words.report.emptyTitle).waitFor();
    await page.goto(`${world.host.url}/report?organization=acme`);
    await page.getByRole('alert').getByText(words.problem.notAllowed).waitFor();
    expect(complaints).to.deep.equal([]);
    await context.close();
  });

  it('counts who came and left, draws it, and saves each of them', async () => {
    const { page, context, complaints } = await signedIn('acme', 'chief');
    await page.getByRole('link', { name: words.nav.report }).click();
    const joiners = page.locator('.report-numbers dt', { hasText: words.report.whats.joiners });
    await joiners.locator('xpath=following-sibling::dd[1]').getByText('20', { exact: true }).waitFor();
    await page.getByRole('img', { name: /^Joiners, restored and movers above/ }).waitFor();
    expect(await page.locator('svg rect.joiners').count()).to.be.greaterThan(0);
    const { name, lines } = await savedTable(page);
    expect(name).to.match(/^report-acme-\d{4}-\d\d-\d\d-\d{4}-\d\d-\d\d\.csv$/);
    expect(lines.filter((line) => line.includes(',joiners,'))).to.have.length(20);

    await page.getByText(words.report.lastDays('365'), { exact: true }).click();
    await page.waitForURL('**/report?from=*');
    await joiners.locator('xpath=following-sibling::dd[1]').getByText('20', { exact: true }).waitFor();
    await page.getByLabel(words.report.toDay, { exact: true }).fill('2020-01-02');
    await page.getByRole('alert').getByText('"to" must not be before "from".').waitFor();
    expect(complaints).to.deep.equal([]);
    await context.close();
  });

  it('saves sentences in the language of the page, whatever the browser speaks', async () => {
    const { page, context } = await signedIn('acme', 'chief', 'zh-CN');
    await page.getByRole('button', { name: chinese.preferences.switchLanguageHint }).click();
    await page.getByRole('link', { name: words.nav.report }).click();
    const { lines } = await savedTable(page);
    expect(lines.find((line) => line.includes(',joiners,'))).to.match(/New member\.$/);
    await context.close();
  });
});

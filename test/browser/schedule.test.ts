import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { english as words } from '../../src/web/language/english.ts';
import { ADMIN_PASSWORD, TestHost } from '../host/test-host.ts';
import { openBrowser, openWindow } from './browser.ts';

describe('The schedule on the page of a syncer', function () {
  this.timeout(120_000);
  let browser: Browser;
  let world: TestHost;

  before(async function () {
    browser = await openBrowser(this);
    world = await TestHost.start({ members: 5, departments: 2 });
    await world.addOrganization('acme');
    await world.credential().post('/api/add-syncer', { ...world.syncer('acme'), isEnabled: true });
  });
  after(async () => {
    await browser?.close();
    await world?.close();
  });

  it('takes a line, a zone and windows, and shows the next ten times', async () => {
    const { page, context, complaints } = await openWindow(browser, { locale: 'en-GB' });
    await page.goto(`${world.host.url}/signin`);
    await page.getByLabel(words.signIn.organization).fill('built-in');
    await page.getByLabel(words.signIn.username).fill('admin');
    await page.getByLabel(words.signIn.password, { exact: true }).fill(ADMIN_PASSWORD);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: words.syncers.title, exact: true }).waitFor();
    await page.goto(`${world.host.url}/syncers/acme/wecom`);
    await page.getByLabel(words.form.line).fill('30 2 * * 1-5');
    // The checks begin with the secret that they need.
    const roster = page.getByLabel(words.form.rosterInterval, { exact: true });
    expect(await roster.isDisabled()).to.equal(true);
    await page.getByLabel('Contacts Secret', { exact: true }).fill(world.sandbox.contactsSecret);
    await page.getByText(words.form.rosterIntervalHelp('300', '60')).waitFor();
    expect(await roster.inputValue()).to.equal('300');
    const [quiet, freeze] = await page.getByRole('button', { name: words.form.windowAdd }).all();
    await quiet!.click();
    await page.getByLabel(words.form.windowFrom).fill('03:00');
    await freeze!.click();
    await page.getByRole('button', { name: words.save }).click();
    await page.getByText('as stored').waitFor();
    await page.locator('.next-runs time', { hasText: '02:30' }).nth(9).waitFor();
    const { data } = await world.credential().get('/api/get-syncer?id=acme/wecom');
    const days = [1, 2, 3, 4, 5, 6, 7];
    expect(data).to.deep.include({
      schedule: '30 2 * * 1-5',
      timeZone: 'Asia/Shanghai',
      quietWindows: [{ days, from: '03:00', to: '06:00' }],
      freezeWindows: [{ days, from: '22:00', to: '06:00' }],
      freezeDisabled: false,
      rosterInterval: 300,
    });
    await page.getByLabel(words.form.line).fill('30 2 31 2 *');
    await page.getByRole('button', { name: words.save }).click();
    // At the field, too, not only in a message that goes.
    await page.locator('.ant-form-item-explain-error', { hasText: 'never comes' }).waitFor();
    expect(complaints).to.deep.equal([]);
    await context.close();
  });
});

import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { csvSyncer } from '../../examples/csv-syncer.ts';
import { english as words } from '../../src/web/language/english.ts';
import { CHIEF, GLOBAL, MountedHost, written } from '../host/mount/mounted-host.ts';
import { openBrowser, openWindow } from './browser.ts';

describe('Syncers tab in a server of somebody else’s', function () {
  this.timeout(120_000);
  let browser: Browser;
  let host: MountedHost;

  before(async function () {
    browser = await openBrowser(this);
    host = await MountedHost.start([csvSyncer]);
  });
  after(async () => {
    await browser?.close();
    await host?.close();
  });

  for (const kind of ['fastify', 'express'] as const) {
    it(`tests, adds, runs and enables a syncer under /admin/sync of ${kind}, for whoever is signed in there`, async () => {
      const url = await host.serve(kind);
      const { page, context, complaints } = await openWindow(browser);
      const button = (name: string) => page.getByRole('button', { name, exact: true });
      const asked: string[] = [];
      page.on('request', (request) => void asked.push(new URL(request.url()).pathname));

      await page.goto(`${url}/admin/sync`);
      await page.getByRole('heading', { name: words.signIn.elsewhereTitle }).waitFor();
      await context.addCookies([{ name: 'who', value: written(GLOBAL), url }]);
      await button(words.problem.reload).click();

      await page.getByRole('heading', { name: words.syncers.emptyTitle }).waitFor();
      expect(new URL(page.url()).pathname).to.equal('/admin/sync/syncers');
      expect(await page.getByRole('link', { name: words.nav.users, exact: true }).count()).to.equal(0);
      await button(words.syncers.add).click();
      const organization = page.getByLabel(words.form.organization, { exact: true });
      await organization.fill('acme');
      await page.keyboard.press('Escape');
      await page.getByLabel('Corp ID').fill(host.sandbox.corpId);
      await page.getByLabel('Corp Secret').fill(host.sandbox.appSecret);
      await page.getByText('/admin/sync/api/wecom-callback/ORG/NAME').waitFor();
      await button(words.test.button).click();
      await page.getByText(words.test.passed).waitFor();
      await button(words.save).click();
      await page.waitForURL('**/admin/sync/syncers/acme/wecom');

      await button(words.syncers.sync).click();
      await page.waitForURL('**/admin/sync/runs/*');
      await page.getByText(words.state.succeeded).first().waitFor();
      await page.getByText(words.counts.created, { exact: true }).first().waitFor();

      await page.goto(`${url}/admin/sync/syncers`);
      const enabled = page.getByRole('switch', { name: words.syncers.enableNamed('wecom') });
      await enabled.click();
      await page.getByText(words.syncers.switchedOn('wecom')).waitFor();
      expect((await host.service.syncers.get('acme/wecom'))?.isEnabled).to.equal(true);

      // Each entry leads to something that is served here.
      for (const entry of ['protections', 'configuration', 'report', 'audit'] as const) {
        await page.getByRole('link', { name: words.nav[entry], exact: true }).click();
        await page.getByRole('heading', { name: words[entry].title, exact: true }).waitFor();
      }
      await page.getByText(words.audit.actions['run-syncer'], { exact: true }).first().waitFor();
      await page.getByRole('link', { name: words.audit.run, exact: true }).first().click();
      await page.getByRole('region', { name: words.run.summary }).waitFor();
      const [somebody] = host.sandbox.company.visibleMembers();
      await page.goto(`${url}/admin/sync/users/acme/${somebody!.userid}/history`);
      await page.locator('.story').getByText(words.history.kinds.run, { exact: true }).first().waitFor();

      // A link of a run, opened anew, finds its files and its way.
      await page.goto(`${url}/admin/sync/users`);
      await page.getByText(words.problem.notFound).waitFor();
      await page.getByRole('link', { name: words.problem.backToSyncers }).click();
      await enabled.waitFor();
      expect(asked.filter((path) => !path.startsWith('/admin/sync'))).to.deep.equal([]);
      expect(complaints).to.deep.equal([]);
      await context.close();
      await host.service.syncers.delete('acme/wecom');
    });
  }

  it('offers for a type what it can, in the words of its definition', async () => {
    const url = await host.serve('express');
    await host.service.syncers.add({ organization: 'acme', name: 'people', type: 'CSV', path: '/srv/people.csv' });
    const { page, context, complaints } = await openWindow(browser);
    await context.addCookies([{ name: 'who', value: written(CHIEF), url }]);
    await page.goto(`${url}/admin/sync/syncers/acme/people`);
    await page.getByText(words.form.connectionLead('CSV file')).waitFor();
    await page.getByLabel('Path').waitFor();
    await page.getByText('acme · CSV file').waitFor();
    expect(await page.getByText(words.form.trial, { exact: true }).count()).to.equal(0);
    expect(await page.getByText(words.form.syncGroups, { exact: true }).count()).to.equal(1);
    expect(await page.locator('main').innerText()).to.not.match(/WeCom|企业微信/);
    expect(complaints).to.deep.equal([]);
    await context.close();
  });
});

import { expect } from 'chai';
import type { Browser } from 'playwright-core';
import { english as words } from '../../src/web/language/english.ts';
import { TestHost } from '../host/test-host.ts';
import { FakeIam } from '../support/fake-iam.ts';
import { ReverseProxy } from '../support/reverse-proxy.ts';
import { openBrowser, openWindow } from './browser.ts';

describe('Syncers tab behind nginx, below a prefix, signed in by the IAM', function () {
  this.timeout(120_000);
  let browser: Browser;
  let nginx: ReverseProxy;
  let iam: FakeIam;
  let world: TestHost;

  before(async function () {
    nginx = await ReverseProxy.reserve('nginx', this);
    browser = await openBrowser(this);
    iam = await FakeIam.start();
    const settings = { BASE_PATH: '/wecom', PUBLIC_URL: nginx.origin, IAM_URL: iam.url };
    world = await TestHost.start({ members: 20, departments: 4, settings });
    await world.credential().post('/wecom/api/add-organization', { name: 'acme', displayName: 'acme' });
    await world.credential().post('/wecom/api/add-syncer', world.syncer('acme'));
    await nginx.serve(iam.url, world.host.url);
  });
  after(async () => {
    await browser?.close();
    await nginx?.close();
    await world?.close();
    await iam?.close();
  });

  it('leads to the IAM’s sign-in, and from there to a run; out there is out here', async () => {
    const { page, context, complaints } = await openWindow(browser, { locale: 'en-GB' });
    await page.goto(`${nginx.origin}/wecom/`);
    const link = page.getByRole('link', { name: words.signIn.atIam });
    expect(await link.getAttribute('href')).to.equal(`${nginx.origin}/login`);

    const cookie = { name: 'casdoor_session_id', value: 'chief', url: nginx.origin };
    await context.addCookies([cookie]);
    iam.cookies.set('chief', { owner: 'acme', name: 'chief', isAdmin: true });
    await page.goto(`${nginx.origin}/wecom/syncers/acme/wecom`);
    await page.getByRole('button', { name: words.syncers.sync, exact: true }).click();
    await page.waitForURL('**/wecom/runs/*');
    await page.getByRole('button', { name: words.run.showChanges('20', words.counts.created) }).waitFor();

    // Another session, which the IAM knows nothing of (any more).
    await context.addCookies([{ ...cookie, value: 'signed-out' }]);
    await page.goto(`${nginx.origin}/wecom/users`);
    await link.waitFor();
    expect(complaints).to.deep.equal([]);
  });
});

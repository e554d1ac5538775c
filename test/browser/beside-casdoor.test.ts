import { expect } from 'chai';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { chinese as words } from '../../src/web/language/chinese.ts';
import { TestHost } from '../host/test-host.ts';
import { FakeIam, type IamUser } from '../support/iam/fake-iam.ts';
import { ReverseProxy } from '../support/reverse-proxy.ts';
import { openBrowser, openWindow } from './browser.ts';
import { COMPANY, tellStory } from './story.ts';

describe('Syncers tab behind nginx, below a prefix, signed in by the IAM', function () {
  this.timeout(120_000);
  let browser: Browser;
  let nginx: ReverseProxy;
  let iam: FakeIam;
  let world: TestHost;
  let url: string;

  before(async function () {
    nginx = await ReverseProxy.reserve('nginx', this);
    browser = await openBrowser(this);
    iam = await FakeIam.start();
    const settings = { BASE_PATH: '/wecom', PUBLIC_URL: nginx.origin, IAM_URL: iam.url, TRUSTED_HOPS: '1' };
    world = await TestHost.start({ ...COMPANY, settings });
    await nginx.serve(iam.url, world.host.url);
    url = `${nginx.origin}/wecom`;
  });
  after(async () => {
    await browser?.close();
    await nginx?.close();
    await world?.close();
    await iam?.close();
  });

  /** What a sign-in at the IAM leaves in the browser. */
  const signInAtIam = async (context: BrowserContext, user: IamUser): Promise<void> => {
    iam.cookies.set(user.name, user);
    await context.addCookies([{ name: 'casdoor_session_id', value: user.name, url: nginx.origin }]);
  };
  const linkToIam = (page: Page) => page.getByRole('link', { name: words.signIn.atIam });

  it('leads from the IAM’s sign-in to an approved run, and asks for nothing outside the prefix', async () => {
    const { page, context, complaints } = await openWindow(browser, { locale: 'zh-CN' });
    const asked: string[] = [];
    page.on('request', (request) => void asked.push(request.url()));
    const signIn = async (): Promise<void> => {
      await page.goto(url);
      expect(await linkToIam(page).getAttribute('href')).to.equal(`${nginx.origin}/login`);
      await signInAtIam(context, { owner: 'built-in', name: 'root', isAdmin: true });
      await page.goto(url);
    };
    await tellStory({ world, url, prefix: '/wecom' }, { page, words, signIn, takePicture: async () => undefined });
    const outside = asked.filter((address) => address.startsWith(nginx.origin) && !address.startsWith(`${url}/`));
    expect(outside).to.deep.equal([url, url]);
    expect(complaints).to.deep.equal([]);
    await context.close();
  });

  it('is in the reach of an administrator of one organization, until the IAM knows the session no more', async () => {
    const { page, context, complaints } = await openWindow(browser, { locale: 'zh-CN' });
    await signInAtIam(context, { owner: 'acme', name: 'chief', isAdmin: true });
    await page.goto(`${url}/syncers/acme/wecom`);
    await page.getByRole('button', { name: words.syncers.sync, exact: true }).waitFor();
    await page.getByRole('link', { name: words.nav.report }).click();
    await page.locator('.report-chart svg').waitFor();
    await page.getByRole('link', { name: words.nav.audit }).click();
    await page.getByText(words.audit.actions['approve-run']).first().waitFor();
    await page.getByRole('link', { name: words.nav.users, exact: true }).click();
    await page.locator('.user-name a').first().click();
    await page.waitForURL(`${url}/users/acme/*/history`);
    await page.locator('.story').getByText(words.history.kinds.run, { exact: true }).first().waitFor();
    await page.goto(`${url}/syncers/acme/none`);
    await page.getByRole('link', { name: words.problem.backToSyncers }).click();
    await page.waitForURL(`${url}/syncers`);
    // Another session, which the IAM knows nothing of (any more).
    await context.addCookies([{ name: 'casdoor_session_id', value: 'signed-out', url: nginx.origin }]);
    await page.goto(`${url}/users`);
    await linkToIam(page).waitFor();
    expect(complaints).to.deep.equal([]);
    await context.close();
  });
});

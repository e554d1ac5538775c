import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { chinese } from '../../src/web/language/chinese.ts';
import { english as words } from '../../src/web/language/english.ts';
import { refusesKey } from '../../src/syncer/property.ts';
import { ADMIN_PASSWORD, TestHost } from '../host/test-host.ts';
import { barriers } from './barriers.ts';
import { openBrowser, openWindow, type Window } from './browser.ts';

const WIDER_THAN_SCREEN = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';

describe('Pages of the Syncers tab', function () {
  this.timeout(120_000);
  let browser: Browser;
  let world: TestHost;
  let runId: string;
  let userid: string;

  before(async function () {
    browser = await openBrowser(this);
    world = await TestHost.start({ members: 60, departments: 8 });
    const client = world.credential();
    await world.addOrganization('acme');
    await client.post('/api/add-syncer', world.syncer('acme'));
    const run = await client.post('/api/run-syncer?id=acme/wecom&wait=true');
    expect(run.status, run.msg).to.equal('ok');
    await client.post('/api/apply-config', { yaml: 'syncers: [{name: acme/wecom, deleteDays: 0}]' });
    await client.post('/api/update-syncer?id=acme/wecom', { deleteDays: 3 });
    runId = run.data.id;
    userid = world.sandbox.company.visibleMembers().find(({ status }) => status === 1)!.userid;
  });

  after(async () => {
    await browser?.close();
    await world?.close();
  });

  async function signedIn(options: Parameters<typeof openWindow>[1] = {}): Promise<Window> {
    const window = await openWindow(browser, { locale: 'en-GB', ...options });
    await signIn(window.page, 'built-in', 'admin');
    return window;
  }

  async function signIn(page: Page, organization: string, username: string): Promise<void> {
    await page.goto(`${world.host.url}/signin`);
    await page.getByLabel(words.signIn.organization).fill(organization);
    await page.getByLabel(words.signIn.username).fill(username);
    await page.getByLabel(words.signIn.password, { exact: true }).fill(ADMIN_PASSWORD);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: words.syncers.title, exact: true }).waitFor();
  }

  /** Each address with something that shows when it is drawn. */
  const pages = (): readonly (readonly [string, (page: Page) => Promise<void>])[] => [
    ['/syncers', (page) => page.getByRole('link', { name: words.configuration.changedByHand }).waitFor()],
    ['/syncers/new', (page) => page.getByRole('button', { name: words.test.button }).waitFor()],
    ['/syncers/acme/wecom', (page) => page.getByRole('heading', { name: words.form.trial }).waitFor()],
    ['/syncers/acme/wecom/runs', (page) => page.getByRole('heading', { name: words.runs.of('wecom') }).waitFor()],
    [`/runs/${runId}`, (page) => page.locator('.field-changes').first().waitFor()],
    ['/users?organization=acme', (page) => page.getByText(words.total('62')).waitFor()],
    [`/users/acme/${userid}/history`, (page) => page.getByText(words.history.kinds.run, { exact: true }).waitFor()],
    ['/groups?organization=acme', (page) => page.locator('.group-node').first().waitFor()],
    ['/syncers/acme/wecom/leavers', (page) => page.getByText(words.leavers.emptyTitle).waitFor()],
    ['/report?organization=acme', (page) => page.locator('.report-chart svg').waitFor()],
    ['/audit?organization=acme', (page) => page.locator('.audit .field-changes').first().waitFor()],
    ['/protections?organization=acme', (page) => page.getByText(words.protections.emptyTitle).waitFor()],
    [
      '/configuration?organization=acme',
      (page) =>
        page.getByRole('region', { name: words.configuration.nowLabel }).getByText('name: acme/wecom').waitFor(),
    ],
    ['/organizations', (page) => page.getByRole('link', { name: words.organizations.addSyncer }).waitFor()],
  ];

  for (const colorScheme of ['light', 'dark'] as const) {
    it(`can be read and used by everybody in ${colorScheme} appearance`, async () => {
      const { page, context, complaints } = await signedIn({ colorScheme });
      for (const [address, drawn] of pages()) {
        await page.goto(world.host.url + address);
        await drawn(page);
        expect(await barriers(page), address).to.deep.equal([]);
      }
      expect(complaints).to.deep.equal([]);
      await context.close();
    });
  }

  it('fits a phone', async () => {
    const { page, context } = await signedIn({ viewport: { width: 360, height: 740 } });
    for (const [address, drawn] of pages()) {
      await page.goto(world.host.url + address);
      await drawn(page);
      const beyond = await page.evaluate(WIDER_THAN_SCREEN);
      expect(beyond, `${address} is wider than the screen`).to.equal(0);
    }
    expect(await barriers(page)).to.deep.equal([]);
    await context.close();
  });

  it('begins at the top of each page, and goes back to where one was', async () => {
    const { page, context } = await signedIn({ viewport: { width: 1000, height: 500 } });
    await page.goto(`${world.host.url}/runs/${runId}`);
    await page.locator('.field-changes').first().waitFor();
    await page.evaluate('scrollTo(0, 300)');
    await page.getByRole('link', { name: words.nav.groups, exact: true }).click();
    await page.locator('.group-node').first().waitFor();
    expect(await page.evaluate('scrollY')).to.equal(0);
    await page.goBack();
    await page.waitForFunction('scrollY === 300');
    await context.close();
  });

  it('keeps the session through a reload and ends it with the sign-out', async () => {
    const { page, context } = await signedIn();
    await page.reload();
    await page.getByRole('link', { name: 'wecom', exact: true }).waitFor();
    await page.getByRole('button', { name: words.signIn.account('Admin') }).click();
    await page.getByRole('menuitem', { name: words.signIn.signOut }).click();
    await page.getByRole('button', { name: words.signIn.submit }).waitFor();
    await page.goto(`${world.host.url}/users`);
    await page.waitForURL('**/signin?next=%2Fusers');
    await context.close();
  });

  it('says why a sign-in was refused', async () => {
    const { page, context } = await openWindow(browser, { locale: 'en-GB' });
    await page.goto(world.host.url);
    await page.getByLabel(words.signIn.username).fill('admin');
    await page.getByLabel(words.signIn.password, { exact: true }).fill('not this one');
    await page.getByRole('button', { name: words.signIn.submit }).click();
    await page.getByRole('alert').waitFor();
    expect(await page.getByRole('alert').textContent()).to.match(/password/i);
    await context.close();
  });

  it('changes language and appearance by hand, and remembers both', async () => {
    const { page, context } = await signedIn({ colorScheme: 'light' });
    await page.getByRole('button', { name: words.preferences.switchLanguageHint }).click();
    await page.getByRole('heading', { name: '同步器', exact: true }).waitFor();
    await page.getByRole('button', { name: '外观' }).click();
    await page.getByRole('menuitem', { name: '深色' }).click();
    await page.reload();
    await page.getByRole('heading', { name: '同步器', exact: true }).waitFor();
    expect(await page.evaluate('document.documentElement.style.colorScheme')).to.equal('dark');
    await context.close();
  });

  it('asks before unsaved changes are left, and keeps masked secrets when it saves', async () => {
    const { page, context } = await signedIn();
    await page.getByRole('button', { name: words.edit }).click();
    await page.getByLabel(words.form.trialUserid).waitFor();
    const agent = page.getByLabel('Agent ID');
    await agent.fill(String(world.sandbox.agentId));
    await page.getByText(words.form.unsaved).waitFor();
    await page.getByRole('link', { name: words.nav.users, exact: true }).click();
    await page.getByRole('dialog', { name: words.form.leaveTitle }).waitFor();
    await page.keyboard.press('Escape');
    expect(await agent.inputValue()).to.equal(String(world.sandbox.agentId));
    await page.goBack();
    await page.getByRole('dialog').getByRole('button', { name: words.form.stay }).click();
    await page.getByRole('button', { name: words.save }).click();
    await page.getByText(words.form.saved).waitFor();
    await page.getByText(words.form.unsaved).waitFor({ state: 'detached' });
    // The secret that the page never saw still works.
    await page.getByRole('button', { name: words.test.button }).click();
    await page.getByText(words.test.passed).waitFor();
    const stored = await world.credential().get('/api/get-syncer?id=acme/wecom');
    expect(stored.data).to.include({ agentId: String(world.sandbox.agentId), password: '***' });
    await context.close();
  });

  it('edits the attribute mapping and tries it on one member without changing anything', async () => {
    const { page, context } = await signedIn();
    const [member] = world.sandbox.company.rename(1);
    await page.goto(`${world.host.url}/syncers/acme/wecom`);
    await page.getByRole('button', { name: words.form.mappingDefaults }).click();
    await page.getByRole('button', { name: words.form.mappingAdd }).click();
    await page.getByRole('button', { name: words.save }).click();
    await page.getByText(`row 8: ${words.form.mappingSourceNeeded}`).waitFor();
    await page.getByRole('combobox', { name: `${words.form.mappingSource}, row 8` }).fill('alias');
    await page.keyboard.press('Escape');
    await page.getByRole('combobox', { name: `${words.form.mappingTarget}, row 8` }).click();
    await page.keyboard.type(words.accountFields.tag);
    await page.locator('.ant-select-item-option-active', { hasText: words.accountFields.tag }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: words.save }).click();
    await page.getByText(words.form.saved).waitFor();
    await page.getByLabel(words.form.trialUserid).fill(member?.userid ?? '');
    await page.getByRole('button', { name: words.form.trialRun, exact: true }).click();
    await page
      .locator('.member-trial .field-changes')
      .getByText(member?.after ?? '')
      .waitFor();
    const user = await world
      .credential()
      .get(
        `/api/get-users?owner=acme&p=1&pageSize=5&field=displayName&value=${encodeURIComponent(member?.before ?? '')}`,
      );
    expect(user.data.map((one: { wecom: string }) => one.wecom)).to.include(member?.userid);
    const { data } = await world.credential().get('/api/get-syncer?id=acme/wecom');
    expect(data.tableColumns.at(-1)).to.include({ name: 'alias', casdoorName: 'Tag' });
    // What an account has no field for goes under a key of its own, which is checked before it is sent.
    await page.getByRole('button', { name: words.form.mappingAdd }).click();
    await page.getByRole('combobox', { name: `${words.form.mappingSource}, row 9` }).fill('position');
    await page.keyboard.press('Escape');
    await page.getByRole('combobox', { name: `${words.form.mappingTarget}, row 9` }).click();
    await page.keyboard.type(words.form.mappingProperty);
    await page.keyboard.press('Enter');
    const key = page.getByRole('textbox', { name: `${words.form.mappingKey}, row 9` });
    await key.fill('oauth_WeCom_id');
    await page.getByText(`row 9: ${refusesKey('oauth_WeCom_id')?.en}`).waitFor();
    await key.fill('jobTitle');
    await page.locator('.member-trial button').click();
    await page.locator('.mapping-report strong', { hasText: 'Properties.jobTitle' }).waitFor();
    // What nobody saved is tried as well, and is marked where it is wrong.
    await page.getByRole('button', { name: words.form.mappingAsExpression(8) }).click();
    // Its name says for a while that it was loading.
    const again = page.locator('.member-trial button');
    const expression = page.getByRole('textbox', { name: `${words.form.mappingExpression}, row 8` });
    await expression.fill('member.nmae + "!"');
    await again.click();
    expect(await page.locator('.expression-input mark').innerText()).to.equal('n');
    await expression.fill('member.name + "!"');
    await again.click();
    await page.locator('.mapping-report ins').getByText(`${member?.after}!`, { exact: true }).waitFor();
    expect((await world.credential().get('/api/get-syncer?id=acme/wecom')).data.tableColumns).to.deep.equal(
      data.tableColumns,
    );
    await context.close();
  });

  it('cancels a run that is under way', async () => {
    const { page, context } = await signedIn();
    world.sandbox.faults.set({ latencyMs: 800 });
    await page.getByRole('button', { name: words.syncers.syncNamed('wecom') }).click();
    await page.getByRole('button', { name: words.run.cancel }).click();
    await page.locator('h1 + .mark', { hasText: words.state.cancelled }).waitFor();
    world.sandbox.faults.clear();
    await context.close();
  });

  it('previews without changing anything', async () => {
    const { page, context } = await signedIn();
    world.sandbox.company.hire(1);
    await page.getByRole('button', { name: words.syncers.more('wecom') }).click();
    await page.getByRole('menuitem', { name: words.syncers.preview }).click();
    await page.getByText(words.run.previewNote).waitFor();
    await page.locator('.change-table').getByText(words.changes.kinds.create, { exact: true }).waitFor();
    const count = await world.credential().get('/api/get-user-count?owner=acme');
    expect(count.data).to.equal(62);
    await context.close();
  });

  it('shows the remedy of a run that failed', async () => {
    const { page, context } = await signedIn();
    world.sandbox.faults.set({ untrustedIp: '198.51.100.99' });
    await page.getByRole('button', { name: words.syncers.syncNamed('wecom') }).click();
    await page.getByText(words.run.failedTitle).waitFor();
    await page.getByText('198.51.100.99').first().waitFor();
    await page.getByText('企业可信IP').first().waitFor();
    world.sandbox.faults.clear();
    await context.close();
  });

  it('rejects what waits, and nobody is locked out', async () => {
    const { page, context } = await signedIn();
    const forbidden = async (): Promise<unknown> =>
      (await world.credential().get('/api/get-users?owner=acme&p=1&pageSize=1&field=isForbidden&value=true')).data2;
    const before = await forbidden();
    const gone = world.sandbox.company.leave(30);
    await page.getByRole('button', { name: words.syncers.syncNamed('wecom') }).click();
    await page.getByText(words.run.heldTitle).waitFor();
    await page.getByLabel(words.changes.search).fill(gone[0]?.userid ?? '');
    await page
      .locator('.change-table')
      .getByText(gone[0]?.userid ?? '', { exact: true })
      .waitFor();
    await page.getByRole('button', { name: words.run.reject }).click();
    await page.getByRole('dialog').getByRole('button', { name: words.run.reject }).click();
    await page.getByText(words.run.heldTitle).waitFor({ state: 'detached' });
    expect(await forbidden()).to.equal(before);
    await context.close();
  });

  it('lets an administrator forbid an account by hand, and shows who did', async () => {
    const { page, context } = await signedIn();
    await page.goto(`${world.host.url}/users?organization=acme`);
    const row = page
      .getByRole('row')
      .filter({ has: page.getByRole('button', { name: /^Forbid / }) })
      .first();
    const name = await row.locator('strong').textContent();
    const userid = await row.locator('.user-name .quiet').textContent();
    await row.getByRole('button', { name: words.users.forbidNamed(name ?? '') }).click();
    const same = page.getByRole('row').filter({ hasText: userid ?? '' });
    await same.getByText(words.users.byPerson).waitFor();
    await same.getByRole('button', { name: words.users.allowNamed(name ?? '') }).click();
    await same.getByText(words.users.allowed).waitFor();
    await context.close();
  });

  it('tells what happened to an account, also of one that is gone, and where its values come from', async () => {
    const client = world.credential();
    await client.post('/api/add-user', { owner: 'acme', name: 'guest', displayName: 'Guest' });
    await client.post('/api/update-user?id=acme/guest&columns=bio', { bio: 'From the agency' });
    const { page, context, complaints } = await signedIn();
    await page.goto(`${world.host.url}/users?organization=acme&user=guest`);
    await page.getByRole('link', { name: 'Guest', exact: true }).click();
    await page.getByRole('heading', { name: words.history.of('Guest') }).waitFor();
    await page.locator('.origins').getByText('From the agency').waitFor();
    await page.locator('.origins').getByText(words.history.from.person, { exact: true }).first().waitFor();
    expect(await page.locator('.story').getByText(words.history.kinds.edit, { exact: true }).count()).to.equal(2);

    await client.post('/api/delete-user', { owner: 'acme', name: 'guest' });
    await page.goto(`${world.host.url}/users?organization=acme&user=guest`);
    await page.getByRole('link', { name: words.history.ofAccount('acme/guest') }).click();
    await page.locator('.story').getByText(words.otherFields['isDeleted']!, { exact: true }).waitFor();
    await page.goto(`${world.host.url}/users/acme/nobody/history`);
    await page.getByRole('alert').getByText("The user: acme/nobody doesn't exist").waitFor();
    expect(complaints).to.deep.equal([]);
    await context.close();
  });

  it('shows an administrator of one organization that organization alone', async () => {
    const { page, context } = await openWindow(browser, { locale: 'en-GB' });
    await world.addOrganization('other');
    await signIn(page, 'other', 'chief');
    await page.getByRole('heading', { name: words.syncers.emptyTitle }).waitFor();
    await page.getByRole('link', { name: words.nav.organizations, exact: true }).click();
    await page.getByText('other').first().waitFor();
    expect(await page.getByRole('button', { name: words.organizations.add }).count()).to.equal(0);
    expect(await page.getByText('acme').count()).to.equal(0);
    await page.goto(`${world.host.url}/users?organization=acme`);
    await page.getByText(words.problem.notAllowed).waitFor();
    await context.close();
  });

  it('names the person of each change, speaks Chinese about it, and leads to what happened to the account', async () => {
    const client = world.credential();
    const [member] = world.sandbox.company.members;
    const { userid, department } = member!;
    const to = [...world.sandbox.company.departments].find(({ id }) => !department.includes(id));
    world.sandbox.company.setField(userid, { position: '首席工程师', name: '王小明' });
    world.sandbox.company.move(userid, [to!.id]);
    const [child] = [...world.sandbox.company.departments].filter(({ parentid }) => parentid > 1);
    if (child) world.sandbox.company.moveDepartment(child.id, 1);
    const run = await client.post('/api/run-syncer?id=acme/wecom&wait=true');
    const { page, context, complaints } = await openWindow(browser, { locale: 'zh-CN' });
    await page.goto(`${world.host.url}/signin`);
    await page.getByLabel(chinese.signIn.organization).fill('built-in');
    await page.getByLabel(chinese.signIn.username).fill('admin');
    await page.getByLabel(chinese.signIn.password, { exact: true }).fill(ADMIN_PASSWORD);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: chinese.syncers.title, exact: true }).waitFor();
    await page.goto(`${world.host.url}/runs/${run.data.id}`);
    await page.getByRole('link', { name: '王小明' }).waitFor();
    await page.locator('.person', { hasText: userid }).getByText(userid, { exact: true }).waitFor();
    await page.getByText('职位', { exact: true }).waitFor();
    const labels = await page.locator('.field-changes li > .quiet').allTextContents();
    for (const label of labels) expect(label, 'a field in the language of the page').to.match(/\p{Script=Han}/u);
    await page.getByRole('link', { name: '王小明' }).click();
    await page.getByRole('heading', { name: chinese.history.of('王小明') }).waitFor();
    await page.getByText('首席工程师', { exact: true }).first().waitFor();
    await page.getByRole('link', { name: chinese.history.inUsers }).click();
    await page.getByText(chinese.total('1')).waitFor();
    await page.getByText(userid, { exact: true }).first().waitFor();
    expect(complaints).to.deep.equal([]);
    await context.close();
  });

  it('offers to keep, hand over or take away what a syncer made before it is deleted', async () => {
    const client = world.credential();
    for (const name of ['spare', 'heir']) await client.post('/api/add-syncer', world.syncer('acme', name));
    const { page, context, complaints } = await signedIn();
    await page.getByRole('button', { name: words.syncers.more('spare') }).click();
    await page.getByRole('menuitem', { name: words.delete }).click();
    const dialog = page.getByRole('dialog');
    expect(await dialog.getByLabel(words.syncers.leavingsKeep).isChecked()).to.equal(true);
    await dialog.getByLabel(words.syncers.leavingsRemove).waitFor();
    expect(await barriers(page)).to.deep.equal([]);
    await dialog.getByText(words.syncers.leavingsHandOver('heir')).click();
    await dialog.getByRole('button', { name: words.delete }).click();
    await page.getByText('The syncer heir holds 0 accounts and 0 groups more.').waitFor();
    expect(complaints).to.deep.equal([]);
    await client.post('/api/delete-syncer', { owner: 'acme', name: 'heir' });
    await context.close();
  });

  it('is deleted only after a question', async () => {
    const { page, context } = await signedIn();
    await world.credential().post('/api/add-syncer', { ...world.syncer('acme', 'spare') });
    await page.reload();
    await page.getByRole('link', { name: 'wecom', exact: true }).waitFor();
    await page.getByLabel(words.syncers.search).fill('spare');
    await page.getByRole('link', { name: 'wecom', exact: true }).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: words.syncers.more('spare') }).click();
    await page.getByRole('menuitem', { name: words.delete }).click();
    await page.getByRole('dialog').getByRole('button', { name: words.delete }).click();
    await page.getByText(words.syncers.nothingFound).waitFor();
    expect((await world.credential().get('/api/get-syncer?id=acme/spare')).data).to.equal(null);
    await context.close();
  });

  for (const reducedMotion of ['reduce', 'no-preference'] as const) {
    it(`opens a menu where it is seen, on a slow machine, with motion "${reducedMotion}"`, async () => {
      const { page, context } = await signedIn({ reducedMotion });
      const devTools = await context.newCDPSession(page);
      await devTools.send('Emulation.setCPUThrottlingRate', { rate: 6 });
      for (let time = 0; time < 3; time++) {
        await page.reload();
        await page.getByRole('button', { name: words.syncers.more('wecom') }).click();
        await page.getByRole('menuitem', { name: words.delete }).click();
        await page.getByRole('dialog').getByRole('button', { name: words.cancel }).click();
        await page.getByRole('dialog').waitFor({ state: 'detached' });
      }
      await context.close();
    });
  }

  it('is found by the keyboard alone', async () => {
    const { page, context } = await signedIn();
    await page.getByRole('link', { name: 'wecom', exact: true }).waitFor();
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).to.equal(words.skipToContent);
    await page.getByRole('switch', { name: words.syncers.enableNamed('wecom') }).focus();
    await page.keyboard.press('Space');
    await page.getByText(words.syncers.switchedOn('wecom')).waitFor();
    await page.locator('[aria-busy=true]').waitFor({ state: 'detached' });
    await page.keyboard.press('Space');
    await page.getByText(words.syncers.switchedOff('wecom')).waitFor();
    await context.close();
  });
});

import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { english as words } from '../../src/web/language/english.ts';
import { ADMIN_PASSWORD, TestHost } from '../host/test-host.ts';
import { openBrowser, openWindow, type Window } from './browser.ts';

describe('What a person decides on the page', function () {
  this.timeout(120_000);
  let browser: Browser;
  let world: TestHost;
  /** Whom the first run made accounts for. */
  let first: readonly string[];

  before(async function () {
    browser = await openBrowser(this);
    world = await TestHost.start({ members: 30, departments: 5 });
    await world.addOrganization('acme');
    const client = world.credential();
    await client.post('/api/add-syncer', world.syncer('acme'));
    const run = await client.post('/api/run-syncer?id=acme/wecom&wait=true');
    expect(run.status, run.msg).to.equal('ok');
    first = world.sandbox.company.visibleMembers().map(({ userid }) => userid);
  });

  after(async () => {
    await browser?.close();
    await world?.close();
  });

  async function signedIn(): Promise<Window> {
    const window = await openWindow(browser, { locale: 'en-GB' });
    const { page } = window;
    await page.goto(`${world.host.url}/signin`);
    await page.getByLabel(words.signIn.organization).fill('built-in');
    await page.getByLabel(words.signIn.username).fill('admin');
    await page.getByLabel(words.signIn.password, { exact: true }).fill(ADMIN_PASSWORD);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: words.syncers.title, exact: true }).waitFor();
    return window;
  }

  const protections = async () => (await world.credential().get('/api/get-sync-protections?owner=acme')).data;

  const fillIn = async (page: Page, label: string, value: string): Promise<void> =>
    page.getByRole('dialog').getByLabel(label, { exact: true }).fill(value);

  it('leaves an emergency account alone with one click, and others with a reason and an end', async () => {
    const { page, context, complaints } = await signedIn();
    const member = world.sandbox.company.visibleMembers().find(({ status, enable }) => status === 1 && enable !== 0)!;
    await page.goto(`${world.host.url}/users?organization=acme&user=${member.userid}`);
    await page
      .getByRole('button', {
        name: words.protections.leaveNamed(member.name),
        exact: true,
      })
      .first()
      .click();
    await page.getByRole('button', { name: words.protections.markedNamed(member.name) }).waitFor();
    expect(await protections()).to.have.length(1);

    await page.getByRole('link', { name: words.nav.protections }).click();
    await page.getByText(words.protections.emergency).waitFor();
    await page.getByRole('button', { name: words.protections.add }).click();
    const confirm = page.getByRole('dialog').getByRole('button', { name: words.protections.leave });
    await fillIn(page, words.protections.values.user, 'nobody-here');
    await fillIn(page, words.protections.reason, 'Parental leave');
    await fillIn(page, words.protections.until, '2099-12-31');
    await confirm.click();
    await page.getByRole('alert').getByText("The user: acme/nobody-here doesn't exist").waitFor();
    const other = world.sandbox.company.visibleMembers().find(({ userid }) => userid !== member.userid)!;
    await fillIn(page, words.protections.values.user, other.userid);
    await confirm.click();
    await page.getByRole('cell', { name: 'Parental leave' }).waitFor();
    expect((await protections())[0]).to.include({
      value: `acme/${other.userid}`,
      until: '2099-12-31',
    });

    await page
      .getByRole('button', {
        name: words.protections.removeNamed(`acme/${other.userid}`),
      })
      .click();
    await page.getByRole('cell', { name: 'Parental leave' }).waitFor({ state: 'detached' });
    expect(await protections()).to.have.length(1);
    expect(complaints).to.deep.equal([]);
    await context.close();
  });

  it('decides whose account it is by key, one after the other, and opens that again', async () => {
    const client = world.credential();
    await client.post('/api/add-group', { owner: 'acme', name: 'night-shift', displayName: 'Night shift' });
    for (const [userid, name] of [
      ['match-one', '王一'],
      ['match-two', '王二'],
    ] as const) {
      await client.post('/api/add-user', {
        owner: 'acme',
        name: userid,
        displayName: 'Somebody',
        email: `${userid}@old.example`,
        groups: ['acme/night-shift'],
      });
      world.sandbox.company.hire({
        userid,
        name,
        email: `${userid}@new.example`,
        mobile: '13912345678',
      });
    }
    await client.post('/api/run-syncer?id=acme/wecom&wait=true');
    const { page, context, complaints } = await signedIn();
    await page.getByRole('link', { name: words.questions.count('2', 2) }).click();
    await page.getByRole('heading', { name: words.questions.of('wecom') }).waitFor();
    await page.getByText(words.questions.waitingCount('2')).waitFor();
    expect(await page.locator('.side-different').allInnerTexts()).to.have.length(3);
    await page.locator('.side-different', { hasText: 'Night shift' }).waitFor();
    const first = await page.locator('.question-item.current').innerText();
    await page.keyboard.press('j');
    const isCurrent = page.locator('.question-item.current');
    await isCurrent.filter({ hasNotText: first.split('\n')[0]! }).waitFor();
    await page.keyboard.press('k');
    await page.getByLabel(words.questions.comment).fill('the same person, with i, c and l in it');
    await page.getByRole('heading', { level: 2 }).last().click();
    await page.keyboard.press('l');
    await page.getByText(words.questions.waitingCount('1')).waitFor();
    await page.keyboard.press('c');
    await page.getByText(words.questions.emptyTitle).waitFor();
    await page.getByText(words.questions.decided, { exact: true }).click();
    await page
      .getByRole('button', {
        name: words.questions.reopenNamed(first.split('\n')[0]!),
      })
      .click();
    await page.getByText(words.questions.noneDecided).waitFor();
    expect((await client.get('/api/get-sync-questions?id=acme/wecom&state=open')).data).to.have.length(1);
    expect((await client.get('/api/get-sync-questions?id=acme/wecom&state=created')).data).to.have.length(1);
    expect(complaints).to.deep.equal([]);
    await context.close();
  });

  it('lists who left and is given time, with the day on which it ends', async () => {
    const { page, context, complaints } = await signedIn();
    await world.credential().post('/api/update-syncer?id=acme/wecom', { graceDays: 7 });
    const members = world.sandbox.company.visibleMembers();
    // Others may have no account of their own by now.
    const { userid } = members.findLast((one) => first.includes(one.userid) && one.status === 1 && one.enable !== 0)!;
    world.sandbox.company.leave(userid);
    await world.credential().post('/api/run-syncer?id=acme/wecom&wait=true');
    await page.goto(`${world.host.url}/syncers/acme/wecom/runs`);
    await page.getByRole('link', { name: words.leavers.title }).click();
    await page.getByRole('cell', { name: userid }).waitFor();
    await page.getByRole('cell', { name: words.leavers.steps.forbid }).waitFor();
    await page.getByText('in 6 days').waitFor();
    await world.credential().post('/api/update-syncer?id=acme/wecom', { graceDays: 0 });
    expect(complaints).to.deep.equal([]);
    await context.close();
  });

  it('decides about a part of what waits, applies a preview as it was seen, and takes a run back', async () => {
    const { page, context, complaints } = await signedIn();
    const client = world.credential();
    const { company } = world.sandbox;
    const left = company.leave(12).map(({ userid }) => userid);
    const held = await client.post('/api/run-syncer?id=acme/wecom&wait=true');
    expect(held.data.state, held.msg).to.equal('held');
    await page.goto(`${world.host.url}/runs/${held.data.id}`);
    const { data } = await client.get(`/api/get-sync-changes?id=${held.data.id}&state=held`);
    const waiting = data as readonly { readonly userid: string; readonly displayName?: string }[];
    for (const one of waiting.slice(0, 2)) {
      await page.getByRole('checkbox', { name: one.displayName ?? one.userid, exact: true }).check();
    }
    await page.getByRole('button', { name: words.run.approveChosen('2') }).click();
    await page.getByRole('dialog').getByLabel(words.run.comment).fill('asked HR');
    await page.getByRole('dialog').getByRole('button', { name: words.run.approve, exact: true }).click();
    await page.getByRole('button', { name: words.run.chooseAll(String(waiting.length - 2)) }).click();
    await page.getByRole('button', { name: words.run.rejectChosen(String(waiting.length - 2)) }).click();
    await page.getByRole('dialog').getByRole('button', { name: words.run.reject, exact: true }).click();
    await page.getByText(words.run.heldTitle).waitFor({ state: 'detached' });
    const isForbidden = async (name: string): Promise<boolean> =>
      ((await client.get(`/api/get-user?id=acme/${name}`)).data as { isForbidden: boolean }).isForbidden;
    const out = await Promise.all(waiting.map(({ userid }) => isForbidden(userid)));
    expect(out.filter(Boolean)).to.have.length(2);
    expect(waiting.some(({ userid }) => left.includes(userid))).to.equal(true);

    // Somebody of the first company who is there and has his account.
    const stays = first.find((userid) => company.member(userid)?.status === 1 && !left.includes(userid))!;
    const [renamed] = company.rename({ userid: stays, name: '新名' });
    const preview = await client.post('/api/run-syncer?id=acme/wecom&wait=true&dryRun=true');
    await page.goto(`${world.host.url}/runs/${preview.data.id}`);
    await page.getByRole('button', { name: words.run.apply }).click();
    await page.getByRole('dialog').getByRole('button', { name: words.run.apply }).click();
    await page.getByRole('button', { name: words.run.undo, exact: true }).waitFor();
    const nameOf = async (): Promise<unknown> =>
      ((await client.get(`/api/get-user?id=acme/${renamed!.userid}`)).data as { displayName: string }).displayName;
    expect(await nameOf()).to.equal(renamed!.after);

    await page.getByRole('button', { name: words.run.undo, exact: true }).click();
    await page.getByRole('dialog').locator('.undo-list li').first().waitFor();
    expect(await nameOf(), 'shown first').to.equal(renamed!.after);
    await page.getByRole('dialog').getByRole('button', { name: words.run.undo }).click();
    await page.locator('.page-lead').getByText(words.trigger.undo).waitFor();
    expect(await nameOf()).to.equal(renamed!.before);
    expect(complaints).to.deep.equal([]);
    await context.close();
  });
});

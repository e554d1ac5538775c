import { expect } from 'chai';
import type { Member } from '../../src/sandbox/company/member.ts';
import type { Place, Reader } from './story.ts';

/** As many rows as one page of a list has: half of those that a run holds. */
const HALF = 20;
const COMMENT = 'HR 10-31';
const REASON = 'on leave, paid';

/** What only a person can decide, after the first day: from two conflicts to the story of somebody who came back. */
export async function tellDecisions(place: Place, { page, words }: Reader): Promise<void> {
  const { world, url } = place;
  const { company } = world.sandbox;
  const client = world.credential();
  const button = (name: string) => page.getByRole('button', { name, exact: true });
  const dialogButton = (name: string) => page.getByRole('dialog').getByRole('button', { name, exact: true });
  const open = async (entry: string): Promise<void> =>
    page.getByRole('navigation', { name: words.nav.label }).getByRole('link', { name: entry, exact: true }).click();
  const get = async (path: string) => (await client.get(`${place.prefix}/api/${path}`)).data;
  const account = (name: string): Promise<Readonly<Record<string, unknown>>> => get(`get-user?id=acme/${name}`);
  const sync = async (): Promise<void> => {
    await open(words.nav.syncers);
    await page.getByRole('button', { name: words.syncers.syncNamed('wecom') }).click();
    await page.waitForURL(`${url}/runs/*`);
  };
  const lead = page.locator('.page-lead');
  const heading = page.getByRole('heading', { level: 1 });
  const state = (said: string) => page.locator('h1 + .mark', { hasText: said });

  // Two conflicts: one is the same person, one is not.
  for (const [userid, name] of [
    ['match-one', '王一'],
    ['match-two', '王二'],
  ] as const) {
    const email = `${userid}@old.example`;
    await client.post(`${place.prefix}/api/add-user`, { owner: 'acme', name: userid, displayName: 'Somebody', email });
    company.hire({ userid, name, email: `${userid}@new.example`, mobile: `1391234567${name === '王一' ? 1 : 2}` });
  }
  await sync();
  await state(words.state.partial).waitFor();
  await page.getByRole('link', { name: words.questions.toQuestions, exact: true }).click();
  await page.getByText(words.questions.waitingCount('2')).waitFor();
  await page.keyboard.press('l');
  await page.getByText(words.questions.waitingCount('1')).waitFor();
  await page.keyboard.press('c');
  await page.getByText(words.questions.emptyTitle).waitFor();

  // A preview, applied as it was seen, and taken back.
  const [worker] = await present(place);
  const before = String((await account(worker.userid))['title']);
  company.setField(worker.userid, { position: '首席园艺师' });
  await open(words.nav.syncers);
  await page.getByRole('link', { name: 'wecom', exact: true }).click();
  await button(words.syncers.preview).click();
  await page.waitForURL(`${url}/runs/*`);
  await page.getByRole('heading', { name: words.run.previewTitle, exact: true }).waitFor();
  await page.locator('.field-changes ins', { hasText: '首席园艺师' }).waitFor();
  await button(words.run.apply).click();
  await dialogButton(words.run.apply).click();
  await lead.filter({ hasText: words.trigger.approval }).waitFor();
  await button(words.run.undo).waitFor();
  expect((await account(worker.userid))['title']).to.equal('首席园艺师');
  await button(words.run.undo).click();
  await page.getByRole('dialog').locator('.undo-list li').first().waitFor();
  await dialogButton(words.run.undo).click();
  await lead.filter({ hasText: words.trigger.undo }).waitFor();
  await state(words.state.succeeded).waitFor();
  expect((await account(worker.userid))['title']).to.equal(before);
  company.setField(worker.userid, { position: before });

  // A leaver whom runs leave alone.
  const [kept, ...others] = await present(place);
  await open(words.nav.protections);
  await button(words.protections.add).first().click();
  await page.getByRole('dialog').getByLabel(words.protections.values.user, { exact: true }).fill(kept.userid);
  await page.getByRole('dialog').getByLabel(words.protections.reason, { exact: true }).fill(REASON);
  await dialogButton(words.protections.leave).click();
  await page.getByRole('cell', { name: REASON }).waitFor();

  // Half of those that a run holds, with a comment; the others go on waiting, and are kept.
  const gone = company.leave([kept, ...others.slice(0, 2 * HALF)].map(({ userid }) => userid));
  await sync();
  await page.getByText(words.run.heldTitle).waitFor();
  const run = new URL(page.url()).pathname.split('/').at(-1)!;
  const [first] = await get(`get-sync-changes?id=${run}&state=held&p=1&pageSize=1`);
  await page.locator('.change-table .person', { hasText: first.userid }).waitFor();
  await page.locator('.change-table thead').getByRole('checkbox').check();
  await button(words.run.approveChosen(String(HALF))).click();
  await page.getByRole('dialog').getByLabel(words.run.comment).fill(COMMENT);
  await dialogButton(words.run.approve).click();
  await button(words.run.chooseAll(String(HALF))).waitFor();
  const access = await Promise.all(gone.map(async ({ userid }) => (await account(userid))['isForbidden']));
  expect(access.filter((isForbidden) => isForbidden)).to.have.length(HALF);
  expect(await account(kept.userid)).to.include({ isForbidden: false });
  await page.getByLabel(words.changes.onlyHeld).uncheck();
  await page.getByLabel(words.changes.search).fill(kept.userid);
  await page.locator('.reason', { hasText: REASON }).waitFor();
  await button(words.run.reject).click();
  await dialogButton(words.run.reject).click();
  await page.getByText(words.run.heldTitle).waitFor({ state: 'detached' });

  // One of them returns: everything between stands on one page.
  const hero = gone.find(({ userid }) => userid === first.userid)!;
  company.hire(asBefore(hero));
  await sync();
  await page.getByLabel(words.changes.search).fill(hero.userid);
  await page.locator('.change-table .person a', { hasText: hero.name.trim() }).click();
  await page.getByRole('heading', { name: words.history.of(hero.name.trim()) }).waitFor();
  await page.locator('.page-title').getByText(words.users.allowed, { exact: true }).waitFor();
  const story = page.locator('.story tbody tr.ant-table-row');
  await story.filter({ hasText: COMMENT }).waitFor();
  const told = await story.locator('.mark').allTextContents();
  const { run: byRun, decision } = words.history.kinds;
  // An approval is written down as soon as it goes on: before or after what it did.
  expect(told.toSorted()).to.deep.equal([byRun, byRun, byRun, decision].toSorted());
  expect([told[0], told.at(-1)], 'from the return back to the hire').to.deep.equal([byRun, byRun]);
  await page.locator('.origins').getByText(words.history.from.directory, { exact: true }).first().waitFor();

  // What was decided, read afterwards.
  await open(words.nav.audit);
  const approved = page.locator('.audit tbody tr').filter({ hasText: words.audit.actions['approve-run'] });
  await approved.filter({ hasText: COMMENT }).waitFor();
  await open(words.nav.report);
  await heading.getByText(words.report.title).waitFor();
  await page.locator('.report-chart svg').waitFor();
}

/** Those who are there and may sign in. */
async function present({ world, prefix }: Place): Promise<[Member, ...Member[]]> {
  const answer = await world
    .credential()
    .get(`${prefix}/api/get-users?owner=acme&p=1&pageSize=500&field=isForbidden&value=false`);
  const names = new Set((answer.data as readonly { readonly name: string }[]).map(({ name }) => name));
  const members = world.sandbox.company.visibleMembers();
  return members.filter(({ userid, status }) => status === 1 && names.has(userid)) as [Member, ...Member[]];
}

/** The same person once more. */
const asBefore = ({ userid, name, email, mobile, department }: Member) => ({ userid, name, email, mobile, department });

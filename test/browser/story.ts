import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { chinese } from '../../src/web/language/chinese.ts';
import type { Messages } from '../../src/web/language/english.ts';
import type { TestHost } from '../host/test-host.ts';

const MEMBERS = 240;
export const COMPANY = { members: MEMBERS, departments: 40 };
const STRANGE_IP = '198.51.100.23';

/** Where the page is served. */
export interface Place {
  /** Of this company. */
  readonly world: TestHost;
  /** Where a browser reaches the page, without a slash at the end. */
  readonly url: string;
  /** Where programs reach the calls, below the host. */
  readonly prefix: string;
}

/** Who reads it. */
export interface Reader {
  readonly page: Page;
  readonly words: Messages;
  /** Opens the page, and leaves it at the syncers, signed in as a global administrator. */
  readonly signIn: () => Promise<void>;
  readonly takePicture: (name: string) => Promise<void>;
}

/** What an operator does on the first day: from a sign-in to a run that he approves. */
export async function tellStory(place: Place, { page, words, signIn, takePicture }: Reader): Promise<void> {
  const { world, url } = place;
  const button = (name: string) => page.getByRole('button', { name, exact: true });
  const heading = (name: string) => page.getByRole('heading', { name, exact: true });

  await signIn();
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
  await takePicture('test-connection');

  world.sandbox.faults.clear();
  await button(words.test.button).click();
  await report.getByText(words.test.passed).waitFor();

  await button(words.save).click();
  await page.waitForURL(`${url}/syncers/acme/wecom`);
  await heading(words.form.trial).waitFor();

  world.sandbox.faults.set({ latencyMs: 700 });
  await button(words.syncers.sync).click();
  await page.waitForURL(`${url}/runs/*`);
  await button(words.run.cancel).waitFor();
  const departments = page.locator('dt', { hasText: words.run.departments }).locator('xpath=following-sibling::dd');
  await departments.filter({ hasText: /^[1-9]/ }).waitFor();
  await takePicture('progress');
  world.sandbox.faults.clear();
  await page.getByRole('region', { name: words.run.summary }).waitFor();
  await button(words.run.showChanges(String(MEMBERS), words.counts.created)).click();
  await page.locator('.change-table').getByText(words.changes.kinds.create, { exact: true }).first().waitFor();

  await page.getByRole('link', { name: words.nav.users, exact: true }).click();
  await page.getByText(words.total(String(MEMBERS))).waitFor();
  await page.locator('.tags a').first().waitFor();
  await takePicture('users');
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
  await page.waitForURL(`${url}/runs/*`);
  await page.getByText(words.run.heldTitle).waitFor();
  expect(await forbiddenCount(place), 'nobody is locked out while the run waits').to.be.below(MEMBERS / 2);
  await page.locator('.change-table').getByText(words.changes.states.held, { exact: true }).first().waitFor();
  await takePicture('held');

  await button(words.run.approve).click();
  await page.getByRole('dialog').getByRole('button', { name: words.run.approve }).click();
  await page.getByText(words.run.heldTitle).waitFor({ state: 'detached' });
  await page.locator('h1 + .mark', { hasText: words.state.succeeded }).waitFor();
  expect(await forbiddenCount(place)).to.be.at.least(MEMBERS / 2);

  await page.getByRole('link', { name: words.nav.syncers, exact: true }).click();
  await page.getByRole('link', { name: 'wecom', exact: true }).waitFor();
  await takePicture('syncers');
  await page.getByRole('link', { name: 'wecom', exact: true }).click();
  await button(words.syncers.runs).click();
  await heading(words.runs.chartTitle).waitFor();
  await takePicture('runs');
}

async function fillConnection(page: Page, { sandbox }: TestHost, words: Messages): Promise<void> {
  const isChinese = words === chinese;
  await page.getByLabel(isChinese ? '企业 ID' : 'Corp ID', { exact: true }).fill(sandbox.corpId);
  await page.getByLabel(isChinese ? '企业 Secret' : 'Corp Secret', { exact: true }).fill(sandbox.appSecret);
}

async function forbiddenCount({ world, prefix }: Place): Promise<number> {
  const answer = await world
    .credential()
    .get(`${prefix}/api/get-users?owner=acme&p=1&pageSize=1&field=isForbidden&value=true`);
  return Number(answer.data2);
}

import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';

/** What a picture needs of the window, to end below something whole. */
export const PICTURE = { width: 1200, height: 960 };
/** Below the last thing on the page. */
const MARGIN = 24;

/** Messages that come and go are not part of a picture. */
const HIDE_MESSAGES = `for (const message of document.querySelectorAll('.ant-message')) message.style.visibility = 'hidden';`;
const SHOW_MESSAGES = `for (const message of document.querySelectorAll('.ant-message')) message.style.visibility = '';`;
const CONTENT_END = `document.querySelector('main').lastElementChild.getBoundingClientRect().bottom + ${MARGIN}`;
/** Where a row begins that the window cuts in two. */
const CUT_ROW = `Math.min(innerHeight, ...[...document.querySelectorAll('main tbody tr')]
  .map((row) => row.getBoundingClientRect())
  .filter(({ top, bottom }) => top < innerHeight && bottom > innerHeight)
  .map(({ top }) => top))`;

/** For the READMEs; written only when somebody asks for new ones, so that a test run leaves the tree as it was. */
export async function takePicture(page: Page, name: string): Promise<void> {
  if (process.env['UPDATE_SCREENSHOTS'] !== '1') return;
  const path = fileURLToPath(new URL(`../../docs/images/${name}.png`, import.meta.url));
  const { width } = PICTURE;
  const height = Math.floor(Number(await page.evaluate(`Math.min(${CONTENT_END}, ${CUT_ROW})`)));
  await page.evaluate(HIDE_MESSAGES);
  await page.screenshot({ path, animations: 'disabled', clip: { x: 0, y: 0, width, height } });
  await page.evaluate(SHOW_MESSAGES);
}

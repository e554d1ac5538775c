import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';

const TALLEST = 800;
/** Below the last thing on the page. */
const MARGIN = 24;

/** Messages that come and go are not part of a picture. */
const HIDE_MESSAGES = `for (const message of document.querySelectorAll('.ant-message')) message.style.visibility = 'hidden';`;
const SHOW_MESSAGES = `for (const message of document.querySelectorAll('.ant-message')) message.style.visibility = '';`;
const CONTENT_END = `document.querySelector('main').lastElementChild.getBoundingClientRect().bottom`;

/** For the READMEs; written only when somebody asks for new ones, so that a test run leaves the tree as it was. */
export async function takePicture(page: Page, name: string): Promise<void> {
  if (process.env['UPDATE_SCREENSHOTS'] !== '1') return;
  const path = fileURLToPath(new URL(`../../docs/images/${name}.png`, import.meta.url));
  const width = page.viewportSize()?.width ?? 1200;
  const height = Math.min(TALLEST, Math.ceil(Number(await page.evaluate(CONTENT_END))) + MARGIN);
  await page.evaluate(HIDE_MESSAGES);
  await page.screenshot({ path, animations: 'disabled', clip: { x: 0, y: 0, width, height } });
  await page.evaluate(SHOW_MESSAGES);
}

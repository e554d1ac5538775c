import type { IncomingHttpHeaders } from 'node:http';
import { text } from '../../syncer/text.ts';
import { Refusal } from '../refusal.ts';

const hostOf = (url: string): string | undefined => {
  try {
    return new URL(url).host.toLowerCase();
  } catch {
    return undefined;
  }
};

/**
 * A browser names the site that a request comes from, and a page of another site cannot forge it. Programs name none
 * and pass. `same-site` is foreign too: another service on a sibling domain is not ours.
 *
 * @param publicUrl the address of a proxy in front of the host, which may change the Host header
 */
export function isForeign(headers: IncomingHttpHeaders, publicUrl?: string): boolean {
  const site = headers['sec-fetch-site'];
  if (site === 'same-origin' || site === 'none') return false;
  if (site !== undefined) return true;
  // Without Sec-Fetch-Site (plain http, old browsers) Origin tells, and for a GET, which carries no Origin, Referer.
  const from = headers.origin ?? headers.referer;
  if (from === undefined || from === '') return false;
  const host = hostOf(from);
  const own = [headers.host?.toLowerCase(), publicUrl === undefined ? undefined : hostOf(publicUrl)];
  return host === undefined || !own.includes(host);
}

/** @throws Refusal when another site's page made the browser send this */
export function refuseForeign(headers: IncomingHttpHeaders, publicUrl?: string): void {
  if (isForeign(headers, publicUrl)) {
    throw new Refusal(
      text(
        'This request comes from another site and was refused. Behind a reverse proxy, set PUBLIC_URL to the address in the browser.',
        '该请求来自其他站点，已被拒绝。如使用反向代理，请将 PUBLIC_URL 设置为浏览器中的访问地址。',
      ),
    );
  }
}

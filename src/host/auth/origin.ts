import type { IncomingHttpHeaders } from 'node:http';
import { text } from '../../syncer/text.ts';
import { Refusal } from '../../service/refusal.ts';

const hostOf = (url: string): string | undefined => {
  try {
    return new URL(url).host.toLowerCase();
  } catch {
    return undefined;
  }
};

/** Whether a URL, as in Origin or Referer, is of the host itself; a proxy in front may change the Host header. */
function isOwn(from: string, headers: IncomingHttpHeaders, publicUrl: string | undefined): boolean {
  const host = hostOf(from);
  const own = [headers.host?.toLowerCase(), publicUrl === undefined ? undefined : hostOf(publicUrl)];
  return host !== undefined && own.includes(host);
}

/** Without Sec-Fetch-Site (plain http, old browsers) Origin tells, and for a GET, which carries no Origin, Referer. */
const sourceOf = (headers: IncomingHttpHeaders): string => headers.origin ?? headers.referer ?? '';

/**
 * A browser names the site that a request comes from, and a page of another site cannot forge it. Programs name none
 * and pass. `same-site` is foreign too: another service on a sibling domain is not ours.
 *
 * @param publicUrl the address of a proxy in front of the host
 */
export function isForeign(headers: IncomingHttpHeaders, publicUrl?: string): boolean {
  const site = headers['sec-fetch-site'];
  if (site === 'same-origin' || site === 'none') return false;
  if (site !== undefined) return true;
  const from = sourceOf(headers);
  return from !== '' && !isOwn(from, headers, publicUrl);
}

/**
 * Whether the browser says that our own page sent this. Silence is no sign: an old browser, or a page that hides where
 * it is, sends nothing. Nor is `none`: that is an address typed in, but also a link in a mail or a chat.
 */
export function isFromOwnPage(headers: IncomingHttpHeaders, publicUrl?: string): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin';
  const from = sourceOf(headers);
  return from !== '' && isOwn(from, headers, publicUrl);
}

/** @throws Refusal unless our own page sent this: a cookie goes along with every link that somebody clicks */
export function requireOwnPage(headers: IncomingHttpHeaders, publicUrl?: string): void {
  if (isFromOwnPage(headers, publicUrl)) return;
  throw new Refusal(
    text(
      'With a session, a GET that changes something is taken from this host’s own page alone. Send a POST, or the API credential.',
      '使用会话时，会产生更改的 GET 请求只接受来自本服务自身页面的调用。请改用 POST，或使用 API 凭据。',
    ),
  );
}

/** @throws Refusal when another site's page made the browser send this */
export function refuseForeign(headers: IncomingHttpHeaders, publicUrl?: string): void {
  if (isForeign(headers, publicUrl)) {
    throw new Refusal(
      text(
        'This request comes from another site and was refused. Behind a reverse proxy, set PUBLIC_URL (publicUrl of a page that is mounted) to the address in the browser.',
        '该请求来自其他站点，已被拒绝。如使用反向代理，请将 PUBLIC_URL(嵌入页面时为 publicUrl)设置为浏览器中的访问地址。',
      ),
    );
  }
}

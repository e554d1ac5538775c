import type { Access } from '../company/access.ts';
import type { Company } from '../company/company.ts';
import { isActive } from '../company/member.ts';
import { PRIVATE_FIELDS, SCOPES } from '../company/sign-ins.ts';
import { refusalText } from './refusal.ts';

/** Where WeCom has its page on which a member agrees (doc 91022). */
export const AUTHORIZE = '/connect/oauth2/authorize';

interface AuthorizePage {
  readonly status: number;
  readonly html: string;
  readonly location?: string;
}

interface Came {
  readonly query: URLSearchParams;
  /** What was chosen on the page; absent: it was only opened. */
  readonly form?: URLSearchParams;
}

/** Members that the page lists; others are typed. */
const LISTED = 200;

/**
 * The page on which a member, as whom one may choose anybody here, agrees field by field or declines. Who agrees is sent
 * back with a code, who declines without one.
 */
export function authorize(
  { query, form }: Came,
  { access, company }: { readonly access: Access; readonly company: Company },
): AuthorizePage {
  const scope = SCOPES.find((one) => one === query.get('scope'));
  const redirect = query.get('redirect_uri') ?? '';
  const state = query.get('state') ?? '';
  const agentid = query.get('agentid') ?? '';
  if (query.get('appid') !== access.corpId) return refused(40013);
  if (query.get('response_type') !== 'code' || scope === undefined) return refused(40035);
  if (!/^[A-Za-z0-9]{0,128}$/.test(state)) return refused(40035);
  if (agentid === '' && scope === 'snsapi_privateinfo') return refused(41011);
  if (agentid !== '' && Number(agentid) !== access.agentId) return refused(40056);
  if (!access.trusts(redirect)) return refused(50001);
  if (form === undefined) return { status: 200, html: choicePage(scope, company) };
  const back = new URL(redirect);
  if (form.get('answer') === 'agree') {
    const userid = form.get('userid') ?? '';
    const member = company.member(userid);
    if (userid !== '' && (!member || !isActive(member))) return refused(60111);
    const fields = PRIVATE_FIELDS.filter((field) => form.getAll('field').includes(field));
    const visit = { userid: member?.userid ?? '', scope, fields, agentId: access.agentId };
    back.searchParams.set('code', access.signIns.issueCode(visit));
  }
  if (state !== '') back.searchParams.set('state', state);
  return { status: 302, html: '', location: back.href };
}

const refused = (errcode: number): AuthorizePage => ({
  status: 200,
  html: frame(`<h1>${errcode}</h1><p>${escaped(refusalText(errcode, '203.0.113.7'))}</p>`),
});

function choicePage(scope: string, company: Company): string {
  const people = [...company.members].filter(isActive).slice(0, LISTED);
  const options = people.map(
    ({ userid, name }) => `<option value="${escaped(userid)}">${escaped(name)} (${escaped(userid)})</option>`,
  );
  const boxes = PRIVATE_FIELDS.map(
    (field) => `<label><input type="checkbox" name="field" value="${field}" checked> ${field}</label>`,
  );
  return frame(`<h1>企业微信授权 · WeCom sandbox</h1>
<form method="post">
<p><label>成员 · Member <select name="userid"><option value="">外部联系人 · somebody from outside</option>${options.join('')}</select></label></p>
${scope === 'snsapi_privateinfo' ? `<p>${boxes.join('<br>')}</p>` : ''}
<p><button name="answer" value="agree">同意 · Agree</button> <button name="answer" value="decline">拒绝 · Decline</button></p>
</form>`);
}

const frame = (body: string): string =>
  `<!doctype html><html lang="zh"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>WeCom sandbox</title></head><body>${body}</body></html>`;

const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (sign) => `&#${sign.codePointAt(0) ?? 0};`);

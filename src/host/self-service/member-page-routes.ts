import {
  DECLINED,
  NoSuchPage,
  NOTHING_ASKED,
  NotNow,
  TooOften,
} from '../../service/self-service/self-service-refusals.ts';
import { VISIT_MS, type MemberPage, type Return, type SelfService } from '../../service/self-service/self-service.ts';
import type { ServiceLog } from '../../service/log.ts';
import { Refusal } from '../../service/refusal.ts';
import { toldOfError } from '../../service/self-service/member-words.ts';
import { text, type Text } from '../../syncer/text.ts';
import { refuseForeign } from '../auth/origin.ts';
import { failed, ok } from '../http/envelope.ts';
import { cookieNamesIn, pathOf, type Incoming } from '../http/incoming.ts';
import { inLanguage, languageOf } from '../http/language.ts';
import { textIn, textOf } from '../http/query.ts';
import { JSON_TYPE, PlainReply } from '../http/reply.ts';
import { input, TEXT } from '../http/schema.ts';
import type { Call } from '../request/call.ts';
import type { Route, Trouble } from '../request/route.ts';
import { changeJson, runJson } from '../runs/run-json.ts';
import { COMPLETED, OFFERED } from './member-page-schema.ts';
import { PAGE_POLICY } from './member-page-style.ts';
import { PAGE } from './member-page-text.ts';
import { MemberPages, type PageLinks } from './member-page.ts';
import { VisitLimits } from './visit-limits.ts';

export interface MemberPageRoutesNeeds {
  readonly selfService: SelfService;
  readonly organizations: { find(name: string): Promise<{ readonly displayName: string | null } | undefined> };
  /** Where people reach the host. */
  readonly publicUrl: string | undefined;
  /** What is called so where it is set. */
  readonly publicUrlName: 'PUBLIC_URL' | 'publicUrl';
  readonly prefix: string;
  readonly log: ServiceLog;
}

const COOKIE = 'member_visit_';
/** Visits that a browser goes on with at one time; their cookies come along with each request, and servers bound that. */
const MOST_VISITS = 10;
const PATH = '/me/:organization/:name';
/** What a browser sends of an address in its history is nobody's business. */
const HEADERS = {
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'content-security-policy': PAGE_POLICY,
};

const PAGES = { contentType: 'text/html', says: 'A page for the member' } as const;
const REFUSED = {
  400: 'A sentence for the member: it is refused',
  404: 'There is no such page, or its members are not asked',
  429: 'Too often',
} as const;

/** The page on which members complete their own data: it explains, asks, shows, and stores. Nobody is signed in by it. */
export function memberPageRoutes(needs: MemberPageRoutesNeeds): Route[] {
  const { selfService, prefix, publicUrl } = needs;
  const limits = new VisitLimits();
  const onTrouble = troubleAnswer(needs);
  const shape = { rule: 'public', onTrouble } as const;
  const backWith = (call: Call, state: string): Return => ({ state, sealed: call.cookie(cookieOf(state)) ?? '' });
  const askedOf = async (page: MemberPage) => {
    const fields = await selfService.fields(page);
    if (fields.length === 0) throw new Refusal(NOTHING_ASKED);
    return fields;
  };
  return [
    {
      ...shape,
      method: 'GET',
      path: PATH,
      operation: 'explainSelfService',
      summary: 'Tells a member what he may complete of his own data, and how.',
      answers: { ...PAGES, otherwise: REFUSED },
      answer: async (call) => {
        const page = await pageOf(call, selfService);
        const { record, directory } = page;
        const company = (await needs.organizations.find(record.organization))?.displayName || record.organization;
        return shown(pagesFor(call, prefix).explanation(company, directory, await askedOf(page)));
      },
    },
    {
      ...shape,
      method: 'GET',
      path: `${PATH}/start`,
      operation: 'startSelfService',
      summary: 'Leads a member to the directory’s own page, on which he agrees what he shares.',
      answers: { ...PAGES, says: 'The way to the directory', status: 302, otherwise: REFUSED },
      answer: async (call) => {
        const page = await pageOf(call, selfService);
        limits.start(call.address);
        if (publicUrl === undefined) throw new Refusal(noPublicUrl(needs.publicUrlName));
        await askedOf(page);
        const returnTo = `${publicUrl}${linksIn(call.request, prefix).callback}`;
        const { address, state, sealed } = await selfService.begin(page, returnTo);
        const place = { path: `${prefix}/me/`, secure: publicUrl.startsWith('https:') };
        const others = cookieNamesIn(call.request).filter((name) => name.startsWith(COOKIE));
        // Browsers send the oldest first.
        for (const name of others.slice(0, -(MOST_VISITS - 1))) call.setCookie(name, '', { ...place, maxAge: 0 });
        call.setCookie(cookieOf(state), sealed, { ...place, maxAge: VISIT_MS / 1000 });
        return shown('', 302, { location: address });
      },
    },
    {
      ...shape,
      method: 'GET',
      path: `${PATH}/callback`,
      operation: 'lookAtSelfService',
      summary: 'Shows a member who agreed what would be stored.',
      query: { state: 'As the way to the directory had it', code: 'Of the directory; absent: he declined' },
      answers: { data: OFFERED, isPage: true, otherwise: REFUSED },
      answer: async (call) => {
        const page = await pageOf(call, selfService);
        const [state, code] = [textIn(call.query, 'state'), textIn(call.query, 'code')];
        const look = () => selfService.look(page, backWith(call, state), code);
        const offered = await (code === '' ? look() : limits.comeBack(call.address, look));
        if (wantsJson(call.request)) return asJson(ok(inLanguage(offered, call.language)));
        return shown(pagesFor(call, prefix).offer(offered, state));
      },
    },
    {
      ...shape,
      method: 'GET',
      path: `${PATH}/confirm`,
      operation: 'leaveSelfService',
      summary: 'Where a browser goes that loads the last page anew: back to the first one.',
      answers: { ...PAGES, says: 'The way to the first page', status: 303, otherwise: REFUSED },
      answer: async (call) => {
        await pageOf(call, selfService);
        return shown('', 303, { location: linksIn(call.request, prefix).begin });
      },
    },
    {
      ...shape,
      method: 'POST',
      path: `${PATH}/confirm`,
      operation: 'completeSelfService',
      summary: 'Stores what the member saw, as far as it may be.',
      body: input({ state: TEXT }, ['state']),
      form: true,
      answers: { data: COMPLETED, isPage: true, otherwise: REFUSED },
      answer: async (call) => {
        const page = await pageOf(call, selfService);
        refuseForeignTap(call.request, publicUrl);
        const state = textOf(call.bodyIfAny, 'state');
        try {
          const { run, changes } = await selfService.complete(page, backWith(call, state), call.address);
          const { language } = call;
          if (wantsJson(call.request)) {
            return asJson(
              ok({ run: runJson(run, language), changes: changes.map((one) => changeJson(one, language)) }),
            );
          }
          const isReported = run.warnings.some(({ code }) => code === 'value-taken');
          return shown(
            pagesFor(call, prefix).done(
              changes.flatMap(({ fields }) => fields),
              isReported,
            ),
          );
        } catch (error) {
          if (!(error instanceof NotNow) || wantsJson(call.request)) throw error;
          return shown(pagesFor(call, prefix).trouble(PAGE.failed, call.say(error.text), state), 400);
        }
      },
    },
  ];
}

/** One for each visit: whoever opens the page once more, or another one, goes on with the first as well. */
const cookieOf = (state: string): string => `${COOKIE}${state.slice(0, 8)}`;

const pageOf = ({ places: { organization = '', name = '' } }: Call, selfService: SelfService): Promise<MemberPage> =>
  selfService.page(organization, name);

/**
 * A form of a page that hides where it is, as these do, names the origin "null", and older browsers say no more: then
 * the state tells, which no other site knows, and the cookie, which no form of another site brings.
 */
function refuseForeignTap({ headers }: Incoming, publicUrl: string | undefined): void {
  const hidesOrigin = headers.origin === 'null' && headers['sec-fetch-site'] === undefined;
  if (!hidesOrigin) refuseForeign(headers, publicUrl);
}

/** How the host says what went wrong here: a page, or an envelope, and never HTTP 200. */
const troubleAnswer =
  ({ prefix, log }: MemberPageRoutesNeeds) =>
  ({ error, envelope, unforeseen }: Trouble, request: Incoming): PlainReply => {
    const isMissing = error instanceof NoSuchPage;
    const status = unforeseen ? 500 : isMissing ? 404 : error instanceof TooOften ? 429 : 400;
    const language = languageOf(request.headers['accept-language']);
    const msg = error instanceof Refusal ? envelope.msg : toldInLog(error, request, log)[language];
    if (wantsJson(request)) return asJson(failed(msg), status);
    const pages = pagesFor({ request, language }, prefix);
    if (isMissing) return shown(pages.missing(msg), status);
    const isDeclined = error instanceof Refusal && error.text === DECLINED;
    return shown(pages.trouble(isDeclined ? PAGE.declined : PAGE.failed, msg), status);
  };

/** What nobody foresaw is in the log already. */
function toldInLog(error: unknown, { url }: Incoming, log: ServiceLog): Text {
  const { text: told, cause } = toldOfError(error);
  if (cause) log.warn({ path: pathOf(url), ...cause }, 'a member could not complete his data');
  return told;
}

const wantsJson = ({ headers: { accept = '' } }: Incoming): boolean =>
  /\bapplication\/json\b/i.test(accept) && !/\btext\/html\b/i.test(accept);

const asJson = (envelope: unknown, status = 200): PlainReply =>
  new PlainReply(JSON_TYPE, JSON.stringify(envelope), { status, headers: HEADERS });

const shown = (page: string, status = 200, headers: Readonly<Record<string, string>> = {}): PlainReply =>
  new PlainReply('text/html; charset=utf-8', page, { status, headers: { ...HEADERS, ...headers } });

const pagesFor = ({ request, language }: Pick<Call, 'request' | 'language'>, prefix: string): MemberPages =>
  new MemberPages(language, linksIn(request, prefix));

/** As they were sent, names and all, so that they lead to the same. */
function linksIn({ url }: Incoming, prefix: string): PageLinks & { readonly callback: string } {
  const [, , organization = '', name = ''] = pathOf(url).split('/');
  const begin = `${prefix}/me/${organization}/${name}`;
  return { begin, start: `${begin}/start`, callback: `${begin}/callback`, confirm: `${begin}/confirm` };
}

const noPublicUrl = (setting: string) =>
  text(
    `The directory cannot lead anybody back here: ${setting} is not set. Ask the operator of this server to set it to the address in the browser.`,
    `通讯录无法返回此页面：未设置 ${setting}。请服务器管理员将其设置为浏览器中的访问地址。`,
  );

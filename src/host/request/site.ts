import { parse } from 'node:querystring';
import type { ServiceLog } from '../../service/log.ts';
import { text } from '../../syncer/text.ts';
import { admit, requireOrganization, type Touched } from '../auth/authorize.ts';
import type { AuditEntry, AuditLog } from '../../service/audit/audit-log.ts';
import { actorOf, ANONYMOUS, confinedTo, type Caller, type CallerSource } from '../auth/caller.ts';
import { refuseForeign, requireOwnPage } from '../auth/origin.ts';
import { readBody } from '../http/body.ts';
import { failed } from '../http/envelope.ts';
import { errorReply, type ErrorReply } from '../http/error-reply.ts';
import { pathOf, queryOf, type Incoming, type Received } from '../http/incoming.ts';
import { languageOf, sentence } from '../http/language.ts';
import { refuseUnstorable, textIn } from '../http/query.ts';
import { JSON_TYPE, PlainReply, SECURITY_HEADERS, type Reply } from '../http/reply.ts';
import type { StaticPage } from '../http/static-page.ts';
import { Call } from './call.ts';
import { Router, type FoundRoute } from './router.ts';
import type { OrganizationRoute, Route } from './route.ts';

/** Of calls that not everybody may use. */
const BODY_LIMIT = 2 * 1024 * 1024;
/** What strangers send is a sign-in, or nothing. */
const PUBLIC_BODY_LIMIT = 16 * 1024;

const NO_ROUTE = text('There is no such call.', '没有该接口。');

export interface SiteDeps {
  readonly routes: readonly Route[];
  /** Absent: calls alone. */
  readonly page: StaticPage | undefined;
  readonly callers: CallerSource;
  readonly audit: AuditLog;
  readonly log: ServiceLog;
  /** Where people reach the page; undefined = nobody named it. */
  readonly publicUrl: string | undefined;
}

/** What is served under one prefix: calls, and the page. It knows no server; whichever takes a request in asks it. */
export class Site {
  readonly #deps: SiteDeps;
  readonly #router: Router;

  constructor(deps: SiteDeps) {
    this.#deps = deps;
    this.#router = new Router(deps.routes);
  }

  /** Always answers; what went wrong is an answer, too. */
  async answer(received: Received): Promise<Reply> {
    const request = { ...received, query: parse(queryOf(received.url)) };
    let onTrouble: Route['onTrouble'];
    try {
      const found = this.#router.find(request.method, request.url);
      onTrouble = found?.route.onTrouble;
      if (found) return await this.#call(found, request);
      return this.#deps.page?.answer(request) ?? nothingHere(request);
    } catch (error) {
      if (!onTrouble) return troubled(error, request, this.#deps.log);
      return plain(onTrouble({ ...troubleOf(error, request, this.#deps.log), error }, request));
    }
  }

  async #call({ route, places }: FoundRoute, request: Incoming): Promise<Reply> {
    refuseUnstorable(request.query);
    const caller = await this.#callerFor(route, request);
    await this.#admit(route, request, caller);
    // Only now: strangers do not make the host read megabytes.
    const body = route.method === 'GET' ? undefined : await readBody(request, limitsOf(route));
    refuseUnstorable(body);
    const call = new Call(request, places, caller, body);
    const answer = 'find' in route ? await this.#answerFound(route, call) : await route.answer(call);
    const reply = answer instanceof PlainReply ? plain(answer) : json(answer);
    return call.cookies.length === 0 ? reply : { ...reply, headers: { ...reply.headers, 'set-cookie': call.cookies } };
  }

  /** @throws Refusal when another site's page made a browser send this */
  async #callerFor(route: Route, request: Incoming): Promise<Caller> {
    const { callers, publicUrl } = this.#deps;
    if (route.onTrouble) return ANONYMOUS;
    const changes = route.changes ?? route.method === 'POST';
    if (changes) refuseForeign(request.headers, publicUrl);
    const caller = await callers.callerOf(request);
    const isByCookie = caller.kind === 'user' && caller.byCookie;
    if (changes && route.method === 'GET' && isByCookie) requireOwnPage(request.headers, publicUrl);
    return caller;
  }

  /** The caller may use the call at all. What a signed-in user tries in vain is written down. */
  async #admit(route: Route, { query, address }: Incoming, caller: Caller): Promise<void> {
    try {
      admit(route.rule, caller);
    } catch (error) {
      const target = textIn(query, 'id') || textIn(query, 'owner');
      const [organization = ''] = target.split('/');
      if (caller.kind === 'user') {
        await this.#deps.audit.refuse(actorOf(caller, address), refusedEntry(route, organization, target));
      }
      throw error;
    }
  }

  async #answerFound(route: OrganizationRoute, call: Call): Promise<unknown> {
    const subject = await route.find(call);
    const organization = await this.#allow(route, call, subject);
    if (subject.refusal) throw subject.refusal;
    return subject.object(organization);
  }

  /** Whoever tries what is not his to do is written down where the administrators of that organization can read it. */
  async #allow(route: OrganizationRoute, call: Call, touched: Touched): Promise<string | undefined> {
    try {
      return requireOrganization(route.rule, call.caller, touched);
    } catch (error) {
      const organization = touched.organizations.find((named) => named !== confinedTo(call.caller)) ?? '';
      await this.#deps.audit.refuse(call.actor, refusedEntry(route, organization, touched.target));
      throw error;
    }
  }
}

const limitsOf = ({ rule, raw, form = false }: Route) => ({
  longest: rule === 'public' ? (raw?.longest ?? PUBLIC_BODY_LIMIT) : BODY_LIMIT,
  takesText: raw !== undefined,
  takesForm: form,
});

const refusedEntry = ({ action, path }: Route, organization: string, target: string): AuditEntry => ({
  action: action ?? path.slice('/api/'.length),
  organization,
  target,
  outcome: 'refused',
});

const plain = ({ type, content, status, headers }: PlainReply): Reply => ({
  status,
  headers: { ...SECURITY_HEADERS, 'cache-control': 'no-store', 'content-type': type, ...headers },
  content,
});

const json = (envelope: unknown, status = 200): Reply =>
  plain(new PlainReply(JSON_TYPE, JSON.stringify(envelope), { status }));

/** What is answered when something went wrong. */
export function troubled(error: unknown, request: Pick<Incoming, 'headers' | 'url'>, log: ServiceLog): Reply {
  const { httpStatus, envelope } = troubleOf(error, request, log);
  return json(envelope, httpStatus);
}

function troubleOf(error: unknown, { headers, url }: Pick<Incoming, 'headers' | 'url'>, log: ServiceLog): ErrorReply {
  const reply = errorReply(error, languageOf(headers['accept-language']));
  if (reply.unforeseen) log.error({ err: error, path: pathOf(url) }, 'a call failed');
  return reply;
}

type Sought = Pick<Incoming, 'headers'> & { readonly method?: string | undefined; readonly url?: string | undefined };

/** What is answered where there is neither a call nor a page; clients of calls read HTTP 200 alone. */
export function nothingHere({ method, url, headers }: Sought): Reply {
  const isCall = method !== 'HEAD' && /^\/api(?:\/|$)/.test(pathOf(url ?? ''));
  return json(failed(sentence(languageOf(headers['accept-language']), NO_ROUTE)), isCall ? 200 : 404);
}

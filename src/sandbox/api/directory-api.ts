import type { Access, CredentialKind } from '../company/access.ts';
import { getAgent, listAgents, listApiAddresses } from './agent-calls.ts';
import { page, refuse, succeed, type Answer } from './answer.ts';
import type { BodyCache } from './body-cache.ts';
import { visibilityFor, type Caller, type Responder } from './caller.ts';
import type { Company } from '../company/company.ts';
import type { Mailbox } from '../company/mailbox.ts';
import { getDepartment, listDepartmentIds, listDepartments } from './department-calls.ts';
import type { CallParams, Faults } from '../faults/faults.ts';
import { getMember, listMemberIds, listMemberNames, listMembers } from './member-calls.ts';
import { sendMessage } from './message-calls.ts';
import { getVisitor, getVisitorAsBefore, getVisitorDetail } from './sign-in-calls.ts';
import { getTag, listTags } from './tag-calls.ts';

/** A call as it came in. Secrets are apart from `params`, which may be logged. */
export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly params: CallParams;
  readonly corpSecret: string | undefined;
  readonly accessToken: string | undefined;
  readonly body: string;
}

const RESPONDERS: ReadonlyMap<string, Responder> = new Map(
  Object.entries({
    'department/list': listDepartments,
    'department/simplelist': listDepartmentIds,
    'department/get': getDepartment,
    'user/list': listMembers,
    'user/simplelist': listMemberNames,
    'user/get': getMember,
    'user/list_id': listMemberIds,
    'agent/get': getAgent,
    'agent/list': listAgents,
    'tag/get': getTag,
    'tag/list': listTags,
    'auth/getuserinfo': getVisitor,
    'user/getuserinfo': getVisitorAsBefore,
    'auth/getuserdetail': getVisitorDetail,
    'message/send': sendMessage,
    get_api_domain_ip: listApiAddresses,
  }),
);

/** What the contacts secret may not read from a new address (doc 96079). */
const NAMES_AND_PROFILES = new Set(['user/get', 'user/simplelist', 'user/list', 'department/list', 'department/get']);

/** The calls under `/cgi-bin/`: who may ask what, in the order in which WeCom checks. */
export class DirectoryApi {
  readonly #company: Company;
  readonly #access: Access;
  readonly #faults: Faults;
  readonly #cache: BodyCache;
  readonly #mailbox: Mailbox;

  constructor(company: Company, access: Access, faults: Faults, mailbox: Mailbox, cache: BodyCache) {
    this.#company = company;
    this.#access = access;
    this.#faults = faults;
    this.#cache = cache;
    this.#mailbox = mailbox;
  }

  /** @param inFlight how many calls are open at this moment, this one included */
  answer(request: ApiRequest, inFlight: number): Answer {
    const { path } = request;
    const reply = path === 'gettoken' ? this.#token(request) : this.#authorised(request, inFlight);
    return typeof reply === 'number' ? refuse(path, reply, this.#faults.fromIp) : reply;
  }

  /** Serialises what the app may read, so that a measurement need not pay for it. */
  warmUp(): void {
    for (const { id } of this.#company.visibleDepartments()) {
      listMembers(this.#caller('app', { method: 'GET', params: { department_id: String(id) }, body: '' }));
    }
  }

  /** The secret is looked for first: without any parameter the code is 41004 (seen on the wire). */
  #token({ params, corpSecret }: ApiRequest): Answer | number {
    if (this.#faults.isBlocked || this.#faults.exceedsRate('gettoken')) return 45009;
    if (corpSecret === undefined || corpSecret === '') return 41004;
    if (params['corpid'] === undefined || params['corpid'] === '') return 41002;
    if (params['corpid'] !== this.#access.corpId) return 40013;
    const kind = this.#access.kindOf(corpSecret);
    if (kind === undefined) {
      this.#faults.countWrongSecret();
      return 40001;
    }
    if (kind === 'app' && !this.#access.rules.appEnabled) return 50003;
    const { token, expiresIn } = this.#access.issue(kind, this.#faults.tokenLifetime);
    return succeed({ access_token: token, expires_in: expiresIn });
  }

  #authorised(request: ApiRequest, inFlight: number): Answer | number {
    const { path, params, method, body, accessToken } = request;
    const respond = RESPONDERS.get(path);
    if (respond === undefined) return page(404, nginxPage('404 Not Found'));
    if (this.#faults.isBlocked) return 45009;
    this.#faults.ageTokens();
    const kind = this.#access.check(accessToken);
    if (typeof kind === 'number') return kind;
    const refusal = this.#refusal(path, kind, inFlight);
    if (refusal !== undefined) return refusal;
    return respond(this.#caller(kind, { method, params, body }));
  }

  #caller(kind: CredentialKind, { method, params, body }: Pick<ApiRequest, 'method' | 'params' | 'body'>): Caller {
    return {
      kind,
      method,
      params,
      body,
      company: this.#company,
      cache: this.#cache,
      agentId: this.#access.agentId,
      visibility: visibilityFor(kind, this.#company),
      withheld: kind === 'app' && this.#access.rules.withheld,
      access: this.#access,
      mailbox: this.#mailbox,
    };
  }

  #refusal(path: string, kind: CredentialKind, inFlight: number): number | undefined {
    if (this.#faults.settings.untrustedIp !== undefined) return 60020;
    if (this.#faults.exceedsRate(path)) return 45009;
    if (this.#faults.exceedsConcurrency(inFlight)) return 45033;
    if (kind === 'app') {
      if (!this.#access.rules.appEnabled) return 50003;
      return path === 'user/list_id' ? 48002 : undefined;
    }
    return this.#access.rules.contactsIp === 'new' && NAMES_AND_PROFILES.has(path) ? 48009 : undefined;
  }
}

export function nginxPage(title: string): string {
  return `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n`;
}

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { clientAddress } from '../auth/address.ts';
import { admit, requireOrganization, type OpenRule, type OrganizationRule, type Touched } from '../auth/authorize.ts';
import type { AuditAction, AuditEntry, AuditLog } from '../auth/audit-log.ts';
import { confinedTo } from '../auth/caller.ts';
import { refuseForeign, requireOwnPage } from '../auth/origin.ts';
import { present } from '../../syncer/present.ts';
import { Call } from './call.ts';
import type { Authenticator } from '../auth/authenticator.ts';
import { textIn, type Query } from '../http/query.ts';
import type { Refusal } from '../../service/refusal.ts';
import type { Schema } from '../http/schema.ts';

/** Of calls that not everybody may use. */
const BODY_LIMIT = 2 * 1024 * 1024;

/** What an envelope holds. */
export interface EnvelopeAnswer {
  readonly data: Schema;
  /** Where it holds more than null; lists hold their total there. */
  readonly data2?: Schema;
  /** What `data` holds when the call failed and still has something to show. */
  readonly failed?: Schema;
}

/** An answer that is no envelope. */
export interface PlainAnswer {
  readonly contentType: string;
  readonly says: string;
  readonly schema?: Schema;
}

/** What every call says of itself. Documents and tests are made from the list of these. */
interface CallShape {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** What it does, for the reader of the API's documentation. */
  readonly summary: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Set: the call lists, in pages if asked, and may be searched and sorted by these fields. */
  readonly listed?: readonly string[];
  /** What is to be sent; absent = nothing. */
  readonly body?: Schema;
  /** The body may come as a form too. */
  readonly form?: boolean;
  /** The body is taken as text, whatever it is called, up to so many bytes. */
  readonly raw?: { readonly longest: number };
  readonly answers: EnvelopeAnswer | PlainAnswer;
  /** A GET that changes something all the same, as Casdoor's `run-syncer` does. POST always counts as changing. */
  readonly changes?: boolean;
  /** As the audit log calls it; absent = as its path. */
  readonly action?: AuditAction;
}

/** A call that is about no organization in particular. */
interface OpenRoute extends CallShape {
  readonly rule: OpenRule;
  /** @returns the envelope; undefined when it wrote to the reply itself */
  readonly answer: (call: Call) => Promise<unknown>;
}

/** What a call is about, with what was looked up to know it; or why it can't be told. */
export type Subject<T> = Touched & ({ readonly object: T; readonly refusal?: never } | { readonly refusal: Refusal });

/** The subject of a call that the caller may do. */
export interface Found<T> {
  /** The organization it is confined to; undefined = a global caller touches all of them. */
  readonly organization: string | undefined;
  readonly object: T;
}

/** What a call would do to its subject. */
type Act = (organization: string | undefined) => Promise<unknown>;

/** A call on what belongs to an organization: nothing can be done before its subject is found, and checked. */
interface OrganizationRoute extends CallShape {
  readonly rule: OrganizationRule;
  readonly find: (call: Call) => Promise<Subject<Act>>;
}

/** One call of the host: what it may do is part of its shape, so that one which forgets to say it does not compile. */
export type Route = OpenRoute | OrganizationRoute;

/**
 * @param definition `find` tells which organization the call touches, and changes nothing; `answer` does it, and is only
 *   called for whoever may
 */
export function organizationRoute<T>({
  find,
  answer,
  ...shape
}: CallShape & {
  readonly rule: OrganizationRule;
  readonly find: (call: Call) => Subject<T> | Promise<Subject<T>>;
  readonly answer: (call: Call, found: Found<T>) => Promise<unknown>;
}): Route {
  return {
    ...shape,
    find: async (call) => {
      const subject = await find(call);
      if (subject.refusal) return subject;
      const { object } = subject;
      return { ...subject, object: (organization) => answer(call, { organization, object }) };
    },
  };
}

export interface RegistrationNeeds {
  readonly authenticator: Authenticator;
  readonly audit: AuditLog;
  /** Where people reach the page; undefined = nobody named it. */
  readonly publicUrl: string | undefined;
}

export function register(
  app: FastifyInstance,
  { authenticator, audit, publicUrl }: RegistrationNeeds,
  routes: readonly Route[],
): void {
  for (const route of routes) {
    const changes = route.changes ?? route.method === 'POST';
    app.route({
      method: route.method,
      url: route.path,
      config: { takesForm: route.form ?? false, takesText: route.raw !== undefined },
      ...present({ bodyLimit: route.rule === 'public' ? route.raw?.longest : BODY_LIMIT }),
      // Before the body is read: strangers do not make the host read megabytes.
      onRequest: async (request) => {
        if (changes) refuseForeign(request.headers, publicUrl);
        request.caller = await authenticator.callerOf(request);
        const isByCookie = request.caller.kind === 'user' && request.caller.byCookie;
        if (changes && route.method === 'GET' && isByCookie) requireOwnPage(request.headers, publicUrl);
        await admitted(audit, route, request);
      },
      handler: async (request, reply) => {
        const call = new Call(request, reply, request.caller);
        const answer = 'find' in route ? await answerFound(audit, route, call) : await route.answer(call);
        return reply.sent ? reply : (answer ?? reply);
      },
    });
  }
}

/** The caller may use the call at all. What a signed-in user tries in vain is written down. */
async function admitted(audit: AuditLog, route: Route, request: FastifyRequest): Promise<void> {
  const { caller } = request;
  try {
    admit(route.rule, caller);
  } catch (error) {
    const target = textIn(request.query as Query, 'id') || textIn(request.query as Query, 'owner');
    const [organization = ''] = target.split('/');
    if (caller.kind === 'user')
      await audit.refuse(caller, clientAddress(request), refusedEntry(route, organization, target));
    throw error;
  }
}

async function answerFound(audit: AuditLog, route: OrganizationRoute, call: Call): Promise<unknown> {
  const subject = await route.find(call);
  const organization = await allowed(audit, route, call, subject);
  if (subject.refusal) throw subject.refusal;
  return subject.object(organization);
}

/** Whoever tries what is not his to do is written down where the administrators of that organization can read it. */
async function allowed(
  audit: AuditLog,
  route: OrganizationRoute,
  { caller, address }: Call,
  touched: Touched,
): Promise<string | undefined> {
  try {
    return requireOrganization(route.rule, caller, touched);
  } catch (error) {
    const organization = touched.organizations.find((named) => named !== confinedTo(caller)) ?? '';
    await audit.refuse(caller, address, refusedEntry(route, organization, touched.target));
    throw error;
  }
}

const refusedEntry = ({ action, path }: Route, organization: string, target: string): AuditEntry => ({
  action: action ?? path.slice('/api/'.length),
  organization,
  target,
  outcome: 'refused',
});

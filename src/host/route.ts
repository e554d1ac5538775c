import type { FastifyInstance } from 'fastify';
import { admit, RULES } from './auth/authorize.ts';
import { refuseForeign } from './auth/origin.ts';
import { Call } from './call.ts';
import type { HostParts } from './host-parts.ts';

/** One call of the host. Documents and tests are made from the list of these. */
export interface Route {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** What it does, for the reader of the API's documentation. */
  readonly summary: string;
  readonly query?: Readonly<Record<string, string>>;
  /** What the body is; absent = none. */
  readonly body?: string;
  /** A GET that changes something all the same, as Casdoor's `run-syncer` does. POST always counts as changing. */
  readonly changes?: boolean;
  /** Answers the envelope; undefined when it wrote to the reply itself. */
  readonly answer: (call: Call) => Promise<unknown>;
}

/** @throws Error at start for a call that nobody said the rule of */
export function register(app: FastifyInstance, parts: HostParts, routes: readonly Route[]): void {
  for (const route of routes) {
    const name = `${route.method} ${route.path}`;
    const rule = RULES[name];
    if (rule === undefined) throw new Error(`No rule says who may use "${name}".`);
    const changes = route.changes ?? route.method === 'POST';
    app.route({
      method: route.method,
      url: route.path,
      // Before the body is read: strangers do not make the host read megabytes.
      onRequest: async (request) => {
        if (changes) refuseForeign(request.headers, parts.settings.publicUrl);
        request.caller = await parts.authenticator.callerOf(request);
        admit(rule, request.caller);
      },
      handler: async (request, reply) => {
        const call = new Call(request, reply, request.caller);
        const answer = await route.answer(call);
        if (rule === 'organization' && !call.entered) {
          throw new Error(`"${name}" answered without naming the organization that it touches.`);
        }
        return reply.sent ? reply : (answer ?? reply);
      },
    });
  }
}

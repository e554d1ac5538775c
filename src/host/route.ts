import type { FastifyInstance } from 'fastify';
import { admit, RULES } from './auth/authorize.ts';
import { refuseForeign } from './auth/origin.ts';
import { Call } from './call.ts';
import type { HostParts } from './host-parts.ts';
import type { Schema } from './schema.ts';

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

/** One call of the host. Documents and tests are made from the list of these. */
export interface Route {
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
      config: { takesForm: route.form ?? false, takesText: route.raw !== undefined },
      ...(route.raw ? { bodyLimit: route.raw.longest } : {}),
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

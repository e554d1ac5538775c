import { JSON_TYPE, PlainReply } from '../http/reply.ts';
import { record, TEXT } from '../http/schema.ts';
import type { Route } from '../request/route.ts';

const CALLS = ['access_token', 'refresh_token', 'introspect'] as const;
const NAMES = { access_token: 'AccessToken', refresh_token: 'RefreshToken', introspect: 'Introspection' } as const;
/** Nobody needs more to ask for a token. */
const LONGEST = 16 * 1024;

const SAYS = {
  error: 'unsupported_grant_type',
  error_description:
    'This host issues no tokens. Sign in at /api/login, or send its client id and secret with each call.',
};

/** OAuth's calls for tokens, which this host has none of: refused as OAuth refuses, so that every SDK says why. */
export const tokenRoutes = (): Route[] =>
  CALLS.flatMap((call) =>
    (['GET', 'POST'] as const).map((method): Route => ({
      method,
      path: `/api/login/oauth/${call}`,
      rule: 'public',
      summary: 'OAuth’s call for tokens: always refused, this host issues none.',
      operation: `${method === 'GET' ? 'find' : 'request'}${NAMES[call]}`,
      raw: { longest: LONGEST },
      answers: {
        contentType: 'application/json',
        says: 'What OAuth says of a refusal (RFC 6749)',
        status: 400,
        schema: record({ error: TEXT, error_description: TEXT }),
      },
      answer: async () => new PlainReply(JSON_TYPE, JSON.stringify(SAYS), { status: 400 }),
    })),
  );

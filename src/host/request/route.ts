import type { QueryShape } from './query-parameter.ts';
import type { OpenRule, OrganizationRule, Touched } from '../auth/authorize.ts';
import type { AuditAction } from '../../service/audit/audit-action.ts';
import type { Refusal } from '../../service/refusal.ts';
import type { ErrorReply } from '../http/error-reply.ts';
import type { Incoming } from '../http/incoming.ts';
import type { PlainReply } from '../http/reply.ts';
import type { Schema } from '../http/schema.ts';
import type { Call } from './call.ts';

/** What an envelope holds. */
export interface EnvelopeAnswer {
  readonly data: Schema;
  /** Where it holds more than null; lists hold their total there. */
  readonly data2?: Schema;
  readonly data3?: Schema;
  /** It may be asked for as CSV, too. */
  readonly isTable?: boolean;
  /** It is a page to whoever does not ask for JSON. */
  readonly isPage?: boolean;
  /** Of HTTP, with what they say, where it may be another. */
  readonly otherwise?: Readonly<Record<number, string>>;
  /** What `data` holds when the call failed and still has something to show. */
  readonly failed?: Schema;
}

/** An answer that is no envelope. */
export interface PlainAnswer {
  readonly contentType: string;
  readonly says: string;
  /** Of HTTP; absent = 200. */
  readonly status?: number;
  /** Of HTTP, with what they say, where it may be another. */
  readonly otherwise?: Readonly<Record<number, string>>;
  readonly schema?: Schema;
  /** What the envelope of a refusal holds in `data`, where it holds more than null. */
  readonly failed?: Schema;
}

/** What went wrong, and how a call would answer it. */
export interface Trouble extends ErrorReply {
  readonly error: unknown;
}

/** What every call says of itself. Documents and tests are made from the list of these. */
interface CallShape {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** What it does, for the reader of the API's documentation. */
  readonly summary: string;
  /** As a client's method; absent = the words of the path. */
  readonly operation?: string;
  readonly query?: QueryShape;
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
  /**
   * Set: it is for people who are signed in nowhere. Nobody is asked who they are, another site may lead here, and this
   * says what went wrong.
   */
  readonly onTrouble?: (trouble: Trouble, request: Incoming) => PlainReply;
}

/** A call that is about no organization in particular. */
interface OpenRoute extends CallShape {
  readonly rule: OpenRule;
  /** @returns the envelope, or a `PlainReply` */
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
export interface OrganizationRoute extends CallShape {
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

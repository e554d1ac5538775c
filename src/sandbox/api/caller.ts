import type { Access, CredentialKind } from '../company/access.ts';
import type { Answer } from './answer.ts';
import type { BodyCache } from './body-cache.ts';
import type { Company } from '../company/company.ts';
import type { Mailbox } from '../company/mailbox.ts';
import type { CallParams } from '../faults/faults.ts';
import type { Visibility } from '../company/visibility.ts';

/** One call that came with a valid token, and everything that answers it. */
export interface Caller {
  readonly kind: CredentialKind;
  readonly method: string;
  readonly params: CallParams;
  readonly body: string;
  readonly company: Company;
  readonly cache: BodyCache;
  readonly agentId: number;
  readonly visibility: Visibility;
  readonly withheld: boolean;
  readonly access: Pick<Access, 'signIns' | 'trustedDomain'>;
  readonly mailbox: Mailbox;
}

/** An answer, or the code with which WeCom refuses. */
export type Reply = Answer | number;
export type Responder = (caller: Caller) => Reply;

/** The Sync-of-Contacts secret sees the whole corp, whatever the app's scope. */
export function visibilityFor(kind: CredentialKind, company: Company): Visibility {
  return kind === 'contacts' ? company.wholeCorp : company.visibility;
}

/** Names what of the company and of the caller an answer depends on, apart from members. */
export function viewStamp({ kind, withheld, company }: Caller): string {
  return `${kind}.${withheld ? 'withheld' : 'full'}.${company.viewRevision}`;
}

/** A department id in a query; undefined when it is none. */
export function departmentId(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}

/** Undefined when the department may be read; else 60003 (unknown) or 60011 (not in scope). */
export function refusalFor(id: number, { company, visibility }: Caller): 60003 | 60011 | undefined {
  if (!company.tree.has(id)) return 60003;
  return visibility.seesDepartment(id) ? undefined : 60011;
}

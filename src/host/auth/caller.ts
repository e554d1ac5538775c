import { BUILT_IN } from '../../identity/account.ts';
import type { Actor } from '../../service/audit/audit-log.ts';
import { present } from '../../syncer/present.ts';
import type { Incoming } from '../http/incoming.ts';

/** Who asks. */
export type Caller =
  | { readonly kind: 'anonymous' }
  /** The API credential of the settings: global rights, as an application has in Casdoor. */
  | { readonly kind: 'credential'; readonly clientId: string }
  | {
      readonly kind: 'user';
      readonly organization: string;
      readonly name: string;
      readonly isAdmin: boolean;
      /** Administers every organization, as users of `built-in` do anyway. */
      readonly isGlobalAdmin?: boolean;
      /** True: proven by the session cookie, which a browser sends along unasked. */
      readonly byCookie: boolean;
    };

export const ANONYMOUS: Caller = { kind: 'anonymous' };

/** Finds out who asks. */
export interface CallerSource {
  callerOf(request: Incoming): Promise<Caller>;
}

/** As it stands in the audit log. */
export function callerName(caller: Caller): string {
  switch (caller.kind) {
    case 'anonymous':
      return 'anonymous';
    case 'credential':
      return `app/${caller.clientId}`;
    case 'user':
      return `${caller.organization}/${caller.name}`;
  }
}

export const isGlobal = (caller: Caller): boolean =>
  caller.kind === 'credential' ||
  (caller.kind === 'user' && (caller.organization === BUILT_IN || caller.isGlobalAdmin === true));

export const administers = (caller: Caller, organization: string): boolean =>
  isGlobal(caller) || (caller.kind === 'user' && caller.isAdmin && caller.organization === organization);

/** The organization beyond which the caller sees nothing; undefined = he sees all of them. */
export const confinedTo = (caller: Caller): string | undefined =>
  isGlobal(caller) || caller.kind !== 'user' ? undefined : caller.organization;

/** Who asks, as whoever answers for what is done. */
export const actorOf = (caller: Caller, address: string): Actor => ({
  by: callerName(caller),
  address,
  ...present({ within: confinedTo(caller) }),
});

import { Unauthorized } from '../refusal.ts';

/** The organization whose every user is a global administrator. */
export const BUILT_IN = 'built-in';

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
      /** True: proven by the session cookie, which a browser sends along unasked. */
      readonly byCookie: boolean;
    };

export const ANONYMOUS: Caller = { kind: 'anonymous' };

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
  caller.kind === 'credential' || (caller.kind === 'user' && caller.organization === BUILT_IN);

export const administers = (caller: Caller, organization: string): boolean =>
  isGlobal(caller) || (caller.kind === 'user' && caller.isAdmin && caller.organization === organization);

/** The organization that an administrator of one organization is confined to; undefined = all of them. */
export function confinedTo(caller: Caller): string | undefined {
  if (isGlobal(caller)) return undefined;
  if (caller.kind === 'user' && caller.isAdmin) return caller.organization;
  throw new Unauthorized();
}

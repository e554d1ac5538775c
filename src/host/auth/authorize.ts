import { Unauthorized } from '../refusal.ts';
import { administers, isGlobal, type Caller } from './caller.ts';

/**
 * Who may use a call at all. `organization` lets administrators in and obliges the call to name the organization that
 * it touches (`Call.enter`) before it answers.
 */
export type Rule = 'public' | 'signedIn' | 'organization' | 'global';

/** Each call and its rule, in one table: a route that is missing here does not start. */
export const RULES: Readonly<Record<string, Rule>> = {
  'POST /api/login': 'public',
  'GET /api/logout': 'public',
  'POST /api/logout': 'public',
  'GET /api/get-account': 'public',
  'POST /api/set-password': 'signedIn',

  'GET /api/get-organizations': 'signedIn',
  'GET /api/get-organization-names': 'signedIn',
  'GET /api/get-organization': 'signedIn',
  'POST /api/add-organization': 'global',

  'GET /api/get-syncer-types': 'signedIn',
  'GET /api/get-syncers': 'organization',
  'GET /api/get-syncer': 'organization',
  'POST /api/add-syncer': 'organization',
  'POST /api/update-syncer': 'organization',
  'POST /api/delete-syncer': 'organization',
  'POST /api/test-syncer-db': 'organization',
  'GET /api/run-syncer': 'organization',
  'POST /api/run-syncer': 'organization',
  'POST /api/sync-member': 'organization',

  'GET /api/get-sync-runs': 'organization',
  'GET /api/get-sync-run': 'organization',
  'GET /api/get-sync-changes': 'organization',
  'GET /api/sync-run-events': 'organization',
  'POST /api/cancel-sync-run': 'organization',
  'POST /api/approve-sync-run': 'organization',
  'POST /api/reject-sync-run': 'organization',

  'GET /api/get-users': 'organization',
  'GET /api/get-global-users': 'global',
  'GET /api/get-user': 'signedIn',
  'GET /api/get-user-count': 'organization',
  'POST /api/add-user': 'organization',
  'POST /api/update-user': 'organization',
  'POST /api/delete-user': 'organization',

  'GET /api/get-groups': 'organization',
  'GET /api/get-group': 'organization',

  'GET /api/get-certs': 'organization',
  'GET /api/get-global-certs': 'global',
  'GET /api/get-form': 'signedIn',

  // WeCom authenticates itself by signature.
  'GET /api/wecom-callback/:organization/:name': 'public',
  'POST /api/wecom-callback/:organization/:name': 'public',

  'GET /api/openapi.json': 'public',
  'GET /api/docs': 'public',
  'GET /api/docs.css': 'public',

  'GET /healthz': 'public',
  'GET /readyz': 'public',
  'GET /metrics': 'public',
};

/** @throws Unauthorized when the caller may not use the call, whatever it is about */
export function admit(rule: Rule, caller: Caller): void {
  switch (rule) {
    case 'public':
      return;
    case 'signedIn':
      if (caller.kind === 'anonymous') throw new Unauthorized();
      return;
    case 'organization':
      if (!isGlobal(caller) && !(caller.kind === 'user' && caller.isAdmin)) throw new Unauthorized();
      return;
    case 'global':
      if (!isGlobal(caller)) throw new Unauthorized();
      return;
  }
}

/** @throws Unauthorized unless the caller administers the organization */
export function mustAdminister(caller: Caller, organization: string): void {
  if (!administers(caller, organization)) throw new Unauthorized();
}

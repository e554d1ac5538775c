/** Families of calls, with the words by which a path belongs to the first that has them. */
const FAMILIES = {
  'Sign-in':
    /^\/api\/(?:login|logout|userinfo|get-account|get-sessions?$|delete-session|check-user-password|set-password)/,
  Decisions: /sync-(?:protections|questions?|report|leavers)$|protect-user$|user-history$|audit-log$/,
  Runs: /sync-(?:run|member|changes)|\/run-syncer$/,
  Syncers: /syncers?$|syncer-types$|test-syncer-db$|-callback\/|-config$|sync-drift$/,
  Accounts: /users?$|user-count$|-account$|-user-from-group$/,
  Groups: /groups?$/,
  Organizations: /organizations?$|organization-names$/,
  Members: /^\/me\//,
  Monitoring: /^\/(?:healthz|readyz|metrics)$/,
  Documentation: /openapi\.json$|\/docs/,
  // The rest is there to keep Casdoor's own page quiet.
  'Casdoor page': /./,
} as const;

export const TAGS = Object.keys(FAMILIES);

export const tagOf = (path: string): string =>
  Object.entries(FAMILIES).find(([, words]) => words.test(path))?.[0] ?? '';

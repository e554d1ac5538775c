/** What people do to one account. */
export const EDITS = ['add-user', 'update-user', 'delete-user', 'set-password', 'remove-user-from-group'] as const;
/** What people decide about one account, or about a run. */
export const DECISIONS = ['link-account', 'unlink-account', 'approve-run', 'reject-run'] as const;

/** What is written down of people. */
export type AuditAction =
  | (typeof EDITS)[number]
  | (typeof DECISIONS)[number]
  | 'sign-in'
  | 'sign-out'
  | 'add-organization'
  | 'update-organization'
  | 'delete-organization'
  | 'add-group'
  | 'update-group'
  | 'delete-group'
  | 'delete-session'
  | 'add-syncer'
  | 'adopt-syncer'
  | 'update-syncer'
  | 'delete-syncer'
  | 'test-syncer'
  | 'apply-config'
  | 'run-syncer'
  | 'sync-member'
  | 'self-service'
  | 'protect-user'
  | 'unprotect-user'
  | 'decide-question'
  | 'reopen-question'
  | 'cancel-run'
  | 'apply-run'
  | 'undo-run';

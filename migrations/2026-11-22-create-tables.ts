import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createTable, dropTable, type TableDefinition } from './table-definition.ts';

const user: TableDefinition = {
  name: 'user',
  kind: 'shared',
  columns: {
    owner: 'varchar(100)',
    name: 'varchar(255)',
    created_time: 'varchar(100)',
    updated_time: 'varchar(100)',
    deleted_time: 'varchar(100)',
    id: 'varchar(100)',
    external_id: 'varchar(100)',
    type: 'varchar(100)',
    password: 'varchar(150)',
    password_salt: 'varchar(100)',
    password_type: 'varchar(100)',
    display_name: 'varchar(100)',
    first_name: 'varchar(100)',
    last_name: 'varchar(100)',
    avatar: 'text',
    avatar_type: 'varchar(100)',
    permanent_avatar: 'varchar(500)',
    email: 'varchar(100)',
    email_verified: 'bool',
    phone: 'varchar(100)',
    country_code: 'varchar(6)',
    region: 'varchar(100)',
    location: 'varchar(100)',
    address: 'text',
    affiliation: 'varchar(100)',
    title: 'varchar(100)',
    id_card_type: 'varchar(100)',
    id_card: 'varchar(100)',
    real_name: 'varchar(100)',
    is_verified: 'bool',
    homepage: 'varchar(100)',
    bio: 'varchar(100)',
    tag: 'varchar(100)',
    language: 'varchar(100)',
    gender: 'varchar(100)',
    birthday: 'varchar(100)',
    education: 'varchar(100)',
    score: 'int',
    karma: 'int',
    ranking: 'int',
    balance: 'double',
    currency: 'varchar(100)',
    is_default_avatar: 'bool',
    is_online: 'bool',
    is_admin: 'bool',
    is_forbidden: 'bool',
    is_deleted: 'bool',
    signup_application: 'varchar(100)',
    hash: 'varchar(100)',
    pre_hash: 'varchar(100)',
    register_type: 'varchar(100)',
    register_source: 'varchar(100)',
    created_ip: 'varchar(100)',
    last_signin_time: 'varchar(100)',
    last_signin_ip: 'varchar(100)',
    wecom: 'varchar(100)',
    invitation: 'varchar(100)',
    invitation_code: 'varchar(100)',
    ldap: 'varchar(100)',
    uid_number: 'int',
    properties: 'text',
    groups: 'mediumtext',
    last_change_password_time: 'varchar(100)',
    last_signin_wrong_time: 'varchar(100)',
    signin_wrong_times: 'int',
    need_update_password: 'bool',
    ip_whitelist: 'varchar(200)',
  },
  primaryKey: ['owner', 'name'],
  indexes: [
    { name: 'IDX_user_created_time', columns: ['created_time'] },
    { name: 'IDX_user_id', columns: ['id'] },
    { name: 'IDX_user_external_id', columns: ['external_id'] },
    { name: 'IDX_user_email', columns: ['email'] },
    { name: 'IDX_user_phone', columns: ['phone'] },
    { name: 'IDX_user_id_card', columns: ['id_card'] },
    { name: 'IDX_user_invitation', columns: ['invitation'] },
    { name: 'IDX_user_invitation_code', columns: ['invitation_code'] },
    { name: 'IDX_user_uid_number', columns: ['uid_number'] },
  ],
};

const group: TableDefinition = {
  name: 'group',
  kind: 'shared',
  columns: {
    owner: 'varchar(100)',
    name: 'varchar(100)',
    created_time: 'varchar(100)',
    updated_time: 'varchar(100)',
    display_name: 'varchar(100)',
    manager: 'varchar(100)',
    contact_email: 'varchar(100)',
    type: 'varchar(100)',
    parent_id: 'varchar(100)',
    is_top_group: 'bool',
    title: 'varchar(255)',
    key: 'varchar(255)',
    children: 'text',
    is_enabled: 'bool',
    gid_number: 'int',
    properties: 'mediumtext',
  },
  primaryKey: ['owner', 'name'],
  indexes: [
    { name: 'UQE_group_name', columns: ['name'], unique: true },
    { name: 'IDX_group_gid_number', columns: ['gid_number'] },
  ],
};

const organization: TableDefinition = {
  name: 'organization',
  kind: 'shared',
  columns: {
    owner: 'varchar(100)',
    name: 'varchar(100)',
    created_time: 'varchar(100)',
    display_name: 'varchar(100)',
    website_url: 'varchar(100)',
    logo: 'varchar(200)',
    favicon: 'varchar(200)',
    has_privilege_consent: 'bool',
    password_type: 'varchar(100)',
    password_salt: 'varchar(100)',
    password_options: 'varchar(100)',
    country_codes: 'mediumtext',
    default_avatar: 'varchar(200)',
    default_application: 'varchar(100)',
    tags: 'mediumtext',
    languages: 'varchar(255)',
    ip_whitelist: 'varchar(200)',
    init_score: 'int',
    enable_soft_deletion: 'bool',
    is_profile_public: 'bool',
    disable_signin: 'bool',
    mfa_items: 'varchar(300)',
    account_items: 'mediumtext',
    balance_currency: 'varchar(100)',
  },
  primaryKey: ['owner', 'name'],
  indexes: [],
};

const directorySyncer: TableDefinition = {
  name: 'directory_syncer',
  kind: 'own',
  columns: {
    id: 'varchar(36)',
    organization: 'varchar(100)',
    name: 'varchar(100)',
    type: 'varchar(100)',
    created_time: 'varchar(40)',
    is_enabled: 'bool',
    sync_interval: 'int',
    settings: 'mediumtext',
    secrets: 'mediumtext',
    leftovers: 'mediumtext',
    error_text: 'mediumtext',
    health: 'varchar(20)',
    failures: 'int',
    next_run_at: 'varchar(40)?',
    last_run_id: 'varchar(36)?',
    version: 'int',
  },
  primaryKey: ['id'],
  indexes: [{ name: 'UQE_directory_syncer_name', columns: ['organization', 'name'], unique: true }],
};

const directoryLink: TableDefinition = {
  name: 'directory_link',
  kind: 'own',
  columns: {
    syncer_id: 'varchar(36)',
    kind: 'varchar(10)',
    external_key: 'varchar(255)',
    external_id: 'varchar(255)',
    organization: 'varchar(100)',
    name: 'varchar(255)',
    forbidden_by: 'varchar(10)?',
    deleted_by: 'varchar(10)?',
    groups: 'mediumtext',
  },
  primaryKey: ['syncer_id', 'kind', 'external_key'],
  indexes: [{ name: 'UQE_directory_link_name', columns: ['name', 'organization', 'kind'], unique: true }],
};

const syncRun: TableDefinition = {
  name: 'sync_run',
  kind: 'own',
  columns: {
    id: 'varchar(36)',
    syncer_id: 'varchar(36)',
    organization: 'varchar(100)',
    syncer_name: 'varchar(100)',
    trigger_kind: 'varchar(20)',
    dry_run: 'bool',
    state: 'varchar(20)',
    phase: 'varchar(20)',
    started_at: 'varchar(40)',
    started_ms: 'bigint',
    finished_at: 'varchar(40)?',
    finished_ms: 'bigint?',
    progress: 'mediumtext',
    counts: 'mediumtext',
    warnings: 'mediumtext',
    error: 'mediumtext?',
    lock_out_digest: 'varchar(128)',
    superseded_by: 'varchar(36)?',
  },
  primaryKey: ['id'],
  indexes: [
    { name: 'IDX_sync_run_syncer', columns: ['syncer_id', 'started_ms'] },
    { name: 'IDX_sync_run_state', columns: ['state'] },
  ],
};

const syncChange: TableDefinition = {
  name: 'sync_change',
  kind: 'own',
  columns: {
    run_id: 'varchar(36)',
    seq: 'int',
    kind: 'varchar(20)',
    userid: 'varchar(255)',
    userid_key: 'varchar(255)',
    user: 'varchar(360)',
    fields: 'mediumtext',
    reason: 'mediumtext',
    state: 'varchar(20)',
  },
  primaryKey: ['run_id', 'seq'],
  indexes: [
    { name: 'IDX_sync_change_kind', columns: ['run_id', 'kind'] },
    { name: 'IDX_sync_change_userid', columns: ['run_id', 'userid_key'] },
  ],
};

const syncLease: TableDefinition = {
  name: 'sync_lease',
  kind: 'own',
  columns: {
    syncer_id: 'varchar(36)',
    run_id: 'varchar(36)',
    owner: 'varchar(255)',
    since: 'varchar(40)',
    token: 'varchar(64)',
    expires_ms: 'bigint',
  },
  primaryKey: ['syncer_id'],
  indexes: [],
};

const syncRejection: TableDefinition = {
  name: 'sync_rejection',
  kind: 'own',
  columns: {
    syncer_id: 'varchar(36)',
    digest: 'varchar(128)',
  },
  primaryKey: ['syncer_id'],
  indexes: [],
};

const auditLog: TableDefinition = {
  name: 'audit_log',
  kind: 'own',
  columns: {
    id: 'varchar(36)',
    organization: 'varchar(100)',
    created_time: 'varchar(40)',
    created_ms: 'bigint',
    actor: 'varchar(360)',
    action: 'varchar(100)',
    target: 'varchar(360)',
    client_ip: 'varchar(64)',
    detail: 'mediumtext',
  },
  primaryKey: ['id'],
  indexes: [{ name: 'IDX_audit_log_organization', columns: ['organization', 'created_ms'] }],
};

const hostSession: TableDefinition = {
  name: 'host_session',
  kind: 'own',
  columns: {
    sid_hash: 'varchar(64)',
    user_owner: 'varchar(100)',
    user_name: 'varchar(255)',
    created_ms: 'bigint',
    last_seen_ms: 'bigint',
    expires_ms: 'bigint',
  },
  primaryKey: ['sid_hash'],
  indexes: [
    { name: 'IDX_host_session_user', columns: ['user_owner', 'user_name'] },
    { name: 'IDX_host_session_expires', columns: ['expires_ms'] },
  ],
};

/** What the table `user` has where it was made here. */
export const createdUserColumns: readonly string[] = Object.keys(user.columns);

const sharedTables = [organization, group, user];
const ownTables = [
  directorySyncer,
  directoryLink,
  syncRun,
  syncChange,
  syncLease,
  syncRejection,
  auditLog,
  hostSession,
];

/**
 * Casdoor's tables are made only where they are missing, each for itself, and never touched where they exist: there
 * they belong to the IAM. Ours are made beside them.
 */
export class CreateTables1795305600000 implements MigrationInterface {
  readonly name = 'CreateTables1795305600000';

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const table of [...sharedTables, ...ownTables]) await createTable(queryRunner, table);
  }

  /** Accounts, groups and organizations stay: going back must not delete anybody's sign-in. */
  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of ownTables) await dropTable(queryRunner, table);
  }
}

/** Ours alone, for a host that brings its own users. */
export class CreateOwnTables1795305600001 implements MigrationInterface {
  readonly name = 'CreateOwnTables1795305600001';

  async up(queryRunner: QueryRunner): Promise<void> {
    for (const table of ownTables) await createTable(queryRunner, table);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of ownTables) await dropTable(queryRunner, table);
  }
}

import type {
  AccountJson,
  AuditEntryJson,
  ChangeJson,
  ChangeKind,
  ChangeState,
  CompletionTotalsJson,
  ConfigurationChangeJson,
  ConfigurationChangesJson,
  ConfigurationDriftJson,
  ConfigurationJson,
  ConnectionReportJson,
  GroupNodeJson,
  HistoryEntryJson,
  LeaverJson,
  MappingTrialJson,
  MemberCompletionJson,
  MemberReportJson,
  OrganizationJson,
  OriginsJson,
  ProtectionJson,
  QuestionJson,
  ReportDayJson,
  ReportJson,
  RunJson,
  SyncerJson,
  SyncerTypeJson,
  UserJson,
} from '../../host/api.ts';
import { PREFIX } from './place.ts';
import { get, getTable, post, Refused, type Answer } from './request.ts';

/** Part of a list, and its order; `page` starts at 1. */
export interface Listing {
  readonly page: number;
  readonly pageSize: number;
  readonly field?: string;
  readonly value?: string;
  readonly sortField?: string;
  readonly sortOrder?: 'ascend' | 'descend';
}

const listed = ({ page, pageSize, field, value, sortField, sortOrder }: Listing) => ({
  p: page,
  pageSize,
  field: value ? field : undefined,
  value: value ? value : undefined,
  sortField: sortOrder ? sortField : undefined,
  sortOrder,
});

/** What changed in a syncer, with what tells which one it is. */
export type SyncerPatch = Partial<SyncerJson> & Pick<SyncerJson, 'organization' | 'name'>;

const syncerId = ({ organization, name }: Pick<SyncerJson, 'organization' | 'name'>): string =>
  `${organization}/${name}`;

/** The person who is signed in, or undefined. */
export async function getAccount(): Promise<AccountJson | undefined> {
  try {
    return (await get<AccountJson | null>('get-account')).content ?? undefined;
  } catch (error) {
    // "Please login first" is the answer to everybody who is not signed in; a server that is down gives no answer.
    if (error instanceof Refused && error.answer === 'Please login first') return undefined;
    throw error;
  }
}

/** Where people sign in; "" = here. */
export const getSignIn = (): Promise<Answer<string>> => get('get-sign-in');

export const signIn = (organization: string, username: string, password: string): Promise<Answer<string>> =>
  post('login', {}, { type: 'login', signinMethod: 'Password', organization, username, password });

export const signOut = (): Promise<Answer<unknown>> => post('logout');

export const getOrganizations = (): Promise<Answer<readonly OrganizationJson[]>> =>
  get('get-organizations', { owner: 'admin' });

export const addOrganization = (name: string, displayName: string): Promise<Answer<string>> =>
  post('add-organization', {}, { owner: 'admin', name, displayName });

export const getSyncerTypes = (): Promise<Answer<readonly SyncerTypeJson[]>> => get('get-syncer-types');

/** @param organization "" = all that the caller may see */
export const getSyncers = (organization: string, listing: Listing): Promise<Answer<readonly SyncerJson[]>> =>
  get('get-syncers', { owner: 'admin', organization, ...listed(listing) });

export const getSyncer = (organization: string, name: string): Promise<Answer<SyncerJson | null>> =>
  get('get-syncer', { id: syncerId({ organization, name }), organization });

export const addSyncer = (syncer: SyncerPatch): Promise<Answer<string>> =>
  post('add-syncer', {}, { owner: 'admin', ...syncer });

/** @param former as the syncer was called before this change */
export const updateSyncer = (
  former: Pick<SyncerJson, 'organization' | 'name'>,
  patch: SyncerPatch,
): Promise<Answer<string>> => post('update-syncer', { id: syncerId(former) }, { owner: 'admin', ...patch });

/** What becomes of what a deleted syncer made. */
export type Leavings =
  { readonly leavings: 'keep' | 'remove' } | { readonly leavings: 'handover'; readonly handoverTo: string };

export const deleteSyncer = ({ organization, name }: SyncerJson, leavings: Leavings): Promise<Answer<string>> =>
  post('delete-syncer', {}, { owner: 'admin', organization, name, ...leavings });

/** The times at which it will run by itself. */
export const getNextRuns = (organization: string, name: string): Promise<Answer<readonly string[]>> =>
  get('get-next-runs', { id: syncerId({ organization, name }), organization, count: 10 });

/** The report comes with a refusal too, which says what to change. */
export async function testSyncer(syncer: SyncerPatch): Promise<ConnectionReportJson> {
  try {
    return (await post<ConnectionReportJson>('test-syncer-db', {}, { owner: 'admin', ...syncer })).content;
  } catch (error) {
    if (error instanceof Refused && isReport(error.answer)) return error.answer;
    throw error;
  }
}

const isReport = (answer: unknown): answer is ConnectionReportJson =>
  typeof answer === 'object' && answer !== null && 'checks' in answer && Array.isArray(answer.checks);

export const runSyncer = (syncer: SyncerPatch, dryRun = false): Promise<Answer<RunJson>> =>
  post('run-syncer', { id: syncerId(syncer), organization: syncer.organization, dryRun: dryRun || undefined });

/** Settings as they are in the form, on a real member; nothing is stored. */
export const tryMapping = (syncer: SyncerPatch, userid: string): Promise<Answer<MappingTrialJson>> =>
  post('try-mapping', {}, { syncer: { owner: 'admin', ...syncer }, userid });

/** What may be chosen of a directory. */
export type DirectoryList = 'departments' | 'tags';

/** What the connection in the form shows at this moment, departments with their parents first; nothing is stored. */
export const readDirectory = (
  of: DirectoryList,
  syncer: SyncerPatch,
): Promise<Answer<readonly { readonly id: number; readonly name: string; readonly parentId?: number }[]>> =>
  post(`get-directory-${of}`, {}, { owner: 'admin', ...syncer });

export const tryMember = (syncer: SyncerPatch, userid: string): Promise<Answer<MemberReportJson>> =>
  post('sync-member', { id: syncerId(syncer), organization: syncer.organization, userid, dryRun: true });

export const getRuns = (organization: string, name: string, listing: Listing): Promise<Answer<readonly RunJson[]>> =>
  get('get-sync-runs', { id: syncerId({ organization, name }), organization, ...listed(listing) });

export const getRun = (id: string): Promise<Answer<RunJson | null>> => get('get-sync-run', { id });

export const getChanges = (
  id: string,
  listing: Listing,
  filter: {
    readonly kind?: ChangeKind | undefined;
    readonly userid?: string | undefined;
    readonly state?: ChangeState | undefined;
  },
): Promise<Answer<readonly ChangeJson[]>> =>
  get('get-sync-changes', {
    id,
    ...listed(listing),
    kind: filter.kind,
    userid: filter.userid || undefined,
    state: filter.state,
  });

export const cancelRun = (id: string): Promise<Answer<RunJson>> => post('cancel-sync-run', { id });

/** Which changes of a run are meant, absent = all of them; and why. */
export interface Decided {
  readonly changes?: readonly number[] | undefined;
  readonly comment?: string | undefined;
}

export const approveRun = (id: string, decided: Decided): Promise<Answer<RunJson>> =>
  post('approve-sync-run', { id }, decided);
export const rejectRun = (id: string, decided: Decided): Promise<Answer<RunJson>> =>
  post('reject-sync-run', { id }, decided);
export const applyRun = (id: string): Promise<Answer<RunJson>> => post('apply-sync-run', { id });
export const undoRun = (id: string, decided: Decided, dryRun = false): Promise<Answer<RunJson>> =>
  post('undo-sync-run', { id, dryRun: dryRun || undefined }, decided);

export const runEventsUrl = (id: string): string => `${PREFIX}/api/sync-run-events?id=${encodeURIComponent(id)}`;

/** @param group `ORG/GROUP`, or "" for everybody */
export const getUsers = (organization: string, group: string, listing: Listing): Promise<Answer<readonly UserJson[]>> =>
  get('get-users', { owner: organization, groupName: group || undefined, ...listed(listing) });

/** One account, or null. @param user `ORG/NAME` */
export const getUser = (user: string): Promise<Answer<UserJson | null>> => get('get-user', { id: user });

/** An administrator's own decision, which no sync reverses. */
export const forbidUser = ({ owner, name }: UserJson, isForbidden: boolean): Promise<Answer<string>> =>
  post('update-user', { id: `${owner}/${name}`, columns: 'isForbidden' }, { owner, name, isForbidden });

/** Who is missing in the directory and given time. */
export const getLeavers = (
  organization: string,
  name: string,
  listing: Listing,
): Promise<Answer<readonly LeaverJson[]>> =>
  get('get-sync-leavers', { id: syncerId({ organization, name }), organization, ...listed(listing) });

/** How far members have completed their own data. */
export interface SelfServiceAnswer extends CompletionTotalsJson {
  readonly rows: readonly MemberCompletionJson[];
  readonly total: number;
}

export async function getSelfService(organization: string, name: string, listing: Listing): Promise<SelfServiceAnswer> {
  const { content, total, data3 } = await get<readonly MemberCompletionJson[]>('get-self-service', {
    id: syncerId({ organization, name }),
    ...listed(listing),
  });
  return { ...(data3 as CompletionTotalsJson), rows: content, total };
}

/** Whom runs leave alone, newest first. */
export const getProtections = (owner: string, listing: Listing): Promise<Answer<readonly ProtectionJson[]>> =>
  get('get-sync-protections', { owner, ...listed(listing) });

/** @param until a date; absent = until it is removed */
export const protectUser = (
  protection: Pick<ProtectionJson, 'owner' | 'kind' | 'value' | 'reason'> & {
    readonly syncer?: string | undefined;
    readonly until?: string | undefined;
  },
): Promise<Answer<ProtectionJson>> => post('protect-user', {}, protection);

export const unprotectUser = ({ id }: Pick<ProtectionJson, 'id'>): Promise<Answer<string>> =>
  post('unprotect-user', { id });

/** What a person says to a question. */
export interface QuestionDecision {
  readonly decision: 'link' | 'create' | 'ignore';
  readonly user?: string;
  readonly name?: string;
  readonly comment?: string;
  readonly keepSignIn?: boolean;
}

/** Matches that only a person can decide, newest first. */
export const getQuestions = (
  organization: string,
  name: string,
  state: QuestionJson['state'],
  listing: Listing,
): Promise<Answer<readonly QuestionJson[]>> =>
  get('get-sync-questions', { id: syncerId({ organization, name }), organization, state, ...listed(listing) });

export const decideQuestion = (id: string, said: QuestionDecision): Promise<Answer<QuestionJson>> =>
  post('decide-sync-question', { id }, said);

export const reopenQuestion = (id: string): Promise<Answer<QuestionJson>> => post('reopen-sync-question', { id });

/** All groups, each below its parent, with how many accounts are in it. */
export const getGroupTree = (organization: string): Promise<Answer<readonly GroupNodeJson[]>> =>
  get('get-groups', { owner: organization, withTree: true });

/** What happened to an account, a page of it, and where its values come from. */
export interface UserHistory {
  readonly entries: readonly HistoryEntryJson[];
  readonly total: number;
  readonly origins: OriginsJson['origins'];
}

/** Newest first. @param user `ORG/NAME` */
export async function getUserHistory(user: string, listing: Listing): Promise<UserHistory> {
  const { content, total, data3 } = await get<readonly HistoryEntryJson[]>('get-user-history', {
    id: user,
    ...listed(listing),
  });
  return { entries: content, total, origins: (data3 as OriginsJson).origins };
}

/** Which entries of the audit log are asked for; "" = whichever. */
export interface AuditFilter {
  readonly organization: string;
  readonly action: string;
  /** `ORG/NAME` of whoever did it. */
  readonly user: string;
  /** `ORG/NAME` of a syncer: what was done to it and its runs. */
  readonly syncer: string;
  /** Days as the clock of the reader has them. */
  readonly from: string;
  readonly to: string;
}

const auditQuery = ({ organization, action, user, syncer, from, to }: AuditFilter) => ({
  owner: organization,
  action: action || undefined,
  user: user || undefined,
  syncer: syncer || undefined,
  from: momentOf(from, '00:00:00'),
  to: momentOf(to, '23:59:59.999'),
});

function momentOf(day: string, time: string): string | undefined {
  const moment = new Date(`${day}T${time}`);
  return Number.isNaN(moment.getTime()) ? undefined : moment.toISOString();
}

/** Who did what, newest first. */
export const getAuditLog = (filter: AuditFilter, listing: Listing): Promise<Answer<readonly AuditEntryJson[]>> =>
  get('get-audit-log', { ...auditQuery(filter), ...listed(listing) });

export const getAuditTable = (filter: AuditFilter): Promise<Blob> => getTable('get-audit-log', auditQuery(filter));

/** Which people a report counts; "" = of all organizations that the caller may see. The days are those of UTC. */
export interface ReportPeriod {
  readonly organization: string;
  readonly from: string;
  readonly to: string;
}

const reportQuery = ({ organization, from, to }: ReportPeriod) => ({ owner: organization, from, to });

/** How many people came, moved and left; days on which nobody did are not among them. */
export async function getReport(
  period: ReportPeriod,
): Promise<{ readonly numbers: ReportJson; readonly days: readonly ReportDayJson[] }> {
  const { content, data2 } = await get<ReportJson>('get-sync-report', reportQuery(period));
  return { numbers: content, days: data2 as readonly ReportDayJson[] };
}

export const getReportTable = (period: ReportPeriod): Promise<Blob> => getTable('get-sync-report', reportQuery(period));

/** Settings as a text. @param owner "" = of all organizations that the caller may see */
export const exportConfiguration = (owner: string): Promise<Answer<ConfigurationJson>> =>
  get('export-config', { owner });

/** What a text would change. */
export const compareConfiguration = (yaml: string, prune: boolean): Promise<Answer<ConfigurationChangesJson>> =>
  post('apply-config', { dryRun: true, prune: prune || undefined }, { yaml });

/** @param changes what somebody looked at: where it is something else by now, nothing is done */
export const applyConfiguration = (
  yaml: string,
  prune: boolean,
  changes: readonly ConfigurationChangeJson[],
): Promise<Answer<ConfigurationChangesJson>> =>
  post('apply-config', { prune: prune || undefined }, { yaml, reviewed: { changes } });

/** What was changed by hand since a text was applied. @param owner "" = in all organizations that the caller may see */
export const getDrift = (owner: string): Promise<Answer<readonly ConfigurationDriftJson[]>> =>
  get('get-sync-drift', { owner });

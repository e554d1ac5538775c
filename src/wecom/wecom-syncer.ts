import type { ConnectionReport } from '../syncer/connection-report.ts';
import type { SyncerConfig, SyncerDeps } from '../syncer/definition.ts';
import { GroupsHiddenError, IncompleteReadError, PermissionError, type UnreadPart } from '../syncer/errors.ts';
import { externalId, type ExternalId } from '../syncer/external-id.ts';
import { present } from '../syncer/present.ts';
import type { GroupProfile, ProfileField, ProfileNote, UserProfile } from '../syncer/profile.ts';
import type {
  DirectoryRoster,
  Excluded,
  ConsentAnswer,
  ConsentReader,
  ConsentTest,
  ConsentWay,
  ExclusionReader,
  GroupSyncer,
  MappingTracer,
  MemberLookup,
  MemberMessenger,
  MemberTrial,
  ProgressReporter,
  ReadProgress,
  ReadReporter,
  RosterReader,
  ScopeAnswer,
  SentTexts,
  Syncer,
  TagReader,
} from '../syncer/syncer.ts';
import type { DirectoryView, SeenDepartment, SeenTag } from '../syncer/directory-view.ts';
import { WECOM_ADVICE } from './reading/advice.ts';
import { processTokens, TokenCache } from './api/access-token.ts';
import { resolveBaseUrl } from './api/base-url.ts';
import { pages } from './directory/pages.ts';
import { makeTraffic, RUN_RETRIES, TEST_RETRIES, WeComClient, type RetryLimits, type Traffic } from './api/client.ts';
import { readConfig, type WeComConfig } from './config.ts';
import type { Department } from './reading/department.ts';
import { EXCLUDED_BY_CONDITION, isPartOnly, MemberCondition } from './mapping/member-condition.ts';
import { fetchDepartmentIds, fetchDepartments, type DepartmentList } from './directory/department-list.ts';
import { DepartmentPaths, NO_PATHS } from './mapping/department-paths.ts';
import { inTreeOrder } from './directory/department-tree.ts';
import { ONLY_IDS_READABLE } from './api/error-codes.ts';
import { HiddenFields } from './directory/hidden-fields.ts';
import { mapDepartment } from './mapping/map-department.ts';
import { mapMember, type MappingRules } from './mapping/map-member.ts';
import { toldOf, traceFields } from './mapping/trace-member.ts';
import { MemberTags, TagGroup } from './mapping/member-tags.ts';
import { departmentsTold, RosterMember, withDepartments, type WeComMember } from './reading/member.ts';
import { MemberReader } from './directory/member-reader.ts';
import { answerScope, EXCLUDED_BY_NAME, OUTSIDE_SCOPE } from './directory/member-scope.ts';
import { GROUPS_HIDDEN, notesOf } from './directory/read-notes.ts';
import { fetchRoster, listMembers, noContactsSecret, type Roster } from './directory/roster.ts';
import { consentAddress } from './oauth/consent-address.ts';
import { consentFields, fetchConsent } from './oauth/consent.ts';
import { sendText } from './oauth/send-text.ts';
import { DirectoryScope, type Selection } from './directory/scope.ts';
import { seenDepartments, seenTags } from './directory/directory-view.ts';
import { fetchTags } from './directory/tags.ts';
import type { WeComSyncerOptions } from './syncer-options.ts';
import { testConnection } from './test-connection.ts';
import { Transport } from '../http-client/transport.ts';
import { absenceOf, fetchMember, fetchNamed, useridsOf, type Named } from './directory/visible-members.ts';

/** Reads the directory of one WeCom company. Opened for one run; it keeps no connection that would hold a process up. */
export class WeComSyncer
  implements
    Syncer<WeComMember>,
    GroupSyncer<Department | TagGroup>,
    TagReader,
    MemberLookup<WeComMember>,
    MappingTracer,
    DirectoryView,
    ExclusionReader,
    ReadReporter,
    RosterReader,
    ProgressReporter,
    ConsentReader,
    MemberMessenger
{
  readonly type = 'WeCom';
  readonly #config: WeComConfig;
  readonly #rules: MappingRules;
  readonly #condition: MemberCondition;
  /** Of the departments that were read last. */
  #paths = NO_PATHS;
  readonly #deps: SyncerDeps;
  readonly #options: WeComSyncerOptions;
  readonly #transport: Transport;
  readonly #traffic: Traffic;
  readonly #client: WeComClient;
  readonly #scope: DirectoryScope;
  /** Read by `fetchGroups`, used up by `fetchUsers`: a run of both asks once, and sees one state of the tree. */
  #listed: DepartmentList | undefined;
  /** What the scope makes of the list that was read last, for members that are asked for one by one. */
  #selected: { readonly list: DepartmentList; readonly selection: Selection } | undefined;
  /** While several members are asked about at a time, they ask once for the rest. */
  #listing: Promise<DepartmentList> | undefined;
  #range: Promise<Named> | undefined;
  #roster: Promise<Roster> | undefined;
  #reader: MemberReader | undefined;
  #hiddenFields = new HiddenFields();
  /** WeCom said that these credentials read ids and nothing else. */
  #idsOnly = false;
  /** The last read found no department. */
  #isEmpty = false;

  /** @throws ConfigError naming the field to change */
  constructor(config: SyncerConfig, deps: SyncerDeps, options: WeComSyncerOptions = {}) {
    const { config: checked, mapping, expressions } = readConfig(config);
    const baseUrl = resolveBaseUrl(checked.host, options);
    this.#config = checked;
    this.#rules = {
      mapping,
      notActivated: checked.notActivated,
      ...present({ accountName: expressions.accountName }),
    };
    this.#condition = new MemberCondition(expressions.condition);
    this.#deps = { ...deps, concurrency: options.concurrency ?? deps.concurrency };
    this.#options = options;
    this.#transport = new Transport(baseUrl, {
      sockets: this.#deps.concurrency,
      advice: WECOM_ADVICE,
      ...present({ proxyUrl: options.proxyUrl, limits: options.limits }),
    });
    this.#traffic = this.#makeTraffic(options.retries ?? RUN_RETRIES);
    this.#client = this.#signer(checked.password, this.#traffic, options.tokens ?? processTokens);
    this.#scope = new DirectoryScope(checked.scope);
  }

  /**
   * Signs in afresh, at the price of one call: a token from the cache would hide a secret that was reset.
   */
  async testConnection(signal: AbortSignal, consent?: ConsentTest): Promise<ConnectionReport> {
    const { agentId, password, contactsSecret } = this.#config;
    const traffic = this.#makeTraffic(this.#options.retries ?? TEST_RETRIES);
    const tokens = new TokenCache();
    return await testConnection(
      {
        client: this.#signer(password, traffic, tokens),
        ...present({ rosterClient: contactsSecret ? this.#signer(contactsSecret, traffic, tokens) : undefined }),
        agentId,
        scope: this.#scope,
        clockSkewMs: () => this.#transport.clockSkewMs,
        ...present({ consent }),
      },
      signal,
    );
  }

  /** Pages of 500 members at most, in any order of departments. */
  async *fetchUsers(signal: AbortSignal): AsyncGenerator<readonly WeComMember[], void, undefined> {
    this.#hiddenFields = new HiddenFields();
    const list = this.#idsOnly ? undefined : (this.#listed ?? (await this.#departments(signal)));
    this.#listed = undefined;
    if (!list) {
      yield* this.#fetchIds(signal);
      return;
    }
    this.#isEmpty = list.departments.length === 0;
    this.#reader = new MemberReader({
      client: this.#client,
      ...present({ rosterClient: this.#rosterClient() }),
      agentId: this.#config.agentId,
      scope: this.#scope,
      hiddenFields: this.#hiddenFields,
      concurrency: () => this.#traffic.limiter.limit,
    });
    yield* this.#condition.select(this.#reader.read(list, signal), () => this.#paths);
  }

  mapUser(member: WeComMember): UserProfile {
    return mapMember(member, this.#rules, this.#paths);
  }

  /** Parents first; only departments of the scope. */
  async *fetchGroups(signal: AbortSignal): AsyncGenerator<readonly (Department | TagGroup)[], void, undefined> {
    const list = await this.#departments(signal);
    if (!list) throw new GroupsHiddenError(GROUPS_HIDDEN);
    this.#listed = list;
    const { departments, chosen, outside, unread } = this.#scope.select(list);
    const ordered = inTreeOrder(departments);
    // A parent that is out of sight leaves a top group; one that may be among what cannot be read is named all the same.
    const isTop = ({ parentId }: Department): boolean =>
      parentId !== undefined && !chosen.has(parentId) && (unread.length === 0 || outside.has(parentId));
    yield* pages(ordered.map((department) => (isTop(department) ? { ...department, parentId: 0 } : department)));
    yield* pages(this.#paths.tags.groups);
    if (unread.length > 0) throw new IncompleteReadError(unread);
  }

  get readsTags(): boolean {
    return this.#config.syncTags.length > 0;
  }

  mapGroup(group: Department | TagGroup): GroupProfile {
    return group instanceof TagGroup ? group.profile : mapDepartment(group);
  }

  seenDepartments(signal: AbortSignal): Promise<readonly SeenDepartment[]> {
    return seenDepartments(this.#client, signal);
  }

  seenTags(signal: AbortSignal): Promise<readonly SeenTag[]> {
    return seenTags(this.#client, signal);
  }

  /** @throws ConfigError without a Contacts Secret, the only one that may ask for it */
  async fetchRoster(signal: AbortSignal): Promise<DirectoryRoster> {
    const roster = await fetchRoster(this.#rosterClient() ?? noContactsSecret(), signal);
    return listMembers(roster, await this.#selection(signal), this.#scope);
  }

  /** With the departments that a full run would show. */
  async fetchUser(id: ExternalId, signal: AbortSignal): Promise<WeComMember | undefined> {
    const member = await this.#readOne(id, signal);
    return member && this.#decided(member);
  }

  /** His departments have their paths, too. */
  async traceUser(id: ExternalId, signal: AbortSignal): Promise<MemberTrial | undefined> {
    const member = await this.#readOne(id, signal);
    if (!member || isPartOnly(member)) return undefined;
    await this.#selection(signal);
    const paths = this.#paths;
    // As in a run, the condition comes first, and rows have what it leaves of the steps.
    const scope = this.#condition.failureOf(member, paths) ?? (await this.checkScope(member, signal));
    const profile = this.mapUser(member);
    return { member: toldOf(member, paths), scope, profile, fields: traceFields(member, this.#rules, paths) };
  }

  async #readOne(id: ExternalId, signal: AbortSignal): Promise<WeComMember | undefined> {
    try {
      const member = await fetchMember(this.#client, id, signal);
      const hasDepartments = 'department' in member && Array.isArray(member.department);
      if (!hasDepartments && !this.readsTags) return member;
      const { outside } = await this.#selection(signal);
      if (!hasDepartments) return member;
      const told: readonly number[] = member.department;
      return withDepartments(
        member,
        told.filter((department) => !outside.has(department)),
      );
    } catch (error) {
      const why = absenceOf(error);
      if (why === 'gone') return undefined;
      if (why === 'outOfSight') return new RosterMember(id, true);
      if (why === 'idsOnly') return this.#inRoster(id, signal);
      throw error;
    }
  }

  get consentFields(): readonly ProfileField[] {
    return consentFields(this.#rules);
  }

  consentAddress(way: ConsentWay): string {
    const { user, agentId } = this.#config;
    return consentAddress(way, { user, agentId, ...present({ oauthUrl: this.#options.oauthUrl }) });
  }

  fetchConsent(code: string, signal: AbortSignal): Promise<ConsentAnswer> {
    return fetchConsent(this.#client, code, this.#rules, signal);
  }

  sendText(ids: readonly ExternalId[], content: string, signal: AbortSignal): Promise<SentTexts> {
    const { agentId, password } = this.#config;
    const client = this.#signer(password, this.#makeTraffic(TEST_RETRIES), this.#options.tokens ?? processTokens);
    return sendText(client, agentId, ids, content, signal);
  }

  /** Whom the condition leaves out is told by `checkScope`, as is whom the departments do. */
  #decided(member: WeComMember): WeComMember {
    return this.#condition.judge(member, this.#paths) ?? member;
  }

  /** With the credentials of the Sync of Contacts: its list of ids is all that they read, and it has everybody. */
  async #inRoster(id: ExternalId, signal: AbortSignal): Promise<RosterMember | undefined> {
    const roster = await (this.#roster ??= fetchRoster(this.#client, signal));
    const entry = roster.get(id.toLowerCase());
    return entry && new RosterMember(entry.userid, false);
  }

  /** The userids that are named, and whoever is in none of the departments of the scope. */
  async *fetchExcluded(signal: AbortSignal): AsyncGenerator<Excluded, void, undefined> {
    yield { ids: this.#config.scope.excludeUsers.map((userid) => externalId(userid)), detail: EXCLUDED_BY_NAME };
    yield { ids: this.#condition.excluded, detail: EXCLUDED_BY_CONDITION };
    if (!this.#scope.isPartial || this.#idsOnly) return;
    const { outside, unread: known } = await this.#selection(signal);
    const unread: UnreadPart[] = [...known];
    const answers = useridsOf(this.#client, outside, () => this.#traffic.limiter.limit, unread, signal);
    for await (const userids of answers) {
      yield { ids: userids.map((userid) => externalId(userid)), detail: OUTSIDE_SCOPE };
    }
    if (unread.length > 0) throw new IncompleteReadError(unread);
  }

  /** @throws IncompleteReadError when the member is in no department that is read, and one of them cannot be read */
  async checkScope(member: WeComMember, signal: AbortSignal): Promise<ScopeAnswer> {
    const { chosen, unread } = await this.#selection(signal);
    const answer = await this.#answerScope(member, chosen, signal);
    const excluded = member.userid !== undefined && this.#scope.excludes(member.userid);
    if (!answer.inScope && !excluded && unread.length > 0) throw new IncompleteReadError(unread);
    if (answer.inScope) return this.#condition.answer(member, this.#paths, answer);
    return excluded || this.#scope.isPartial ? { ...answer, isExcluded: true } : answer;
  }

  async #answerScope(member: WeComMember, chosen: ReadonlySet<number>, signal: AbortSignal): Promise<ScopeAnswer> {
    const excluded = member.userid !== undefined && this.#scope.excludes(member.userid);
    const question = { member, excluded, chosen, partial: this.#scope.isPartial };
    const answer = answerScope(question);
    // Only a member whom the departments leave out makes it worth asking the app.
    if (answer.inScope || excluded || question.partial || !this.#config.agentId) return answer;
    const named = await (this.#range ??= fetchNamed(this.#client, this.#config.agentId, signal));
    const departments = ('department' in member && departmentsTold(member)) || [];
    const isNamed =
      (member.userid !== undefined && named.userids.has(member.userid.toLowerCase())) ||
      departments.some((id) => named.departments.has(id));
    return answerScope({ ...question, isNamed });
  }

  readNotes(): readonly ProfileNote[] {
    const hidden = this.#hiddenFields.note(this.#rules.mapping.sources);
    return notesOf({ hidden, idsOnly: this.#idsOnly, isEmpty: this.#isEmpty && !this.#config.agentId });
  }

  readProgress(): ReadProgress {
    return this.#reader?.progress ?? { departmentsDone: 0, departmentsTotal: 0 };
  }

  /** Undefined: these are the credentials of the Sync of Contacts, which read ids and nothing else. */
  async #departments(signal: AbortSignal): Promise<DepartmentList | undefined> {
    try {
      const list = await fetchDepartments(this.#client, signal);
      this.#idsOnly = false;
      this.#paths = await this.#pathsIn(list, signal);
      return list;
    } catch (error) {
      if (!(error instanceof PermissionError) || error.vendorCode !== ONLY_IDS_READABLE) throw error;
      this.#idsOnly = true;
      return undefined;
    }
  }

  /** Everybody of the scope by userid alone: enough to know who has left. */
  async *#fetchIds(signal: AbortSignal): AsyncGenerator<readonly WeComMember[], void, undefined> {
    const list = await fetchDepartmentIds(this.#client, signal);
    const { chosen, unread } = this.#scope.select(list);
    const members: WeComMember[] = [];
    for (const entry of (await fetchRoster(this.#client, signal)).values()) {
      if (this.#scope.excludes(entry.userid)) continue;
      if (this.#scope.isPartial && ![...entry.departments].some((id) => chosen.has(id))) continue;
      members.push(new RosterMember(entry.userid, false));
    }
    yield* pages(members);
    if (unread.length > 0) throw new IncompleteReadError(unread);
  }

  async #pathsIn(list: DepartmentList, signal: AbortSignal): Promise<DepartmentPaths> {
    const { syncTags } = this.#config;
    if (syncTags.length === 0) return new DepartmentPaths(list);
    return new DepartmentPaths(
      list,
      new MemberTags(await fetchTags(this.#client, [...new Set(syncTags)], list, signal)),
    );
  }

  async #list(signal: AbortSignal): Promise<DepartmentList> {
    try {
      const list = await fetchDepartments(this.#client, signal);
      this.#paths = await this.#pathsIn(list, signal);
      return list;
    } finally {
      this.#listing = undefined;
    }
  }

  async #selection(signal: AbortSignal): Promise<Selection> {
    const list = (this.#listed ??= await (this.#listing ??= this.#list(signal)));
    if (this.#selected?.list !== list) this.#selected = { list, selection: this.#scope.select(list) };
    return this.#selected.selection;
  }

  #makeTraffic(retries: RetryLimits): Traffic {
    const { clock, random } = this.#options;
    const { concurrency, onCall } = this.#deps;
    return makeTraffic({ concurrency, retries, ...present({ clock, random, onCall }) });
  }

  #rosterClient(): WeComClient | undefined {
    const { contactsSecret: secret } = this.#config;
    return secret ? this.#signer(secret, this.#traffic, this.#options.tokens ?? processTokens) : undefined;
  }

  #signer(secret: string, traffic: Traffic, tokens: TokenCache): WeComClient {
    return new WeComClient(this.#transport, { corpId: this.#config.user, secret }, traffic, tokens);
  }
}

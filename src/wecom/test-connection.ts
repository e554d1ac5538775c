import type { ConnectionCheck, ConnectionReport } from '../syncer/connection-report.ts';
import { NetworkPolicyError, NotFoundError, PermissionError, RateLimitError, SyncError } from '../syncer/errors.ts';
import { present } from '../syncer/present.ts';
import { text, type Text } from '../syncer/text.ts';
import { listIn } from './reading/answer-list.ts';
import type { WeComClient } from './api/client.ts';
import { checkOauth } from './oauth/check-oauth.ts';
import type { ConsentTest } from '../syncer/syncer.ts';
import { fetchDepartmentIds, fetchDepartments, type DepartmentList } from './directory/department-list.ts';
import { ONLY_IDS_READABLE } from './api/error-codes.ts';
import { HiddenFields } from './directory/hidden-fields.ts';
import { textOf } from './reading/lenient-json.ts';
import { MalformedMember, readMember, type Member } from './reading/member.ts';
import type { DirectoryScope } from './directory/scope.ts';
import { fetchMember, fetchVisibility, type AgentAnswer, type AppVisibility } from './directory/visible-members.ts';

export interface ConnectionTest {
  readonly client: WeComClient;
  readonly rosterClient?: WeComClient;
  readonly agentId: string;
  readonly scope: DirectoryScope;
  /** Members are to be asked. */
  readonly consent?: ConsentTest;
  /** How far our clock is off, once somebody answered; milliseconds. */
  readonly clockSkewMs: () => number | undefined;
}

/** Departments are tried until one has members, but no more than these: a test is a handful of calls. */
const SAMPLED = 3;
/** Of one department: enough to see which fields come, and read in a moment, whatever they are. */
const SAMPLED_MEMBERS = 1_000;
const ROOT = 1;

const NO_DEPARTMENT = text(
  'Add departments to the visible range (可见范围) of the app in 应用管理 → 自建应用; if members are visible one by one or by tag, fill in the Agent ID (agentId).',
  '请在 应用管理 → 自建应用 中把部门加入应用的可见范围；若成员是单独或按标签可见的，请填写 AgentId(agentId)。',
);
const REPORT_IT = text('Report this with the log of the server.', '请附上服务器日志反馈此问题。');

/** A clock that is off by more than this makes certificates, tokens and callbacks fail in ways that name no clock. */
const WORST_SKEW_MS = 60_000;
const SET_CLOCK = text(
  'Set the clock of this server by NTP (chrony, systemd-timesyncd). (docs/troubleshooting.md#clock)',
  '请通过 NTP(chrony、systemd-timesyncd)校准本服务器时钟。(docs/troubleshooting.md#clock)',
);

/** What other checks need, as it is said to people. */
const CHECKED = {
  token: text('the credentials', '凭证'),
  agent: text('the app', '应用'),
  departments: text('the departments', '部门'),
  members: text('the members', '成员'),
};

/** Collects checks; one that needs an earlier one which failed is said to be untried. */
class Checklist {
  readonly checks: ConnectionCheck[] = [];
  egressIp: string | undefined;
  /** What WeCom said when it asked us to wait. */
  limited: RateLimitError | undefined;

  passed(name: string, detail: Text, remedy?: Text): void {
    this.checks.push({ name, ok: true, detail, ...present({ remedy }) });
  }

  failed(name: string, detail: Text, remedy?: Text, code?: string): void {
    this.checks.push({ name, ok: false, detail, ...present({ remedy, code }) });
  }

  untried(names: readonly string[], because: keyof typeof CHECKED): void {
    const { en, zh } = CHECKED[because];
    for (const name of names) {
      this.failed(name, text(`Not tried, because the check of ${en} failed.`, `未检查，因为${zh}检查未通过。`));
    }
  }

  /** @returns undefined when `work` failed; the reason is on the list then */
  async attempt<T>(name: string, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof NetworkPolicyError) this.egressIp ??= error.egressIp;
      if (error instanceof RateLimitError) this.limited ??= error;
      if (error instanceof SyncError) {
        this.failed(name, error.text, error.remedy, error.code);
      } else {
        this.failed(name, text('The check failed unexpectedly.', '检查时发生意外错误。'), REPORT_IT);
      }
      return undefined;
    }
  }
}

interface Sample {
  readonly members: readonly Member[];
  readonly malformed: number;
  /** Where it was taken from, for the detail. */
  readonly source: Text;
}

const sampleDepartments = async (client: WeComClient, ids: readonly number[], signal: AbortSignal): Promise<Sample> => {
  const members: Member[] = [];
  let malformed = 0;
  const tried: number[] = [];
  for (const id of ids.slice(0, SAMPLED)) {
    const answer = await client.call({ endpoint: 'user/list', query: { department_id: String(id) } }, signal);
    tried.push(id);
    for (const raw of listIn(answer, 'userlist', 'user/list').slice(0, SAMPLED_MEMBERS)) {
      const member = readMember(raw);
      if (member instanceof MalformedMember) malformed += 1;
      else members.push(member);
    }
    if (members.length > 0) break;
  }
  const names = tried.join(', ');
  return { members, malformed, source: text(`department ${names}`, `部门 ${names}`) };
};

const sampleSingles = async (client: WeComClient, userids: readonly string[], signal: AbortSignal): Promise<Sample> => {
  for (const userid of userids.slice(0, SAMPLED)) {
    try {
      const member = await fetchMember(client, userid, signal);
      const source = text(`member ${userid}`, `成员 ${userid}`);
      return member instanceof MalformedMember
        ? { members: [], malformed: 1, source }
        : { members: [member], malformed: 0, source };
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
    }
  }
  return { members: [], malformed: 0, source: text('members visible one by one', '单独可见的成员') };
};

const departmentDetail = (list: DepartmentList): Text => {
  const count = list.departments.length;
  const root = list.departments.some((department) => department.id === ROOT);
  return text(
    `${String(count)} departments are visible, ${root ? 'the root of the company among them' : 'the root of the company is not: the app sees a part'}.`,
    `可见 ${String(count)} 个部门，${root ? '包含企业根部门' : '不包含企业根部门:应用只能看到一部分'}。`,
  );
};

const checkDepartments = (
  list: DepartmentList,
  visibility: AppVisibility | undefined,
  scope: DirectoryScope,
  checklist: Checklist,
): boolean => {
  const singles = (visibility?.userids.length ?? 0) + (visibility?.tags.length ?? 0);
  const [unread] = list.unread;
  const { missing } = scope.select(list);
  if (unread) {
    checklist.failed('departments', unread.error.text, unread.error.remedy);
    return false;
  }
  if (missing.length > 0) {
    const names = missing.slice(0, 10).join(', ');
    checklist.failed(
      'departments',
      text(`The scope names departments that are not visible: ${names}.`, `同步范围中的部门不可见：${names}。`),
      NO_DEPARTMENT,
    );
    return false;
  }
  if (list.departments.length > 0) {
    checklist.passed('departments', departmentDetail(list));
    return true;
  }
  if (singles === 0) {
    checklist.failed('departments', text('No department is visible.', '没有可见的部门。'), NO_DEPARTMENT);
    return false;
  }
  checklist.passed(
    'departments',
    text(
      'No department is visible; members are visible one by one or by tag.',
      '没有可见的部门；成员为单独或按标签可见。',
    ),
  );
  return true;
};

const checkMembers = (sample: Sample, checklist: Checklist): void => {
  const count = sample.members.length;
  const broken = sample.malformed;
  const detail = text(
    `${String(count)} members in the sample (${sample.source.en})${broken ? `, and ${String(broken)} records that cannot be read` : ''}.`,
    `抽样(${sample.source.zh})读取到 ${String(count)} 名成员${broken ? `,另有 ${String(broken)} 条记录无法读取` : ''}。`,
  );
  checklist.passed('members', detail, count === 0 ? NO_DEPARTMENT : undefined);
};

const checkFields = (sample: Sample, checklist: Checklist): readonly string[] => {
  const fields = new HiddenFields();
  for (const member of sample.members) fields.observe(member);
  const { names } = fields;
  if (sample.members.length === 0) {
    checklist.passed(
      'fields',
      text('No member was seen, so nothing is known about fields.', '没有读取到成员，无法判断字段。'),
    );
  } else if (names.length === 0) {
    checklist.passed('fields', text('All personal fields are readable.', '所有个人信息字段均可读取。'));
  } else {
    const listed = names.join(', ');
    checklist.passed('fields', text(`Not readable: ${listed}.`, `不可读取：${listed}。`), HiddenFields.remedy);
  }
  return names;
};

/** The Sync-of-Contacts secret stands where the app's should: says what it is good for, and what not. */
const checkIdsOnly = async (
  refusal: PermissionError,
  client: WeComClient,
  signal: AbortSignal,
  checklist: Checklist,
): Promise<number> => {
  const list = await checklist.attempt('departments', () => fetchDepartmentIds(client, signal));
  if (!list) return 0;
  const count = list.departments.length;
  checklist.failed(
    'departments',
    text(
      `This is the Sync-of-Contacts Secret: it reads ids alone, those of ${String(count)} departments and of every member, and no names, profiles or states. A run with it creates and updates nobody, leaves groups as they are, and only locks out members who left.`,
      `这是通讯录同步的 Secret：只能读取 ID(${String(count)} 个部门及全部成员)，不能读取姓名、资料和状态。用它同步时不会创建或更新账号，群组保持不变，仅锁定已离职成员的账号。`,
    ),
    refusal.remedy,
  );
  return count;
};

const checkClock = (skewMs: number | undefined, checklist: Checklist): void => {
  if (skewMs === undefined || Math.abs(skewMs) < WORST_SKEW_MS) return;
  const seconds = String(Math.round(Math.abs(skewMs) / 1_000));
  checklist.passed(
    'clock',
    text(
      `The clock of this server is ${seconds} seconds ${skewMs > 0 ? 'ahead of' : 'behind'} WeCom's.`,
      `本服务器时钟比企业微信${skewMs > 0 ? '快' : '慢'} ${seconds} 秒。`,
    ),
    SET_CLOCK,
  );
};

const checkRate = (checklist: Checklist): void => {
  const { limited } = checklist;
  if (!limited) return;
  const minutes = String(Math.ceil(limited.retryAfterMs / 60_000));
  checklist.failed(
    'rate',
    text(
      `WeCom limits the calls of this company at present; calls work again after ${minutes} min at the latest.`,
      `企业微信目前限制了该企业的接口调用；最迟 ${minutes} 分钟后恢复。`,
    ),
    limited.remedy,
  );
};

const checkRoster = async (client: WeComClient, signal: AbortSignal, checklist: Checklist): Promise<void> => {
  await checklist.attempt('roster', async () => {
    const answer = await client.call({ endpoint: 'user/list_id', query: {}, body: { limit: 1 } }, signal);
    listIn(answer, 'dept_user', 'user/list_id');
    checklist.passed('roster', text("The company's list of userids is readable.", '可以读取企业的 userid 列表。'));
  });
};

const checkAgent = async (
  client: WeComClient,
  agentId: string,
  signal: AbortSignal,
  checklist: Checklist,
): Promise<AgentAnswer | undefined> => {
  const visibility = await checklist.attempt('agent', () => fetchVisibility(client, agentId, signal));
  if (!visibility) return undefined;
  const counts = [visibility.departments.length, visibility.userids.length, visibility.tags.length].map(String);
  checklist.passed(
    'agent',
    text(
      `The visible range names ${counts[0]} departments, ${counts[1]} members and ${counts[2]} tags.`,
      `可见范围包含 ${counts[0]} 个部门、${counts[1]} 名成员、${counts[2]} 个标签。`,
    ),
  );
  return visibility;
};

/** No list: the check failed. With `idsOnly` the secret is the one that may not list departments. */
const listDepartments = async (
  client: WeComClient,
  signal: AbortSignal,
  checklist: Checklist,
): Promise<{ readonly list?: DepartmentList; readonly idsOnly?: PermissionError }> => {
  const answer = await checklist.attempt('departments', async () => {
    try {
      return { list: await fetchDepartments(client, signal) };
    } catch (error) {
      if (!(error instanceof PermissionError) || error.vendorCode !== ONLY_IDS_READABLE) throw error;
      return { idsOnly: error };
    }
  });
  return answer ?? {};
};

/**
 * Tries what a run needs in at most nine calls, each once. Nothing is thrown: what fails is on the report, with what
 * to change. A wrong clock and a rate limit are on it only when there is one.
 */
export const testConnection = async (test: ConnectionTest, signal: AbortSignal): Promise<ConnectionReport> => {
  const { client, rosterClient, agentId, scope, consent } = test;
  const checklist = new Checklist();
  let departments = 0;
  let sample: Sample | undefined;
  let withheldFields: readonly string[] = [];

  const readDirectory = async (): Promise<void> => {
    const signedIn = await checklist.attempt('token', async () => {
      await client.signIn(signal);
      return true;
    });
    const agent = [...(agentId ? ['agent'] : []), ...(consent ? ['oauth'] : [])];
    if (!signedIn) return checklist.untried([...agent, 'departments', 'members', 'fields'], 'token');
    checklist.passed('token', text('Corp ID and Corp Secret are accepted.', '企业 ID 与 Secret 验证通过。'));

    const visibility = agentId ? await checkAgent(client, agentId, signal, checklist) : undefined;
    if (consent && agentId && !visibility) checklist.untried(['oauth'], 'agent');
    else if (consent) checklist.checks.push(checkOauth(consent, visibility));
    const { list, idsOnly } = await listDepartments(client, signal, checklist);
    if (idsOnly) departments = await checkIdsOnly(idsOnly, client, signal, checklist);
    if (!list || idsOnly) return checklist.untried(['members', 'fields'], 'departments');
    departments = list.departments.length;
    if (!checkDepartments(list, visibility, scope, checklist)) {
      return checklist.untried(['members', 'fields'], 'departments');
    }
    const ids = scope.select(list).departments.map((department) => department.id);
    sample = await checklist.attempt('members', () =>
      ids.length > 0
        ? sampleDepartments(client, ids, signal)
        : sampleSingles(client, visibility?.userids ?? [], signal),
    );
    if (!sample) return checklist.untried(['fields'], 'members');
    checkMembers(sample, checklist);
    withheldFields = checkFields(sample, checklist);
  };

  await readDirectory();
  if (rosterClient) await checkRoster(rosterClient, signal, checklist);
  checkClock(test.clockSkewMs(), checklist);
  checkRate(checklist);
  const [first] = sample?.members ?? [];
  return {
    ok: checklist.checks.every((check) => check.ok),
    checks: checklist.checks,
    departments,
    members: sample?.members.length ?? 0,
    withheldFields,
    ...present({
      sample: first && { userid: first.userid, name: textOf(first['name']) ?? '' },
      egressIp: checklist.egressIp,
    }),
  };
};

import type { ConnectionCheck } from '../../syncer/connection-report.ts';
import type { ConsentTest } from '../../syncer/syncer.ts';
import { text, type Text } from '../../syncer/text.ts';
import type { AgentAnswer } from '../directory/visible-members.ts';

/**
 * Whether WeCom would send members back to us, as far as `agent/get` tells (doc 90227): it does so to one domain alone,
 * and only members whom the app can see.
 *
 * @param agent undefined: there is no Agent ID to ask with
 */
export function checkOauth({ returnTo }: ConsentTest, agent: AgentAnswer | undefined): ConnectionCheck {
  if (!agent) return failed(NO_APP, FILL_IN_APP);
  if (returnTo === undefined) return failed(NO_ADDRESS, SET_ADDRESS);
  const { host, hostname } = new URL(returnTo);
  const { trustedDomain, userids, departments, tags } = agent;
  const remedy = trustRemedy(host);
  if (trustedDomain === '') {
    return failed(text('The app has no trusted domain (可信域名).', '应用未设置可信域名。'), remedy);
  }
  if (![host, hostname].includes(trustedDomain.toLowerCase())) {
    return failed(
      text(
        `The trusted domain (可信域名) of the app is ${trustedDomain}, and members come back to ${host}.`,
        `应用的可信域名是 ${trustedDomain}，而成员授权后返回的是 ${host}。`,
      ),
      remedy,
    );
  }
  if (userids.length + departments.length + tags.length === 0) return failed(NOBODY_SEES, WIDEN);
  return {
    name: 'oauth',
    ok: true,
    detail: text(`Members can be asked, and come back to ${host}.`, `可以请成员授权，授权后返回 ${host}。`),
  };
}

const failed = (detail: Text, remedy: Text): ConnectionCheck => ({ name: 'oauth', ok: false, detail, remedy });

const trustRemedy = (host: string): Text =>
  text(
    `In the WeCom console open 应用管理 → 自建 → the app → 网页授权及JS-SDK → 可信域名, enter ${host}, and let the file that WeCom offers be served at the root of ${host}. (docs/setup.md)`,
    `请在企业微信管理后台打开“应用管理 → 自建 → 应用 → 网页授权及JS-SDK → 可信域名”，填写 ${host}，并将企业微信提供的校验文件放到 ${host} 的根目录。(docs/setup.md)`,
  );

const NO_APP = text('There is no Agent ID, so no member can be asked.', '未填写 AgentId，无法请成员授权。');
const FILL_IN_APP = text(
  'Fill in the Agent ID (agentId); it stands on the page of the app (应用管理 → 自建应用).',
  '请填写 AgentId(agentId)，位于应用详情页(应用管理 → 自建应用)。',
);
const NO_ADDRESS = text(
  'It is not set at which address members reach this server, so they have none to come back to.',
  '未设置成员访问本服务的地址，成员授权后没有可返回的地址。',
);
const SET_ADDRESS = text(
  'Set PUBLIC_URL (pageUrl of createSyncService where it is embedded) to the address at which members reach this server, such as https://iam.example.com.',
  '请将 PUBLIC_URL(嵌入时为 createSyncService 的 pageUrl)设置为成员访问本服务的地址，例如 https://iam.example.com。',
);
const NOBODY_SEES = text(
  'The visible range (可见范围) of the app is empty, so no member can open the page.',
  '应用的可见范围为空，没有成员可以打开该页面。',
);
const WIDEN = text(
  'Add departments or members to the visible range (可见范围) of the app in 应用管理 → 自建应用.',
  '请在 应用管理 → 自建应用 中把部门或成员加入应用的可见范围。',
);

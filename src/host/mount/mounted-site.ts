import { foundationOf, type ServiceFoundation } from '../../service/create-sync-service.ts';
import type { SyncService } from '../../service/sync-service.ts';
import { DisplayNames } from '../../storage/accounts/display-names.ts';
import { OrganizationRecords } from '../../storage/accounts/organization-records.ts';
import { UserDirectory } from '../../storage/accounts/user-directory.ts';
import { ConfigError } from '../../syncer/errors.ts';
import { text } from '../../syncer/text.ts';
import { linkRoutes } from '../accounts/link-routes.ts';
import { decisionCalls } from '../decisions/decision-calls.ts';
import { historyCalls, lookingBack } from '../decisions/history-calls.ts';
import type { CallerSource } from '../auth/caller.ts';
import { StaticPage } from '../http/static-page.ts';
import { documentationRoutes } from '../openapi/documentation-routes.ts';
import { memberPageRoutes } from '../self-service/member-page-routes.ts';
import { OrganizationDirectory } from '../organizations/organization-directory.ts';
import { seenOrganizationRoutes } from '../organizations/organization-routes.ts';
import { SyncedOrganizations } from '../organizations/synced-organizations.ts';
import { isOrigin, PREFIX_FORM, prefixOf } from '../prefix.ts';
import type { Route } from '../request/route.ts';
import { Site } from '../request/site.ts';
import { ChangeNames } from '../runs/change-names.ts';
import { StreamSlots } from '../runs/stream-slots.ts';
import { accountRoute } from '../sign-in/account-route.ts';
import { syncerCalls } from '../syncers/syncer-calls.ts';
import { HostCallers, type Authenticate } from './host-callers.ts';

export interface MountOptions {
  /** Under which the Syncers tab and its calls live, such as `/admin/sync`; a slash at its end changes nothing. */
  readonly prefix: string;
  /** What `createSyncService` answered. */
  readonly service: SyncService;
  /** False: calls alone. Default: the Syncers tab, too. */
  readonly page?: boolean;
  /**
   * The origin in the browser, such as `https://example.com`, where a proxy in front rewrites `Host`. Default: that of the
   * service's `pageUrl`, if it has one.
   */
  readonly publicUrl?: string;
}

/** What was given, checked. */
export interface Mounting {
  readonly prefix: string;
  readonly foundation: ServiceFoundation;
  readonly authenticate: Authenticate;
  readonly hasPage: boolean;
  readonly publicUrl: string | undefined;
}

/** @throws ConfigError that names the option to change */
export function mountingIn(options: MountOptions & { readonly authenticate: unknown }): Mounting {
  const prefix = prefixOf(options.prefix);
  if (prefix === undefined) throw wrong('prefix', PREFIX_FORM, '以斜杠开头的路径，例如 /sync');
  const foundation = foundationOf(options.service);
  if (!foundation) throw wrong('service', 'what createSyncService answered', 'createSyncService 的返回值');
  const { pageUrl } = foundation;
  const { authenticate, publicUrl = pageUrl && new URL(pageUrl).origin, page = true } = options;
  if (typeof authenticate !== 'function') throw wrong('authenticate', 'a function', '一个函数');
  if (publicUrl !== undefined && !isOrigin(publicUrl)) {
    throw wrong('publicUrl', 'an origin such as https://example.com', '源地址，例如 https://example.com');
  }
  return { prefix, foundation, authenticate: authenticate as Authenticate, hasPage: page, publicUrl };
}

/** The Syncers tab and its calls, for callers whom somebody else signs in. */
export async function mountedSite({ prefix, foundation, authenticate, hasPage, publicUrl }: Mounting): Promise<Site> {
  const { parts, log } = foundation;
  const callers = new HostCallers(authenticate, log);
  const page = hasPage ? await StaticPage.read({ prefix, signIn: 'elsewhere' }) : undefined;
  if (hasPage && !page) log.info({}, 'the Syncers tab is not built; calls are served all the same');
  const origin = publicUrl === undefined ? undefined : new URL(publicUrl).origin;
  const calls = callsOf(foundation, { callers, pageUrl: `${origin ?? ''}${prefix}`, publicUrl: origin, prefix });
  const { audit, syncers } = parts;
  const routes = [...calls, ...documentationRoutes({ syncers, prefix }, calls)];
  return new Site({ routes, page, callers, audit, log, publicUrl });
}

interface Access {
  readonly callers: CallerSource;
  readonly pageUrl: string;
  readonly publicUrl: string | undefined;
  readonly prefix: string;
}

/** Callers are the host's: no account of the database is theirs. */
const NOBODY = { find: async () => undefined, others: async () => ({}) };
/** Nor does anybody here know what people are called whom the host keeps. */
const NO_NAMES = { ofUsers: async () => new Map<string, string>(), ofGroups: async () => new Map<string, string>() };

function callsOf({ parts, registry, database, log, hasAccounts }: ServiceFoundation, access: Access): Route[] {
  const { stores, syncers, runs } = parts;
  const changeNames = new ChangeNames(hasAccounts ? new DisplayNames(database) : NO_NAMES);
  const users = hasAccounts ? new UserDirectory(database) : undefined;
  const organizations = hasAccounts
    ? new OrganizationDirectory(new OrganizationRecords(database))
    : new SyncedOrganizations(syncers, stores.identity);
  return [
    accountRoute({ users: NOBODY, organizations }),
    ...seenOrganizationRoutes({ organizations }),
    ...syncerCalls({
      ...parts,
      ...access,
      registry,
      runStore: stores.runStore,
      changeNames,
      streams: new StreamSlots(),
    }),
    ...decisionCalls({ ...parts, ...access }),
    ...memberPageRoutes({ ...parts, ...access, log, organizations, publicUrlName: 'publicUrl' }),
    ...historyCalls(lookingBack(database, changeNames, users)),
    ...(users ? linkRoutes({ users, syncers, runs, changeNames, decisions: parts.decisions }) : []),
  ];
}

const wrong = (option: string, en: string, zh: string): ConfigError =>
  new ConfigError(text(`"${option}" must be ${en}.`, `“${option}”必须是${zh}。`));

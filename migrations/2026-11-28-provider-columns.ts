import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createdUserColumns } from './2026-11-22-create-tables.ts';
import { addColumns } from './table-definition.ts';

const USER = { name: 'user', kind: 'shared' } as const;

/** The columns by which Casdoor finds whoever signs in through a provider. */
const PROVIDERS =
  `github google qq wechat facebook dingtalk weibo gitee linkedin lark gitlab adfs baidu alipay casdoor infoflow
  apple azuread azureadb2c slack steam bilibili okta douyin kwai line amazon auth0 battlenet bitbucket box
  cloudfoundry dailymotion deezer digitalocean discord dropbox eveonline fitbit gitea heroku influxcloud instagram
  intercom kakao lastfm mailru meetup microsoftonline naver nextcloud onedrive oura patreon paypal salesforce
  shopify soundcloud spotify strava stripe telegram tiktok tumblr twitch twitter typetalk uber vk wepay xero yahoo
  yammer yandex zoom metamask web3onboard custom`.split(/\s+/);
const LONG_PROVIDERS = [
  'custom2',
  'custom3',
  'custom4',
  'custom5',
  'custom6',
  'custom7',
  'custom8',
  'custom9',
  'custom10',
];

/**
 * Whatever directory is synced, its members may sign in through the provider of the same name: so a table of ours has the
 * columns that Casdoor's has. A table with any column that we never made belongs to an IAM, and stays as it is.
 */
export class ProviderColumns1795845000000 implements MigrationInterface {
  readonly name = 'ProviderColumns1795845000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    const table = await queryRunner.getTable(USER.name);
    const names = new Set(table?.columns.map(({ name }) => name));
    // A step that was cut off left some of them.
    const ours = new Set([...createdUserColumns, ...PROVIDERS, ...LONG_PROVIDERS]);
    if (![...names].every((name) => ours.has(name)) || !createdUserColumns.every((name) => names.has(name))) return;
    const texts = Object.fromEntries(PROVIDERS.map((name) => [name, 'varchar(100)'] as const));
    await addColumns(queryRunner, USER, {
      ...texts,
      ...Object.fromEntries(LONG_PROVIDERS.map((name) => [name, 'text'] as const)),
    });
  }

  /** The columns stay: somebody may sign in by them. */
  async down(): Promise<void> {
    await Promise.resolve();
  }
}

/** The columns by which Casdoor finds an account when somebody signs in through a provider, in its own order. */
export const PROVIDER_COLUMNS =
  `github google qq wechat facebook dingtalk weibo gitee linkedin wecom lark gitlab adfs baidu alipay casdoor iam infoflow
  apple azuread azureadb2c slack steam bilibili okta douyin kwai line amazon auth0 battlenet bitbucket box cloudfoundry
  dailymotion deezer digitalocean discord dropbox eveonline fitbit gitea heroku influxcloud instagram intercom kakao
  lastfm mailru meetup microsoftonline naver nextcloud onedrive oura patreon paypal salesforce shopify soundcloud spotify
  strava stripe telegram tiktok tumblr twitch twitter typetalk uber vk wepay xero yahoo yammer yandex zoom metamask
  web3onboard custom custom2 custom3 custom4 custom5 custom6 custom7 custom8 custom9 custom10`.split(/\s+/);

/** How a column is shown: as it is; as `***` when there is something; as JSON; or never, though there is the key. */
type Kind = 'text' | 'flag' | 'number' | 'masked' | 'blank' | 'json' | 'hidden';

const kinds: Readonly<Record<Kind, string>> = {
  text: `balanceCurrency preferredMfaType mfaRadiusUsername mfaRadiusProvider mfaPushReceiver mfaPushProvider
    mfaRememberDeadline`,
  flag: 'mfaPhoneEnabled mfaEmailEnabled mfaRadiusEnabled mfaPushEnabled',
  number: 'balanceCredit',
  masked: 'accessToken originalToken originalRefreshToken',
  blank: 'totpSecret',
  json: 'addresses cart mfaItems applicationScopes',
  // Second factors, faces and passwords of other accounts are nobody's business here, not even as hashes.
  hidden: 'webauthnCredentials recoveryCodes faceIds managedAccounts mfaAccounts',
};

/** Those that Casdoor's table spells as its JSON does. */
const UNCHANGED: ReadonlySet<string> = new Set(['webauthnCredentials', 'managedAccounts', 'mfaAccounts']);

interface OtherColumn {
  /** In Casdoor's JSON. */
  readonly name: string;
  /** In the table. */
  readonly column: string;
  readonly kind: Kind;
}

/**
 * The columns of `user` that no list shows and no sync, sign-in or administrator of this product writes: whoever reads
 * one whole account, to change a part of it and send it back, finds them all the same.
 */
export const OTHER_USER_COLUMNS: readonly OtherColumn[] = [
  // A fork's name for what Casdoor calls after itself; and those that are declared where they are written.
  ...PROVIDER_COLUMNS.filter((name) => name !== 'wecom' && name !== 'iam').map((name): OtherColumn => ({
    name,
    column: name,
    kind: 'text',
  })),
  ...Object.entries(kinds).flatMap(([kind, names]) =>
    names.split(/\s+/).map((name): OtherColumn => {
      const column = UNCHANGED.has(name) ? name : name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
      return { name, column, kind: kind as Kind };
    }),
  ),
];

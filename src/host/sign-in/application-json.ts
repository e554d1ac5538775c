import { BUILT_IN } from '../../identity/account.ts';
import { FRESH_ORGANIZATION } from '../../storage/entities/casdoor/organization-columns.ts';
import type { OrganizationRow } from '../../storage/entities/index.ts';
import { component, FLAG, list, NOTHING, NUMBER, record, TEXT } from '../http/schema.ts';
import { ORGANIZATION, organizationJson } from '../organizations/organization-json.ts';

/** Casdoor's page asks for an application before it shows its sign-in; this host is one. */
export const APPLICATION_NAME = 'app-built-in';

const words = (text: string): readonly string[] => text.split(/\s+/);

const TEXTS =
  words(`cert defaultGroup defaultTag headerHtml pageHtml logo title favicon homepageUrl description certPublicKey
  orgChoiceMode samlReplyUrl samlHashAlgorithm samlC14nPrefix ipRestriction clientSecret clientCert backchannelLogoutUri
  forcedRedirectOrigin tokenSigningMethod signupUrl signinUrl forgetUrl affiliationUrl ipWhitelist termsOfUse signupHtml
  signinHtml footerHtml formCss formCssMobile formSideHtml formBackgroundUrl formBackgroundUrlMobile domain upstreamHost
  sslMode sslCert registrationAccessToken createdTime`);
const FLAGS = words(`enableSignUp enableGuestSignin disableSignin enableSigninSession enableAutoSignin enableCodeSignin
  enableExclusiveSignin enableSamlCompress enableSamlC14n10 enableSamlPostBinding disableSamlAttributes
  enableSamlAssertionSignature useEmailAsSamlNameId enableWebAuthn enableLinkWithEmail isShared`);
const NUMBERS = words(`order expireInHours refreshExpireInHours cookieExpireInHours failedSigninLimit
  failedSigninFrozenTime codeResendTimeout`);
const LISTS = words(
  `scopes providers signupItems grantTypes tags redirectUris tokenFields tokenAttributes otherDomains`,
);
const NOTHINGS = words(`samlAttributes themeData customScopes CertObj`);

/** What the sign-in shows, from top to bottom, in the page's own words. */
const SIGNIN_ITEMS: readonly (readonly [name: string, css: string])[] = [
  ['Languages', '.login-languages {\n    top: 55px;\n    right: 5px;\n    position: absolute;\n}'],
  ['Logo', '.login-logo-box {}'],
  ['Signin methods', '.signin-methods {}'],
  ['Username', '.login-username {}\n.login-username-input{}'],
  ['Password', '.login-password {}\n.login-password-input{}'],
  ['Login button', '.login-button-box {\n    margin-bottom: 5px;\n}\n.login-button {\n    width: 100%;\n}'],
];

const filled = <T>(names: readonly string[], value: T): Record<string, T> =>
  Object.fromEntries(names.map((name) => [name, value]));

const FIXED = {
  owner: 'admin',
  name: APPLICATION_NAME,
  displayName: 'wecom-syncer',
  category: 'Default',
  type: 'All',
  enablePassword: true,
  clientId: '',
  tokenFormat: 'JWT',
  formOffset: 2,
  signinMethods: [{ name: 'Password', displayName: 'Password', rule: 'All' }],
  signinItems: SIGNIN_ITEMS.map(([name, customCss]) => ({
    name,
    visible: true,
    label: '',
    customCss,
    placeholder: '',
    rule: 'None',
    isCustom: false,
  })),
  ...filled(TEXTS, ''),
  ...filled(FLAGS, false),
  ...filled(NUMBERS, 0),
  ...filled(NOTHINGS, null),
};

const OBJECTS = list({ type: 'object', additionalProperties: true });

export const APPLICATION = component(
  'Application',
  record({
    ...filled(words('owner name displayName category type organization clientId tokenFormat'), TEXT),
    ...filled(TEXTS, TEXT),
    ...filled(FLAGS, FLAG),
    ...filled(NUMBERS, NUMBER),
    ...filled(LISTS, list({})),
    ...filled(NOTHINGS, NOTHING),
    enablePassword: FLAG,
    formOffset: NUMBER,
    signinMethods: OBJECTS,
    signinItems: OBJECTS,
    organizationObj: ORGANIZATION.ref,
  }),
);

/**
 * What a stranger may see of an organization, who has to see its sign-in: how it looks. Nothing obfuscates a password on
 * its way to this host, whatever the organization asks of Casdoor's page.
 */
function organizationOf(row: OrganizationRow) {
  const { owner, name, displayName, websiteUrl, logo, logoDark, favicon, countryCodes, languages, themeData } = row;
  const seen = { owner, name, displayName, websiteUrl, logo, logoDark, favicon, countryCodes, languages, themeData };
  const { passwordOptions, disableSignin } = row;
  return organizationJson(
    {
      ...FRESH_ORGANIZATION,
      passwordType: '',
      passwordObfuscatorType: 'Plain',
      ...seen,
      passwordOptions,
      disableSignin,
    },
    false,
  );
}

/** This host as an application of Casdoor's, for people of an organization. */
export const applicationJson = (organization: OrganizationRow): Record<string, unknown> => ({
  ...FIXED,
  ...Object.fromEntries(LISTS.map((name) => [name, []])),
  organization: organization.name || BUILT_IN,
  organizationObj: organizationOf(organization),
});

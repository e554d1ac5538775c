/** Names as Casdoor's page knows them, in the order in which it draws them; who may see and who may change each. */
const ITEMS = `Organization: Public Admin, ID: Public Immutable, Name: Public Admin, Display name: Public Self,
  First name: Public Self, Last name: Public Self, Avatar: Public Self, User type: Public Admin, Password: Self Self,
  Email: Public Self, Phone: Public Self, Country code: Public Admin, Country/Region: Public Self, Location: Public Self,
  Address: Public Self, Affiliation: Public Self, Title: Public Self, ID card type: Public Self, ID card: Public Self,
  Real name: Public Self, Homepage: Public Self, Bio: Public Self, Tag: Public Admin, Language: Public Self,
  Gender: Public Self, Birthday: Public Self, Education: Public Self, Score: Public Self, Karma: Public Self,
  Ranking: Public Self, Signup application: Public Admin, Register type: Public Admin, Register source: Public Admin,
  Roles: Public Immutable, Permissions: Public Immutable, Groups: Public Admin, 3rd-party logins: Self Self,
  Properties: Admin Admin, Is online: Admin Admin, Is admin: Admin Admin, Is forbidden: Admin Admin,
  Is deleted: Admin Admin, Last change password time: Admin Admin, Need update password: Admin Admin,
  IP whitelist: Admin Admin`;

/** Casdoor's page draws an account from this list: with an empty one it would show nothing of anybody. */
export const ACCOUNT_ITEMS: readonly Readonly<Record<string, unknown>>[] = ITEMS.split(/,\s+/).map((item) => {
  const [name = '', rules = ''] = item.split(': ');
  const [viewRule, modifyRule] = rules.split(' ');
  return { name, visible: true, viewRule, modifyRule, regex: '', tab: '' };
});

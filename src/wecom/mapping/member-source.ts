import { integerOf, nameOf, textOf, useridOf } from '../reading/lenient-json.ts';
import { isObject, type JsonObject } from '../../http-client/transport.ts';
import type { Member } from '../reading/member.ts';

/** Reads one value of a member: undefined = the directory does not tell, "" = it says that there is none. */
export type Source = (member: Member) => string | undefined;

/**
 * A field that WeCom withholds from most apps since 2022-06-20. Absent, null and "" cannot be told apart from "not for
 * you", so none of them is a statement.
 */
const withheld =
  (key: string): Source =>
  (member) =>
    textOf(member[key])?.trim() || undefined;

/** A field that every app may read: "" is a statement. */
const plain =
  (key: string): Source =>
  (member) =>
    textOf(member[key]);

/** A number, or a flag. */
const integer =
  (key: string): Source =>
  (member) => {
    const value = integerOf(member[key]);
    return value === undefined ? undefined : String(value);
  };

/** The first of a list of userids; the list may hold up to five in old versions. */
const firstUserid =
  (key: string): Source =>
  (member) => {
    const listed = member[key];
    if (!Array.isArray(listed)) return useridOf(listed);
    return listed.length === 0 ? '' : useridOf(listed[0]);
  };

/** The first of a list of texts (private deployments). */
const firstText =
  (key: string): Source =>
  (member) => {
    const listed = member[key];
    return Array.isArray(listed) ? (textOf(listed[0]) ?? '') : undefined;
  };

const nested =
  (outer: string, key: string): Source =>
  (member) => {
    const value = member[outer];
    return isObject(value) ? textOf(value[key]) : undefined;
  };

/** A name must never be emptied: WeCom has no member without one. */
const name: Source = (member) => nameOf(member['name']);

/** People without a private address in the directory often have a mailbox of the company. */
const email: Source = (member) => withheld('email')(member) ?? withheld('biz_mail')(member);

/** 0 means "not told" (doc 90196), not "none". */
const gender: Source = (member) => {
  const told = integerOf(member['gender']);
  if (told === 1) return 'Male';
  return told === 2 ? 'Female' : undefined;
};

const SOURCES: ReadonlyMap<string, Source> = new Map<string, Source>([
  ['userid', (member) => member.userid],
  ['name', name],
  ['email', email],
  ['biz_mail', withheld('biz_mail')],
  ['mobile', withheld('mobile')],
  ['avatar', withheld('avatar')],
  ['thumb_avatar', withheld('thumb_avatar')],
  ['qr_code', withheld('qr_code')],
  ['address', withheld('address')],
  ['gender', gender],
  ['position', plain('position')],
  ['positions', firstText('positions')],
  ['alias', plain('alias')],
  ['telephone', plain('telephone')],
  ['english_name', plain('english_name')],
  ['external_position', plain('external_position')],
  ['external_corp_name', nested('external_profile', 'external_corp_name')],
  ['open_userid', plain('open_userid')],
  ['main_department', integer('main_department')],
  ['direct_leader', firstUserid('direct_leader')],
  ['status', integer('status')],
  ['enable', integer('enable')],
  ['hide_mobile', integer('hide_mobile')],
  ['isleader', integer('isleader')],
]);

/** Text fields carry their value in `text`, links in `web`; private deployments put it beside the name. */
const attributeValue = (attribute: JsonObject): string | undefined => {
  if (isObject(attribute['text'])) return textOf(attribute['text']['value']);
  if (isObject(attribute['web'])) return textOf(attribute['web']['url']);
  return textOf(attribute['value']);
};

/** A custom field of the company, by the name that its administrator gave it. */
const extended =
  (attributeName: string): Source =>
  (member) => {
    const extattr = member['extattr'];
    const attrs = isObject(extattr) ? extattr['attrs'] : undefined;
    if (!Array.isArray(attrs)) return undefined;
    for (const attribute of attrs as readonly unknown[]) {
      if (isObject(attribute) && attribute['name'] === attributeName) return attributeValue(attribute);
    }
    return undefined;
  };

const EXTENDED = 'extattr.';

export const SOURCE_NAMES: readonly string[] = [...SOURCES.keys(), `${EXTENDED}NAME`];

/** The source of this name, such as `alias` or `extattr.工号`; undefined: there is none. */
export const findSource = (sourceName: string): Source | undefined => {
  if (sourceName.startsWith(EXTENDED) && sourceName.length > EXTENDED.length) {
    return extended(sourceName.slice(EXTENDED.length));
  }
  return SOURCES.get(sourceName);
};

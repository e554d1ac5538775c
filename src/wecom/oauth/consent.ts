import { ProtocolError, SyncError } from '../../syncer/errors.ts';
import { externalId } from '../../syncer/external-id.ts';
import type { ProfileField } from '../../syncer/profile.ts';
import type { ConsentAnswer } from '../../syncer/syncer.ts';
import { text } from '../../syncer/text.ts';
import type { WeComClient } from '../api/client.ts';
import { ERROR_CODES } from '../api/error-codes.ts';
import { mapMember, type MappingRules } from '../mapping/map-member.ts';
import { textOf, useridOf } from '../reading/lenient-json.ts';
import { MalformedMember, readMember } from '../reading/member.ts';

/** What a member may give; nothing else is read of what WeCom answers. */
const GIVEN = ['email', 'phone', 'countryCode', 'avatar', 'gender'] as const satisfies readonly ProfileField[];
const DETAIL_KEYS = ['userid', 'gender', 'avatar', 'mobile', 'email', 'biz_mail'] as const;
/** WeCom's picture for whoever did not agree to show his own (doc 95833). */
const NO_PICTURE = 'DefaultAvatar';
const NO_GENDER: ReadonlySet<string | undefined> = new Set(['0', '']);

/**
 * Who came back with this code, and what he agreed to give: `auth/getuserinfo` (doc 91023), then `auth/getuserdetail`
 * (doc 95833). Only of the very userid that the code is of, and only fields that the mapping feeds.
 */
export async function fetchConsent(
  client: WeComClient,
  code: string,
  rules: MappingRules,
  signal: AbortSignal,
): Promise<ConsentAnswer> {
  const visitor = await unlessRefused(client.call({ endpoint: 'auth/getuserinfo', query: { code } }, signal));
  if (visitor === undefined) return { says: 'refused', reason: NOT_TAKEN };
  const said = textOf(visitor['userid'])?.trim() ?? '';
  // Somebody of WeChat's, or an external contact: he has an openid alone.
  if (said === '') return { says: 'stranger' };
  // Of a linked corp: CorpId/userid.
  if (said.includes('/')) return { says: 'otherCorp' };
  const userid = useridOf(said);
  if (userid === undefined) throw UNUSABLE;
  const ticket = textOf(visitor['user_ticket']) ?? '';
  if (ticket === '') return { says: 'outOfSight', externalId: externalId(userid) };
  const exchange = { endpoint: 'auth/getuserdetail', query: {}, body: { user_ticket: ticket } };
  const answer = await unlessRefused(client.call(exchange, signal));
  if (answer === undefined) return { says: 'refused', reason: NOT_TAKEN };
  const detail: Record<string, unknown> = {};
  for (const key of DETAIL_KEYS) if (answer[key] !== undefined) detail[key] = answer[key];
  if (textOf(detail['avatar'])?.includes(NO_PICTURE)) delete detail['avatar'];
  // An expression would make a gender of it.
  if (NO_GENDER.has(textOf(detail['gender']))) delete detail['gender'];
  const member = readMember(detail);
  if (member instanceof MalformedMember) throw UNUSABLE;
  // A detail of somebody else is nobody's to store.
  if (member.userid.toLowerCase() !== userid.toLowerCase()) return { says: 'refused', reason: OF_ANOTHER };
  const { values } = mapMember(member, rules);
  return {
    says: 'member',
    externalId: externalId(userid),
    values: Object.fromEntries(GIVEN.flatMap((field) => (values[field] ? [[field, values[field]]] : []))),
  };
}

/** The fields of an account that a mapping feeds with what members give. */
export function consentFields({ mapping }: MappingRules): readonly ProfileField[] {
  const fed = new Set(mapping.fields.map(({ target }) => target));
  // The country comes with the number.
  return GIVEN.filter((field) => fed.has(field) && (field !== 'countryCode' || fed.has('phone')));
}

/** Undefined: the code or the ticket is used, too old, or another app's (docs 91023, 95833), while the credentials are good. */
async function unlessRefused<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof SyncError && ERROR_CODES.get(error.vendorCode ?? 0)?.kind === 'consent') return undefined;
    throw error;
  }
}

const UNUSABLE = new ProtocolError(
  text(
    'WeCom answered about the member in a way that cannot be read; nothing was stored.',
    '企业微信返回的成员信息无法读取，未存储任何内容。',
  ),
);
const OF_ANOTHER = text(
  'WeCom answered with the data of another member; nothing was stored. Begin again.',
  '企业微信返回了其他成员的数据，未存储任何内容。请重新开始。',
);
const NOT_TAKEN = text(
  'WeCom did not take your consent: it was used before, took too long, or is for another app. Begin again.',
  '企业微信未接受此次授权：可能已使用过、已过期，或属于其他应用。请重新开始。',
);

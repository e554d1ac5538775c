import type { FieldChange } from '../../../identity/change.ts';
import type { IdentityStore } from '../../../identity/identity-store.ts';
import { ConfigError } from '../../../syncer/errors.ts';
import { externalId } from '../../../syncer/external-id.ts';
import type { ProfileField, ProfileValues } from '../../../syncer/profile.ts';
import { isMemberLookup, type Syncer } from '../../../syncer/syncer.ts';
import { text, type Text } from '../../../syncer/text.ts';
import type { SyncerSettings } from '../../syncer-settings.ts';
import { askAbout } from '../ask-directory.ts';
import { scopeOf } from '../run-context.ts';
import { NO_LOOKUP } from '../sync-member.ts';
import { heldBy, NOT_HELD, planGift, type Gift } from './complete-member.ts';

/** What a gift would come to; nothing is stored, and a run may go on meanwhile. */
export type GiftPreview =
  | {
      readonly refusal: Text;
      /** Set where what the syncer leaves out says so, or does not see. */
      readonly by?: 'settings';
    }
  | {
      readonly fields: readonly FieldChange[];
      /** Fields that another account has the very value of. */
      readonly taken: readonly ProfileField[];
      /** What the account has of the fields that are given, and keeps. */
      readonly kept: ProfileValues;
    };

export interface GiftPreviewRequest {
  readonly settings: SyncerSettings;
  readonly syncer: Syncer;
  readonly identity: IdentityStore;
  readonly signal: AbortSignal;
}

/** The same as a run of it would say, by what directory and accounts are at this moment. */
export async function previewGift(
  userid: string,
  { values: given, earlier }: Gift,
  { settings, syncer, identity, signal }: GiftPreviewRequest,
): Promise<GiftPreview> {
  if (!isMemberLookup(syncer)) throw NO_LOOKUP;
  if (!identity.look) throw NO_LOOK;
  const id = externalId(userid);
  const answer = await askAbout(id, syncer, signal);
  if (answer.says === 'gone') return { refusal: GONE };
  if (answer.says !== 'inScope') return { refusal: answer.detail, by: 'settings' };
  const scope = scopeOf(settings);
  const context = { scope, limits: identity.columnLimits(scope), store: identity };
  const account = await identity.look((page) => heldBy(page, id, context));
  if (!account) return { refusal: NOT_HELD };
  const own = await earlier.of(`${settings.organization}/${account.name}`);
  const plan = await identity.look((page) => planGift(page, { profile: answer.profile, given, own }, context));
  if ('refusal' in plan) return plan;
  const { fields, owners } = plan;
  const taken = [...owners.keys()];
  const changed = new Set<string>([...fields.map(({ field }) => field), ...taken]);
  const kept = Object.fromEntries(
    Object.keys(given).flatMap((field) =>
      changed.has(field) ? [] : [[field, plan.account.values[field as ProfileField] ?? '']],
    ),
  );
  return { fields, taken, kept };
}

const GONE = text('The directory does not show this member any more.', '通讯录中已没有该成员。');
const NO_LOOK = new ConfigError(
  text(
    'The store of accounts shows nothing between two runs, so nobody can complete his own data here.',
    '账号存储不支持在同步之外查看账号，因此无法自助完善资料。',
  ),
);

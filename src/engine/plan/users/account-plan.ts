import type { AccountLink, AccountUpdate, Decision, NewAccount } from '../../../identity/account.ts';
import type { Change, ChangeKind, FieldChange } from '../../../identity/change.ts';
import type { ColumnLimits } from '../../../identity/column-limits.ts';
import type { ExternalKey } from '../../../syncer/external-id.ts';
import type { ProfileNote } from '../../../syncer/profile.ts';
import type { Text } from '../../../syncer/text.ts';
import type { Protections } from '../lock-outs/protections.ts';
import type { QuestionDraft } from '../question.ts';

/** Where a profile is to be written, and within which bounds. */
export interface PlanContext {
  readonly organization: string;
  readonly limits: ColumnLimits;
  /** `ORG/<group>` names by department; undefined = memberships are not synced. */
  readonly groupNames: ReadonlyMap<ExternalKey, string> | undefined;
  /** Groups (`ORG/<group>`) of ours that this run is not about: memberships in them stay. */
  readonly otherGroups?: ReadonlySet<string>;
  /** Name of the login column, as it is called in the change list. */
  readonly bindingColumn: string;
  /** Whom no run lets in, locks out or takes memberships from; absent: nobody. */
  readonly protections?: Pick<Protections, 'of' | 'alsoAs'>;
  /** A person asked for this very member: what a person deleted comes back. */
  readonly restoresDeleted?: boolean;
  /** What a person gives back keeps its password, bindings and sessions. */
  readonly keepsSignIn?: boolean;
}

/** Another account that the member had, and has no more because a person decided so. */
export interface DisplacedAccount {
  readonly update: AccountUpdate;
  readonly reports: readonly Pick<Change, 'kind' | 'user' | 'fields' | 'reason'>[];
  /** What is remembered of it. */
  readonly decision?: Decision;
  /** It would lose access in a freeze: nothing of this is done. */
  readonly isFrozen?: true;
}

/** A lock-out that the sweep has to decide: never applied on the page where it was found. */
interface PendingLockOut {
  readonly key: ExternalKey;
  /** As the directory spells it now. */
  readonly userid: string;
  readonly reason: Text;
  /** Somebody switched the member off in the directory. */
  readonly isDisabled?: true;
}

/** What is to be done for one member. */
export interface AccountPlan {
  readonly kind:
    | Extract<ChangeKind, 'create' | 'update' | 'restore' | 'link' | 'conflict' | 'skip'>
    | 'unchanged'
    /** Nobody of ours, and nothing to do: neither listed nor counted. */
    | 'none';
  readonly userid: string;
  /** `ORG/NAME`, or "" where there is no account. */
  readonly user: string;
  readonly fields: readonly FieldChange[];
  readonly reason: Text;
  /** A skip that is as it should be: nothing failed, the account is to stay as it is, in these groups. */
  readonly keeps?: readonly string[];
  readonly create?: NewAccount;
  readonly update?: AccountUpdate;
  readonly link?: AccountLink;
  /** The key under which the account was held until now; its link goes. */
  readonly formerKey?: ExternalKey;
  readonly lockOut?: PendingLockOut;
  /** A change beside that of the plan, for a person to look at. */
  readonly report?: Pick<Change, 'kind' | 'user' | 'fields' | 'reason'>;
  /** What was not done about the account because a person said to leave it alone. */
  readonly leftAlone?: Pick<Change, 'fields' | 'reason'>;
  /** What only a person can decide about this member. */
  readonly question?: QuestionDraft;
  readonly displaced?: readonly DisplacedAccount[];
  /** What waits for the end of a freeze, and with it what a person decided of this member. */
  readonly frozen?: DisplacedAccount['reports'];
  /** The directory shows somebody under this key who may be another person: planned again when a person said that it is the same. */
  readonly handedOn?: true;
  /** What a person said of this member. */
  readonly decision?: Decision;
  /** A person gave somebody this account: whatever let anybody in before ends. */
  readonly endsSignIn?: true;
  /** Set: once this is applied, the account is one more of this syncer's that can sign in. */
  readonly grants?: true;
  /** Nobody reviewed it: nothing of it is done. */
  readonly passedOver?: true;
  readonly notes: readonly ProfileNote[];
}

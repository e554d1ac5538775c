import { expect } from 'chai';
import type { AccountPlan, PlanContext } from '../../../src/engine/plan/users/account-plan.ts';
import {
  changesOf,
  hasOnlyOwnInTheWay,
  mayBeRenamed,
  newcomersAmong,
  planMember,
  statedFields,
  type PageKnowledge,
} from '../../../src/engine/plan/page.ts';
import type { HeldAccount } from '../../../src/identity/account.ts';
import { CASDOOR_LIMITS } from '../../../src/identity/column-limits.ts';
import type { ExternalKey } from '../../../src/syncer/external-id.ts';
import type { UserProfile } from '../../../src/syncer/profile.ts';
import { text } from '../../../src/syncer/text.ts';
import { aKey, aLink, anAccount, aProfile, DISABLED } from '../../support/builders.ts';

const CONTEXT: PlanContext = {
  organization: 'acme',
  limits: CASDOOR_LIMITS,
  groupNames: undefined,
  bindingColumn: 'wecom',
};
const WHY = text('why', '原因');

const aPlan = (plan: Partial<AccountPlan>): AccountPlan => ({
  kind: 'unchanged',
  userid: 'zhangsan',
  user: 'acme/zhangsan',
  fields: [],
  reason: WHY,
  notes: [],
  ...plan,
});

const byKey = <T>(of: Readonly<Record<string, T>>): Map<ExternalKey, T> =>
  new Map(Object.entries(of).map(([id, value]) => [aKey(id), value]));

const knowing = (known: Partial<PageKnowledge> = {}): PageKnowledge => ({
  held: new Map(),
  renamed: new Map(),
  matched: new Map(),
  ...known,
});

const HELD: HeldAccount = { link: aLink(), account: anAccount() };
/** Its account was renamed or deleted. */
const LOST: HeldAccount = { link: aLink(), account: null };

const standsInTheWay = (...users: readonly string[]): AccountPlan =>
  aPlan({ kind: 'conflict', user: '', fields: [{ field: 'candidates', before: users, after: null }] });

describe('a page of members', () => {
  it('reads the fields that somebody on it has, and the country with every number', () => {
    for (const [values, fields] of [
      [[], []],
      [
        [{ displayName: 'Zhang San' }, { displayName: '', title: 'CEO' }],
        ['displayName', 'title'],
      ],
      [[{ email: '' }], ['email']],
      [[{ phone: '13800000000' }], ['phone', 'countryCode']],
    ] as const) {
      const profiles = values.map((one) => aProfile({ values: one }));
      expect(statedFields(profiles), JSON.stringify(values)).to.have.members(fields);
    }
  });

  describe('looks for an account of whoever', () => {
    const isNewcomer = (profile: UserProfile, known: Partial<PageKnowledge> = {}): boolean =>
      newcomersAmong([profile], knowing(known)).length === 1;

    it('has none of ours', () => {
      expect(isNewcomer(aProfile())).to.equal(true);
      expect(isNewcomer(aProfile({ userid: 'ZhangSan' }), { held: byKey({ zhangsan: HELD }) })).to.equal(false);
    });
    it('has a link whose account is not where it says', () => {
      expect(isNewcomer(aProfile(), { held: byKey({ zhangsan: LOST }) })).to.equal(true);
    });
    it('did not have it under another userid until now', () => {
      expect(isNewcomer(aProfile(), { renamed: byKey({ zhangsan: aPlan({}) }) })).to.equal(false);
    });
    it('was shown with more than an id', () => {
      expect(isNewcomer(aProfile({ complete: false }))).to.equal(false);
    });
  });

  describe('plans a member', () => {
    const kindOf = (known: Partial<PageKnowledge>, differences: Parameters<typeof aProfile>[0] = {}): string =>
      planMember(aProfile(differences), knowing(known), CONTEXT).kind;
    const renamed = byKey({ zhangsan: aPlan({ kind: 'link' }) });
    const matched = byKey({ zhangsan: aPlan({ kind: 'create' }) });

    it('by the account that is held, before anything else that was found', () => {
      expect(kindOf({ held: byKey({ zhangsan: HELD }), renamed, matched })).to.equal('unchanged');
    });
    it('by the account of another userid before that of a newcomer', () => {
      expect(kindOf({ renamed, matched })).to.equal('link');
      expect(kindOf({ held: byKey({ zhangsan: LOST }), matched })).to.equal('create');
    });
    it('as one whose account a person deleted when nothing was found', () => {
      expect(kindOf({ held: byKey({ zhangsan: LOST }) })).to.equal('skip');
    });
    it('of whom only the id is shown without making or changing anybody', () => {
      expect(kindOf({ matched }, { complete: false })).to.equal('none');
      expect(kindOf({ held: byKey({ zhangsan: HELD }) }, { complete: false })).to.equal('unchanged');
    });
    it('who may be another person by what a person said', () => {
      const account = anAccount({ values: { displayName: 'Li Si', email: 'lisi@example.com' } });
      const profile = aProfile({ values: { displayName: 'Zhang San', email: 'zs@example.com' } });
      const known = knowing({ held: byKey({ zhangsan: { link: aLink(), account } }) });
      expect(planMember(profile, known, CONTEXT).kind).to.equal('conflict');
      expect(planMember(profile, known, CONTEXT, true).kind).to.equal('update');
    });
  });

  it('lets wait whom an account of his own would be made for, or who meets one, or claims none', () => {
    const profile = aProfile();
    for (const [what, plan, claims, waits] of [
      ['new', aPlan({ kind: 'create' }), undefined, true],
      ['in the way', standsInTheWay('acme/a'), undefined, true],
      ['linked', aPlan({ kind: 'link' }), undefined, false],
      ['claims by a value', undefined, ['a'], false],
      ['has a value of somebody held', undefined, [], true],
    ] as const) {
      const matched = byKey<AccountPlan>(plan ? { zhangsan: plan } : {});
      const claimed = new Map<UserProfile, readonly string[]>(claims ? [[profile, claims]] : []);
      expect(mayBeRenamed([profile], { matched }, claimed).length === 1, what).to.equal(waits);
    }
  });

  it('lets nobody wait for an account of before while one of somebody else is in the way', () => {
    const formerSelves = [{ key: aKey('old'), accountName: 'old', resemblance: 'same' as const }];
    for (const [plan, isOnlyOwn] of [
      [aPlan({ kind: 'create' }), true],
      [standsInTheWay('acme/old'), true],
      [standsInTheWay('acme/old', 'acme/other'), false],
    ] as const) {
      const matched = byKey({ zhangsan: plan });
      expect(hasOnlyOwnInTheWay({ profile: aProfile(), formerSelves }, { matched }, 'acme')).to.equal(isOnlyOwn);
    }
  });

  describe('lists', () => {
    const state = (plan: Partial<AccountPlan>, dryRun = false): string =>
      changesOf([aPlan(plan)], dryRun)
        .changes.map((change) => `${change.kind} ${change.state}`)
        .join();

    it('what was done, and what a person has to look at as what was not', () => {
      for (const [plan, applied, foreseen] of [
        [{ kind: 'unchanged' }, '', ''],
        [{ kind: 'none' }, '', ''],
        [{ kind: 'create' }, 'create applied', 'create planned'],
        [{ kind: 'update' }, 'update applied', 'update planned'],
        [{ kind: 'restore' }, 'restore applied', 'restore planned'],
        [{ kind: 'link' }, 'link applied', 'link planned'],
        [{ kind: 'conflict' }, 'conflict failed', 'conflict planned'],
        [{ kind: 'skip' }, 'skip applied', 'skip planned'],
        [{ kind: 'skip', keeps: ['acme/sales'] }, 'skip applied', 'skip planned'],
      ] as const) {
        expect(state(plan), plan.kind).to.equal(applied);
        expect(state(plan, true), `${plan.kind} in a preview`).to.equal(foreseen);
      }
    });

    it('a report beside its change, and names every conflict in a warning', () => {
      const report = { kind: 'conflict', user: 'acme/old', fields: [], reason: WHY } as const;
      const { changes, tally } = changesOf([aPlan({ kind: 'create', report }), aPlan({ kind: 'conflict' })], false);
      expect(changes.map(({ kind, user }) => `${kind} ${user}`)).to.deep.equal([
        'create acme/zhangsan',
        'conflict acme/old',
        'conflict acme/zhangsan',
      ]);
      expect(tally.counts).to.deep.equal({ created: 1, conflicts: 2 });
      expect(tally.notes.map(({ note }) => note.code)).to.deep.equal(['conflict', 'conflict']);
    });
  });

  it('counts nobody as unchanged who is to lose access, and one who is made without access twice', () => {
    const lockOut = { key: aKey('zhangsan'), userid: 'zhangsan', reason: WHY };
    const created = planMember(
      aProfile({ access: DISABLED }),
      knowing({
        matched: byKey({ zhangsan: aPlan({ kind: 'create', create: { ...anAccount(), isForbidden: true } }) }),
      }),
      CONTEXT,
    );
    const { tally } = changesOf([aPlan({}), aPlan({ lockOut }), created], false);
    expect(tally.counts).to.deep.equal({ unchanged: 1, created: 1, forbidden: 1 });
  });
});

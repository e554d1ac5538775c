import type { SyncEngine } from '../../engine/engine.ts';
import { CandidateIndex } from '../../engine/plan/users/candidates.ts';
import type { AccountLinkWrite, Candidate, LockedBy } from '../../identity/account.ts';
import type { IdentityStore, SyncerScope } from '../../identity/identity-store.ts';
import type { FieldChange } from '../../identity/change.ts';
import { chunks } from '../../syncer/chunks.ts';
import { ConfigError } from '../../syncer/errors.ts';
import { externalId, keyOf, type ExternalKey } from '../../syncer/external-id.ts';
import type { SyncerRegistry } from '../../syncer/registry.ts';
import { text, type Text } from '../../syncer/text.ts';
import type { Actor, AuditLog } from '../audit/audit-log.ts';
import type { AuditedSyncers } from '../audit/audited-syncers.ts';
import { settingsChanges } from '../audit/settings-changes.ts';
import { Refusal } from '../refusal.ts';
import type { SyncerRecord } from '../syncers/syncer-record.ts';
import type { SyncerService } from '../syncers/syncer-service.ts';
import type { CasdoorSyncer, CasdoorSyncerStore } from './casdoor-syncer.ts';

const TYPE = 'WeCom';
/** Among the keys of Casdoor's that mean nothing here: which of its syncers ours was made of. */
const MADE_OF = 'adoptedFrom';
/** What Casdoor's page fills into a new syncer; nobody's credentials. */
const PLACEHOLDER = { user: 'root', password: '123456' };
const PAGE = 500;

export interface AdoptionDeps {
  readonly casdoors: CasdoorSyncerStore;
  readonly identity: IdentityStore;
  readonly registry: SyncerRegistry;
  readonly syncers: SyncerService;
  readonly engine: SyncEngine;
  readonly audit: AuditLog;
  readonly auditedSyncers: AuditedSyncers;
}

export interface AdoptionWish {
  /** `ORG/NAME`; absent: all of them. */
  readonly id?: string;
  readonly dryRun: boolean;
  /** Who is taken to have forbidden the accounts that are: a run allows again whom a syncer forbade. */
  readonly forbiddenBy: LockedBy;
}

/** What became of one of the IAM's syncers, or would. */
export interface Adopted {
  /** `ORG/NAME` of ours. */
  readonly syncer: string;
  /** `OWNER/NAME` of the IAM's. */
  readonly from: string;
  /** `present`: ours was there already. */
  readonly state: 'adopted' | 'present' | 'refused';
  /** Accounts that ours holds from now on, and how many of them are forbidden. */
  readonly linked: number;
  readonly forbidden: number;
  /** Accounts that only a person can decide about, and why. */
  readonly leftAlone: readonly { readonly user: string; readonly reason: Text }[];
  /** The IAM's is switched on: the two would undo each other's work. */
  readonly isEnabledThere: boolean;
  readonly notes: readonly Text[];
  /** Why it was refused. */
  readonly problem: Text | null;
}

/** How many accounts a syncer holds. */
interface Held {
  readonly before: number;
  readonly after: number;
}

interface Links {
  readonly links: readonly AccountLinkWrite[];
  readonly forbidden: number;
  readonly leftAlone: Adopted['leftAlone'];
}

/** Makes our syncers of the IAM's own, so that accounts and settings stay as they are. */
export class Adoption {
  readonly #deps: AdoptionDeps;

  constructor(deps: AdoptionDeps) {
    this.#deps = deps;
  }

  /**
   * @param actor answers for it
   * @returns nothing where there is nothing to adopt
   */
  async adopt(wish: AdoptionWish, actor: Actor): Promise<readonly Adopted[]> {
    const all = onePerName(await this.#deps.casdoors.list());
    const wanted = all.filter(
      ({ organization, name }) => wish.id === undefined || `${organization}/${name}` === wish.id,
    );
    const adopted: Adopted[] = [];
    for (const casdoor of wanted) adopted.push(await this.#adoptOne(casdoor, all, wish, actor));
    return adopted;
  }

  /**
   * Forgets a syncer that was adopted, with its links and runs; no account and no group is touched.
   *
   * @param actor answers for it
   * @returns how many accounts it held; undefined: there is no such syncer
   * @throws Refusal when it was not adopted
   */
  async undo(id: string, dryRun: boolean, actor: Actor): Promise<number | undefined> {
    const { identity, auditedSyncers, syncers } = this.#deps;
    const [organization = '', name = ''] = id.split('/');
    const record = await syncers.find(organization, name, organization);
    if (!record) return undefined;
    if (record.leftovers[MADE_OF] === undefined) throw notAdopted(id);
    const held = await identity.countLinks(this.#scopeOf(record));
    if (dryRun) return held;
    // What it made is remembered as that of every deleted syncer: adopted again, it has its groups again.
    await auditedSyncers.remove(record, { leavings: 'keep', heir: '' }, actor);
    return held;
  }

  async #adoptOne(
    casdoor: CasdoorSyncer,
    all: readonly CasdoorSyncer[],
    wish: AdoptionWish,
    actor: Actor,
  ): Promise<Adopted> {
    const { organization, name, id: from, isEnabled: isEnabledThere } = casdoor;
    const syncer = `${organization}/${name}`;
    const outcome = { syncer, from, linked: 0, forbidden: 0, leftAlone: [], isEnabledThere, notes: [], problem: null };
    try {
      const ours = await this.#deps.syncers.find(organization, name, organization);
      if (ours) this.#requireSameCompany(ours, casdoor);
      if (wish.dryRun) return { ...outcome, ...(await this.#planned(casdoor, all, ours, wish)) };
      const adopted = await this.#deps.audit.during(
        actor,
        { action: 'adopt-syncer', organization, target: syncer },
        () => this.#adopted(casdoor, all, ours, wish),
        ({ record, held }) => ({ changes: this.#changes(ours, record, held) }),
      );
      return { ...outcome, ...adopted.outcome };
    } catch (error) {
      if (!(error instanceof Refusal) && !(error instanceof ConfigError)) throw error;
      return { ...outcome, state: 'refused', problem: error.text };
    }
  }

  /** What would become of it. */
  async #planned(
    casdoor: CasdoorSyncer,
    all: readonly CasdoorSyncer[],
    ours: SyncerRecord | undefined,
    { forbiddenBy }: AdoptionWish,
  ) {
    if (!ours) await this.#deps.syncers.checked(bodyOf(casdoor));
    const { links, ...found } = await this.#linksOf(casdoor, all, ours, forbiddenBy);
    return { ...found, state: ours ? 'present' : 'adopted', linked: links.length } as const;
  }

  async #adopted(
    casdoor: CasdoorSyncer,
    all: readonly CasdoorSyncer[],
    ours: SyncerRecord | undefined,
    { forbiddenBy }: AdoptionWish,
  ) {
    const { identity, syncers } = this.#deps;
    const { record, notes } = ours
      ? { record: ours, notes: [] }
      : await syncers.add(bodyOf(casdoor), { [MADE_OF]: casdoor.id });
    const { links, ...found } = await this.#linksOf(casdoor, all, record, forbiddenBy);
    const before = ours ? { linked: 0, forbidden: 0 } : await this.#decideForbidden(record, links, forbiddenBy);
    await this.#store(record, links);
    const after = await identity.countLinks(this.#scopeOf(record));
    const linked = before.linked + links.length;
    return {
      record,
      held: { before: ours ? after - linked : 0, after },
      outcome: {
        ...found,
        state: ours ? 'present' : 'adopted',
        linked,
        forbidden: before.forbidden + found.forbidden,
        notes,
      } as const,
    };
  }

  /** What became different, for the audit log: settings of ours that were not there, and how many accounts it holds. */
  #changes(ours: SyncerRecord | undefined, record: SyncerRecord, { before, after }: Held): readonly FieldChange[] {
    const settings = ours ? [] : settingsChanges(undefined, this.#deps.auditedSyncers.settingsOf(record));
    if (before === after) return settings;
    return [...settings, { field: 'accounts', before: String(before), after: String(after) }];
  }

  /** @throws Refusal when a syncer of ours that has the name reads another company */
  #requireSameCompany(ours: SyncerRecord, { values }: CasdoorSyncer): void {
    const there = this.#deps.syncers.directoryOf({ type: TYPE, settings: { user: values['user'] } });
    if (ours.type === TYPE && this.#deps.syncers.directoryOf(ours) === there) return;
    throw new Refusal(
      text(
        `There is a syncer ${ours.organization}/${ours.name} already, and it reads another company: rename it first.`,
        `已存在同步器 ${ours.organization}/${ours.name}，且读取的是另一家企业：请先重命名。`,
      ),
    );
  }

  /**
   * The accounts that are beyond doubt a member's of this company, by the rules of every run: by the login binding, or
   * by the id that a sync gave them. Where several companies are synced into one organization a binding does not say of
   * which it is, so there only what this very syncer made counts.
   */
  async #linksOf(
    casdoor: CasdoorSyncer,
    all: readonly CasdoorSyncer[],
    record: SyncerRecord | undefined,
    forbiddenBy: LockedBy,
  ): Promise<Links> {
    const { casdoors, identity, syncers } = this.#deps;
    const { organization, name } = casdoor;
    const scope = this.#scopeOf(record ?? { id: '', organization, name });
    const there = all.filter((other) => other.organization === organization).map(({ values }) => values['user']);
    const here = (await syncers.list(organization)).filter(({ type }) => type === TYPE);
    const companies = new Set([...there, ...here.map(({ settings }) => settings['user'])]);
    const made = companies.size > 1 ? await casdoors.accountsMadeBy(organization, scope.source) : undefined;
    const index = new CandidateIndex([], scope.source);
    const free = new Map<ExternalKey, Candidate>();
    for await (const candidates of identity.candidates(scope)) {
      for (const candidate of candidates) {
        index.add(candidate);
        const { account, heldBy, origin } = candidate;
        const member = account.binding || (origin === 'sync' ? account.id : '');
        if (member === '' || heldBy !== null || made?.has(account.name) === false) continue;
        free.set(keyOf(externalId(member)), candidate);
      }
    }
    return linksTo(free, index, forbiddenBy);
  }

  async #store(record: SyncerRecord, links: readonly AccountLinkWrite[]): Promise<void> {
    if (links.length === 0) return;
    const { engine, identity } = this.#deps;
    const scope = this.#scopeOf(record);
    await engine.exclusively(record.id, async (lease) => {
      for (const page of chunks(links, PAGE)) {
        await identity.page(lease, (tables) => tables.write(scope, { runId: '', links: page }));
      }
    });
  }

  /**
   * Who forbade the accounts that a new syncer of ours holds because one which was undone left them to it.
   *
   * @param links what it gets besides, which says so itself
   * @returns how many it holds without these, and how many of them are forbidden
   */
  async #decideForbidden(
    record: SyncerRecord,
    links: readonly AccountLinkWrite[],
    by: LockedBy,
  ): Promise<Pick<Adopted, 'linked' | 'forbidden'>> {
    const { engine, identity } = this.#deps;
    const scope = this.#scopeOf(record);
    const written = new Set(links.map(({ key }) => key));
    let [linked, forbidden] = [0, 0];
    await engine.exclusively(record.id, async (lease) => {
      for await (const keys of identity.heldKeys(scope)) {
        const page = await identity.page(lease, async (tables) => {
          const left = keys.filter((key) => !written.has(key));
          const held = [...(await tables.heldAccounts(scope, left)).values()];
          const locked = held.filter(({ account }) => account?.isForbidden === true);
          const decided = locked.flatMap(({ link }) => (link.forbiddenBy === by ? [] : [{ ...link, forbiddenBy: by }]));
          await tables.write(scope, { runId: '', links: decided });
          return { linked: held.length, forbidden: locked.length };
        });
        linked += page.linked;
        forbidden += page.forbidden;
      }
    });
    return { linked, forbidden };
  }

  #scopeOf({ id, organization, name }: Pick<SyncerRecord, 'id' | 'organization' | 'name'>): SyncerScope {
    const { bindingColumn = '' } = this.#deps.registry.get(TYPE);
    return { syncerId: id, organization, source: `${organization}/${name}`, bindingColumn };
  }
}

function linksTo(free: ReadonlyMap<ExternalKey, Candidate>, index: CandidateIndex, forbiddenBy: LockedBy): Links {
  const links: AccountLinkWrite[] = [];
  const leftAlone: { readonly user: string; readonly reason: Text }[] = [];
  let forbidden = 0;
  for (const [key, { account }] of free) {
    const match = index.identify(key);
    if (match?.found !== 'account' || match.name !== account.name) {
      if (match?.found === 'conflict')
        leftAlone.push({ user: `${account.owner}/${account.name}`, reason: match.reason });
      continue;
    }
    if (account.isForbidden) forbidden += 1;
    links.push({
      key,
      externalId: externalId(account.binding || account.id),
      accountName: account.name,
      accountId: account.id,
      forbiddenBy: account.isForbidden ? forbiddenBy : null,
      deletedBy: account.isDeleted ? 'person' : null,
      // Casdoor's syncer makes no memberships: those that there are, are not ours to take away.
      groups: [],
    });
  }
  return { links, forbidden, leftAlone };
}

/** Casdoor's page calls a syncer `admin/NAME`, its SDKs `ORG/NAME`; here the two are one. */
function onePerName(all: readonly CasdoorSyncer[]): readonly CasdoorSyncer[] {
  const byName = new Map<string, CasdoorSyncer>();
  for (const syncer of all) {
    const name = `${syncer.organization}/${syncer.name}`;
    const known = byName.get(name);
    if (!known || (syncer.isEnabled && !known.isEnabled)) byName.set(name, syncer);
  }
  return [...byName.values()];
}

function bodyOf({ organization, name, values }: CasdoorSyncer): Readonly<Record<string, unknown>> {
  const isPlaceholder = values['user'] === PLACEHOLDER.user && values['password'] === PLACEHOLDER.password;
  return {
    ...values,
    ...(isPlaceholder && { user: '', password: '' }),
    organization,
    name,
    type: TYPE,
    // Casdoor knows one address of WeCom's, and leaves here what belongs to another type.
    host: '',
    syncInterval: Math.max(0, Number(values['syncInterval'] ?? 0)),
    isEnabled: false,
  };
}

const notAdopted = (id: string): Refusal =>
  new Refusal(
    text(
      `${id} was not adopted, so there is nothing to undo; it is deleted like every other syncer.`,
      `${id} 并非接管而来，没有可撤销的内容；请像其他同步器一样删除。`,
    ),
  );

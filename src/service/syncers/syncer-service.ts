import { randomUUID } from 'node:crypto';
import { leaseTaken } from '../../engine/reasons.ts';
import { requireParentGroup } from '../../engine/plan/groups/parent-group.ts';
import type { LeaseStore } from '../../engine/ports/lease-store.ts';
import type { SyncerSettings } from '../../engine/syncer-settings.ts';
import {
  DEFAULT_SETTINGS,
  EXCLUDED_POLICIES,
  LEAVER_POLICIES,
  type ExcludedPolicy,
  type LinkRule,
  type RemovalLimit,
} from '../../engine/syncer-settings.ts';
import type { IdentityStore } from '../../identity/identity-store.ts';
import type { SecretAddresses } from './secret-address.ts';
import type { SyncerDraft, SyncerRecord, SyncerStore } from './syncer-record.ts';
import type { CallbackReader } from '../../syncer/callback.ts';
import { isStorable } from '../../syncer/characters.ts';
import type { SyncerConfig, SyncerDefinition, SyncerDeps } from '../../syncer/definition.ts';
import { NotFoundError } from '../../syncer/errors.ts';
import type { SyncerRegistry } from '../../syncer/registry.ts';
import type { Syncer } from '../../syncer/syncer.ts';
import { text, type Text } from '../../syncer/text.ts';
import { BUILT_IN } from '../../identity/account.ts';
import type { AllowedHosts } from '../limits/allowed-hosts.ts';
import type { CredentialBudget } from '../limits/credential-budget.ts';
import { noSuchOrganization, Refusal } from '../refusal.ts';
import { checkSelfService } from './self-service.ts';
import { abilitiesOf } from './abilities.ts';
import { DraftTrials } from './draft-trials.ts';
import { mergeSyncer, type MergedSyncer } from './syncer-body.ts';
import { StoredSecrets, SYNCER_DELETED } from './stored-secrets.ts';
import { SyncerCalendar } from './syncer-calendar.ts';
import { heldValue, SyncerFields } from './syncer-shape.ts';

type Body = Readonly<Record<string, unknown>>;

export interface SavedSyncer {
  readonly record: SyncerRecord;
  readonly notes: readonly Text[];
}

export interface SyncerServiceDeps {
  readonly records: SyncerStore;
  readonly addresses: SecretAddresses;
  readonly registry: SyncerRegistry;
  readonly identity: IdentityStore;
  readonly leases: LeaseStore;
  readonly credentials: CredentialBudget;
  readonly connector: SyncerDeps;
  /** Absent: only the definitions say where secrets may be sent. */
  readonly allowedHosts?: AllowedHosts;
  /** Where people reach the page; absent: nobody has said so. */
  readonly publicUrl?: string;
}

/** A save takes a moment; should the process die in it, so long nobody runs the syncer. */
const MOVE_TTL_MS = 30_000;

/** What stands for "whichever organization": the page's spelling, that of SDKs configured for `built-in`, and none. */
const ANY_OWNER: ReadonlySet<string> = new Set(['admin', BUILT_IN, '']);
export const isAnyOwner = (owner: string): boolean => ANY_OWNER.has(owner);

/** A syncer as one statement found it, with settings and plain secrets that belong together. */
export interface OpenedSyncer {
  readonly record: SyncerRecord;
  readonly config: SyncerConfig;
}

/** Configured syncers: found by either spelling, saved, tested, opened. */
export class SyncerService {
  readonly fields: SyncerFields;
  readonly #deps: SyncerServiceDeps;
  /** Of settings, saved or not. */
  readonly trials: DraftTrials;
  readonly #secrets: StoredSecrets;

  constructor(deps: SyncerServiceDeps) {
    this.#deps = deps;
    this.fields = new SyncerFields(deps.registry);
    this.#secrets = new StoredSecrets({ ...deps, fields: this.fields });
    this.trials = new DraftTrials({
      ...deps,
      fields: this.fields,
      secrets: this.#secrets,
      open: (draft, config) => this.open(draft, config),
      bindingColumnOf: ({ type }) => this.#deps.registry.find(type)?.bindingColumn,
    });
  }

  list(organization?: string): Promise<readonly SyncerRecord[]> {
    return this.#deps.records.list(organization);
  }

  byId(id: string): Promise<SyncerRecord | undefined> {
    return this.#deps.records.findById(id);
  }

  /**
   * By `ORG/NAME`, or by `admin/NAME` and the organization that came with it.
   *
   * @param organization "" = not said
   * @throws Refusal when several organizations have a syncer of this name and none was said
   */
  async find(owner: string, name: string, organization: string): Promise<SyncerRecord | undefined> {
    if (!isAnyOwner(owner)) return this.#exact(owner, name);
    if (organization !== '') return this.#exact(organization, name);
    const found = await this.named(name);
    if (found.length > 1) {
      const organizations = found.map((record) => record.organization).join(', ');
      throw new Refusal(
        text(
          `Several organizations have a syncer "${name}" (${organizations}): send "organization" too.`,
          `多个组织都有名为“${name}”的同步器(${organizations})，请同时提供 organization 参数。`,
        ),
      );
    }
    return found[0];
  }

  /** Those of all organizations that have this name. */
  async named(name: string): Promise<readonly SyncerRecord[]> {
    return (await this.list()).filter((record) => record.name === name);
  }

  async #exact(organization: string, name: string): Promise<SyncerRecord | undefined> {
    // Names come from addresses, too; nothing is called what a database does not take.
    if (!isStorable(organization) || !isStorable(name)) return undefined;
    const record = await this.#deps.records.find(organization, name);
    return record?.organization === organization && record.name === name ? record : undefined;
  }

  /**
   * What comes of a body laid over what is stored.
   *
   * @throws Refusal or ConfigError that names what to change: it is not to be stored
   */
  async checked(body: Body, stored?: SyncerRecord, isWritten = false): Promise<MergedSyncer> {
    const merged = mergeSyncer(this.fields, body, stored, isWritten);
    await this.#check(merged, stored);
    return merged;
  }

  /** Stores what was checked; a stored syncer stays in its organization. */
  async store({ draft, secrets, notes }: MergedSyncer, stored?: SyncerRecord): Promise<SavedSyncer> {
    const { records } = this.#deps;
    const record = await (stored
      ? records.save({ ...stored, ...draft, createdTime: stored.createdTime }, secrets)
      : records.add(draft, secrets));
    return { record, notes: [...notes, ...(await this.#takeUpLeavings(record))] };
  }

  /**
   * @param leftovers what is to be remembered of it beside its keys
   * @throws Refusal or ConfigError that names what to change; nothing was stored
   */
  async add(body: Body, leftovers: Body = {}): Promise<SavedSyncer> {
    const merged = await this.checked(body);
    return this.store({
      ...merged,
      draft: { ...merged.draft, leftovers: { ...merged.draft.leftovers, ...leftovers } },
    });
  }

  /** @throws Refusal or ConfigError that names what to change; nothing was stored */
  async update(stored: SyncerRecord, body: Body): Promise<SavedSyncer> {
    const merged = await this.checked(body, stored);
    const { organization } = merged.draft;
    const save = (): Promise<SavedSyncer> => this.store(merged, stored);
    return organization === stored.organization ? save() : this.#move(stored, organization, save);
  }

  /** Which directory a syncer reads: what its definition says tells one from another; "" where nothing does. */
  directoryOf({ type, settings }: Pick<SyncerRecord, 'type' | 'settings'>): string {
    const field = this.#deps.registry.find(type)?.directoryField;
    const value = field === undefined ? undefined : settings[field];
    return typeof value === 'string' ? value.trim().slice(0, 255) : '';
  }

  /** What a deleted syncer of this name left is this one's again. */
  async #takeUpLeavings(record: SyncerRecord): Promise<readonly Text[]> {
    const { accounts, groups } = await this.#deps.records.takeUpLeavings(record, this.directoryOf(record));
    if (accounts + groups === 0) return [];
    return [
      text(
        `It holds ${accounts} accounts and ${groups} groups that a deleted syncer of this name left.`,
        `已接管同名的已删除同步器留下的 ${accounts} 个账号和 ${groups} 个群组。`,
      ),
    ];
  }

  /**
   * A syncer as it is stored at this moment, which may be newer than a record that was read before.
   *
   * @throws ConfigError when SECRET_KEY or the address of the syncer is not the one that the secrets were stored with
   * @throws NotFoundError when it was deleted
   */
  async opened(id: string): Promise<OpenedSyncer> {
    const opened = await this.#deps.records.open(id);
    if (!opened) throw new NotFoundError(SYNCER_DELETED);
    const { record, secrets } = opened;
    return { record, config: this.fields.configOf(record.type, record.settings, secrets) };
  }

  /** The same for a run: what cannot be opened is the run's own failure, so that it is stored and shown like every other. */
  async openedForRun(record: SyncerRecord): Promise<{ readonly record: SyncerRecord; readonly open: () => Syncer }> {
    try {
      const now = await this.opened(record.id);
      return { record: now.record, open: () => this.open(now.record, now.config) };
    } catch (error) {
      const open = (): never => {
        throw error;
      };
      return { record, open };
    }
  }

  /** Answers the syncers whose secrets could not be bound to their address: stored with another SECRET_KEY. */
  bindSecrets(): Promise<readonly string[]> {
    return this.#deps.records.bindSecrets();
  }

  /** @throws ConfigError when the type is not known, or an address is not allowed */
  open({ type }: Pick<SyncerRecord, 'type'>, config: SyncerConfig): Syncer {
    const definition = this.#definitionOf(type);
    this.#deps.allowedHosts?.check(definition, config);
    return definition.open(config, this.#deps.connector);
  }

  /**
   * What reads the directory's own messages to this syncer; undefined: it expects none.
   *
   * @throws ConfigError when the configuration is wrong
   */
  callbacksOf(record: SyncerRecord, config: SyncerConfig): CallbackReader | undefined {
    return this.#definitionOf(record.type).openCallbacks?.(config);
  }

  /** @throws ConfigError when the type is not known */
  settingsOf(record: SyncerRecord): SyncerSettings {
    const { settings } = record;
    return {
      id: record.id,
      organization: record.organization,
      name: record.name,
      bindingColumn: this.#definitionOf(record.type).bindingColumn,
      leavers: LEAVER_POLICIES.find((policy) => policy === settings['leavers']) ?? DEFAULT_SETTINGS.leavers,
      graceDays: daysIn(settings['graceDays']),
      deleteDays: daysIn(settings['deleteDays']),
      removalLimit: (settings['removalLimit'] as RemovalLimit | undefined) ?? DEFAULT_SETTINGS.removalLimit,
      syncGroups: settings['syncGroups'] !== !DEFAULT_SETTINGS.syncGroups,
      parentGroup: parentGroupIn(settings),
      linkBy: (settings['linkBy'] as readonly LinkRule[] | undefined) ?? DEFAULT_SETTINGS.linkBy,
      freeze: new SyncerCalendar(record).freeze,
      excluded: this.#excludedPolicy(record),
    };
  }

  #excludedPolicy({ type, settings }: SyncerRecord): ExcludedPolicy {
    const field = this.fields.of(type).get('scope');
    const held = field && (heldValue(field, settings['scope']) as { readonly excluded?: unknown });
    return EXCLUDED_POLICIES.find((policy) => policy === held?.excluded) ?? 'leaver';
  }

  /** By `ORG/NAME`. */
  async byName(id: string): Promise<SyncerRecord | undefined> {
    const slash = id.indexOf('/');
    const organization = id.slice(0, Math.max(slash, 0));
    return organization === '' ? undefined : this.find(organization, id.slice(slash + 1), organization);
  }

  /**
   * The same.
   *
   * @throws NotFoundError when there is no such syncer
   */
  async required(id: string): Promise<SyncerRecord> {
    const record = await this.byName(id);
    if (!record) throw new NotFoundError(text(`The syncer "${id}" does not exist.`, `同步器“${id}”不存在。`));
    return record;
  }

  /** Whether one member of it may be read alone. */
  canReadOneMember({ type }: Pick<SyncerRecord, 'type'>): boolean {
    return abilitiesOf(this.#definitionOf(type)).oneMember;
  }

  #definitionOf(type: string): SyncerDefinition {
    return this.#deps.registry.get(type);
  }

  async #check(merged: MergedSyncer, stored: SyncerRecord | undefined): Promise<void> {
    const { draft } = merged;
    await this.#checkOrganization(draft.organization);
    if (draft.name !== stored?.name || draft.organization !== stored.organization) {
      const taken = await this.#deps.records.find(draft.organization, draft.name);
      if (taken && taken.id !== stored?.id) {
        throw new Refusal(
          text(
            `Organization "${draft.organization}" has a syncer "${draft.name}" already.`,
            `组织“${draft.organization}”中已存在同步器“${draft.name}”。`,
          ),
        );
      }
    }
    const definition = this.#deps.registry.find(draft.type);
    const config = await this.#secrets.configOf(merged, stored);
    if (definition) this.#deps.allowedHosts?.check(definition, config);
    if (draft.isEnabled) {
      this.#definitionOf(draft.type).check(config, this.#deps.connector);
      this.#secrets.refuseUnknown(merged);
    }
    // A draft may be unfinished, and of a type that is still to be chosen; it must not be dangerous.
    else definition?.checkDraft?.(config, this.#deps.connector);
    checkSelfService(
      draft.settings,
      definition?.fields.find(({ asksMembers }) => asksMembers),
    );
    await this.#checkParentGroup(draft, stored);
  }

  /** Whoever switches a syncer off, whose group is gone meanwhile, is not kept from that. */
  async #checkParentGroup(draft: SyncerDraft, stored: SyncerRecord | undefined): Promise<void> {
    const { organization, settings, isEnabled } = draft;
    const name = parentGroupIn(settings);
    const isOld = stored?.organization === organization && parentGroupIn(stored.settings) === name;
    if (name === '' || (isOld && !isEnabled)) return;
    const groups = await this.#deps.records.placedGroups(organization, stored?.id ?? '');
    if (groups) await requireParentGroup(name, organization, (one) => groups.get(one));
  }

  async #checkOrganization(organization: string): Promise<void> {
    if (organization === '') {
      throw new Refusal(text('Choose an organization.', '请选择组织。'));
    }
    if (organization.toLowerCase() === BUILT_IN) {
      throw new Refusal(
        text(
          'Syncing into the organization "built-in" is refused: every user of it is a global administrator. Choose another one.',
          '不允许同步到“built-in”组织：其中每个用户都是全局管理员。请选择其他组织。',
        ),
      );
    }
    if (await this.#deps.identity.organizationExists(organization)) return;
    throw noSuchOrganization(organization);
  }

  /**
   * Stores a syncer under another organization, while nobody can begin a run of it.
   *
   * @throws Refusal when something binds it to the one that it is in
   * @throws LeaseError when a run of it goes on
   */
  async #move<T>(stored: SyncerRecord, organization: string, save: () => Promise<T>): Promise<T> {
    const { leases, records } = this.#deps;
    const taken = await leases.acquire({ syncerId: stored.id, runId: randomUUID(), owner: 'move', ttlMs: MOVE_TTL_MS });
    if ('holder' in taken) throw leaseTaken(taken.holder);
    try {
      const { links, openRuns } = await records.tiesOf(stored.id);
      if (links > 0) {
        throw new Refusal(
          text(
            `This syncer holds accounts or groups of "${stored.organization}" and stays there. Add another one for "${organization}".`,
            `该同步器已管理“${stored.organization}”的账号或群组，不能移动。请为“${organization}”另建一个。`,
          ),
        );
      }
      if (openRuns > 0) {
        throw new Refusal(
          text(
            'A run of this syncer goes on or waits for a decision: end, approve or reject it before the syncer is moved.',
            '该同步器有正在进行或等待审批的同步：请先结束、批准或拒绝，再移动同步器。',
          ),
        );
      }
      return await save();
    } finally {
      await leases.release(taken.grant);
    }
  }
}

const parentGroupIn = (settings: SyncerDraft['settings']): string => {
  const name = settings['parentGroup'];
  return typeof name === 'string' ? name : '';
};

/** What is stored may be older than the rule for it. */
const daysIn = (stored: unknown): number => (typeof stored === 'number' && stored > 0 ? stored : 0);

import type { SyncEngine } from '../engine/engine.ts';
import { takeAway, type TakenAway } from '../engine/steps/take-away.ts';
import type { IdentityStore, LeaseGrant } from '../identity/identity-store.ts';
import type { DeletedRecord, SyncerRecord, SyncerStore } from './syncers/syncer-record.ts';
import { text, type Text } from '../syncer/text.ts';
import { Refusal } from './refusal.ts';
import type { RunService } from './runs/run-service.ts';
import type { ScheduleService } from './runs/schedule-service.ts';
import { wrongField } from './syncers/field-readers.ts';
import type { SyncerService } from './syncers/syncer-service.ts';
import { present } from '../syncer/present.ts';

/** What is to become of the accounts and groups that a syncer holds, once it is deleted. */
export const LEAVINGS = ['keep', 'handover', 'remove'] as const;

/** As somebody asked for it. */
export interface RemovalWish {
  /** One of `LEAVINGS`; "" = keep. */
  readonly leavings: string;
  /** Name of the syncer of the same organization that takes over. */
  readonly heir: string;
}

export interface SyncerRemovalDeps {
  readonly engine: SyncEngine;
  readonly identity: IdentityStore;
  readonly records: SyncerStore;
  readonly syncers: SyncerService;
  readonly runs: RunService;
  readonly schedule: ScheduleService;
}

/** Deletes syncers, and says what they leave behind. */
export class SyncerRemoval {
  readonly #deps: SyncerRemovalDeps;

  constructor(deps: SyncerRemovalDeps) {
    this.#deps = deps;
  }

  /**
   * Ends what goes on for the syncer and deletes it.
   *
   * @returns what became of what it held
   * @throws Refusal that names what to change, or LeaseError while the heir runs; nothing was deleted
   */
  async remove(record: SyncerRecord, wish: RemovalWish): Promise<Text> {
    const { engine } = this.#deps;
    const heir = await this.#check(record, wish);
    const remove = (): Promise<Text> =>
      this.stopped([record], () => {
        // Deleting takes the lease away from whoever has it; taking away writes, and needs it.
        if (wish.leavings !== 'remove') return this.#delete(record, undefined, heir);
        return engine.exclusively(record.id, (lease) => this.#delete(record, lease, heir));
      });
    // A run of the heir would take whom it did not see itself for gone; while there is one, nothing is stopped.
    return heir ? engine.exclusively(heir.id, remove) : remove();
  }

  /**
   * Ends what goes on for syncers that are about to be deleted.
   *
   * @param remove deletes them; where it fails, they are on the schedule again
   */
  async stopped<T>(records: readonly SyncerRecord[], remove: () => Promise<T>): Promise<T> {
    const { runs, schedule } = this.#deps;
    for (const { id } of records) await schedule.remove(id);
    try {
      for (const { id } of records) await runs.cancelAll(id);
      return await remove();
    } catch (error) {
      for (const { id } of records) await schedule.refresh(id);
      throw error;
    }
  }

  /** Deletes the record of a syncer that was stopped; what it held waits for one of its name. */
  async forget(record: SyncerRecord): Promise<void> {
    await this.#deps.records.delete(record.id, { directory: this.#deps.syncers.directoryOf(record) });
  }

  async #delete(record: SyncerRecord, lease: LeaseGrant | undefined, heir: SyncerRecord | undefined): Promise<Text> {
    const { identity, records, syncers } = this.#deps;
    const { id: syncerId, organization, name } = record;
    const scope = { syncerId, organization, source: `${organization}/${name}`, bindingColumn: '' };
    const taken = lease && (await takeAway(identity, scope, lease));
    const directory = syncers.directoryOf(record);
    const deleted = await records.delete(syncerId, present({ directory, heirId: heir?.id }));
    return sentenceOf(record, deleted, taken, heir);
  }

  /** @throws Refusal when the wish cannot be fulfilled */
  async #check(record: SyncerRecord, { leavings, heir: name }: RemovalWish): Promise<SyncerRecord | undefined> {
    if (leavings !== '' && !LEAVINGS.some((known) => known === leavings)) {
      throw wrongField('leavings', `must be one of ${LEAVINGS.join(', ')}`, `必须是 ${LEAVINGS.join('、')} 之一`);
    }
    if (leavings !== 'handover') {
      if (name === '') return undefined;
      throw new Refusal(
        text('"handoverTo" goes with "leavings": "handover".', '“handoverTo”须与 "leavings": "handover" 同时使用。'),
      );
    }
    const { syncers } = this.#deps;
    const heir = name === '' ? undefined : await syncers.find(record.organization, name, record.organization);
    if (!heir || heir.id === record.id) {
      throw wrongField(
        'handoverTo',
        `must name another syncer of organization "${record.organization}"`,
        `必须是组织“${record.organization}”中另一个同步器的名称`,
      );
    }
    // The ids of one directory mean other people in another: they would get these accounts.
    if (heir.type !== record.type || syncers.directoryOf(heir) !== syncers.directoryOf(record)) {
      throw new Refusal(
        text(
          `The syncer "${name}" reads another directory: only one of the same type and the same company can take over.`,
          `同步器“${name}”读取的是另一个通讯录：只有类型与企业均相同的同步器才能接管。`,
        ),
      );
    }
    return heir;
  }
}

function sentenceOf(
  { name }: SyncerRecord,
  { left, handedOver }: DeletedRecord,
  taken: TakenAway | undefined,
  heir: SyncerRecord | undefined,
): Text {
  const sentences: Text[] = [];
  if (taken) {
    sentences.push(
      text(
        `${taken.groups} groups and ${taken.memberships} memberships were taken away.`,
        `已移除 ${taken.groups} 个群组和 ${taken.memberships} 个成员关系。`,
      ),
    );
  }
  if (taken && taken.groupsKept > 0) {
    sentences.push(
      text(
        `${taken.groupsKept} groups stay, because somebody else is in them or below them.`,
        `${taken.groupsKept} 个群组因其中或下级仍有其他人而保留。`,
      ),
    );
  }
  if (heir) {
    sentences.push(
      text(
        `The syncer ${heir.name} holds ${handedOver.accounts} accounts and ${handedOver.groups} groups more.`,
        `同步器 ${heir.name} 已接管 ${handedOver.accounts} 个账号和 ${handedOver.groups} 个群组。`,
      ),
    );
  }
  if (!heir || left.accounts + left.groups > 0) {
    sentences.push(
      text(
        `${left.accounts} accounts and ${left.groups} groups stay as they are, and no syncer holds them; a new syncer named ${name} for the same directory takes them up again.`,
        `${left.accounts} 个账号和 ${left.groups} 个群组保持现状，不再由任何同步器管理；为同一通讯录新建名为 ${name} 的同步器即可重新接管。`,
      ),
    );
  }
  return text(sentences.map(({ en }) => en).join(' '), sentences.map(({ zh }) => zh).join(''));
}

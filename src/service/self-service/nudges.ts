import type { RunWarning } from '../../engine/run.ts';
import type { RunStore } from '../../engine/ports/run-store.ts';
import { errorFields } from '../../syncer/errors.ts';
import { keyOf, type ExternalId, type ExternalKey } from '../../syncer/external-id.ts';
import { isConsentReader, isMemberMessenger } from '../../syncer/syncer.ts';
import { text, together, type Text } from '../../syncer/text.ts';
import type { ServiceLog } from '../log.ts';
import { memberPageAddress, selfServiceOf } from '../syncers/self-service.ts';
import type { SyncerRecord, SyncerStore } from '../syncers/syncer-record.ts';
import type { SyncerService } from '../syncers/syncer-service.ts';
import { DEFAULT_TIME_ZONE } from '../syncers/time-settings.ts';
import { membersOf, type SyncedMembers } from './completions.ts';

interface NudgeDay {
  /** Of the syncer's time zone, such as 2026-11-30. */
  readonly day: string;
  /** Members who may be asked on it. */
  readonly most: number;
}

/** Who was asked to complete his data, whichever host did it. */
export interface NudgeStore {
  left(of: SyncedMembers, day: NudgeDay): Promise<number>;
  /** Active members who are no administrators, lack one of these, and may be asked on this day. */
  candidates(
    of: SyncedMembers,
    lacking: readonly ('email' | 'phone')[],
    day: string,
  ): AsyncIterable<readonly ExternalId[]>;
  /** Writes down who is about to be asked; until it is settled each counts as asked, for good. */
  claim(of: SyncedMembers, wanted: readonly ExternalId[], day: NudgeDay): Promise<readonly ExternalId[]>;
  settle(of: SyncedMembers, ids: readonly ExternalId[], outcome: 'sent' | 'refused' | 'limited'): Promise<void>;
  /** This userid is somebody else's from now on: he may be asked. */
  forget(of: SyncedMembers, key: ExternalKey): Promise<void>;
}

export interface NudgeDeps {
  readonly store: NudgeStore;
  readonly records: Pick<SyncerStore, 'findById'>;
  readonly syncers: Pick<SyncerService, 'directoryOf' | 'opened' | 'open'>;
  /** The clock that all hosts share. */
  readonly runStore: Pick<RunStore, 'now'>;
  readonly log: ServiceLog;
  /** Where people reach the page; absent: there is no address that a message could have. */
  readonly publicUrl?: string;
}

/** A run ends when they are sent; longer than that it does not wait. */
const LONGEST_MS = 20_000;
const NUDGED = ['email', 'phone'] as const;

/** Asks members by a message to complete their data: each once. */
export class Nudges {
  readonly #deps: NudgeDeps;

  constructor(deps: NudgeDeps) {
    this.#deps = deps;
  }

  /**
   * After a run of everybody that succeeded, while no other one begins. Never throws: the run is what it is.
   *
   * @param seen whom the run was shown: whoever the settings leave out is not among them
   * @returns why nobody, or nobody more, was asked; undefined: all is well
   */
  async send(syncerId: string, seen: ReadonlySet<ExternalKey>): Promise<RunWarning | undefined> {
    const { records, log } = this.#deps;
    try {
      const record = await records.findById(syncerId);
      const { enabled, nudge } = record ? selfServiceOf(record.settings) : { enabled: false, nudge: false };
      const reason = record && enabled && nudge ? await this.#sendFor(record, seen) : undefined;
      return reason && { code: 'nudges-not-sent', message: reason, count: 1, samples: [] };
    } catch (error) {
      log.error({ syncerId, err: error, ...errorFields(error) }, 'members could not be asked to complete their data');
      return undefined;
    }
  }

  async #sendFor(record: SyncerRecord, seen: ReadonlySet<ExternalKey>): Promise<Text | undefined> {
    const { store, syncers, runStore, log, publicUrl } = this.#deps;
    const { id, organization, name, settings } = record;
    const named = { syncer: `${organization}/${name}` };
    if (publicUrl === undefined) return NO_ADDRESS;
    const { fields, nudgePerDay } = selfServiceOf(settings);
    const zone = typeof settings['timeZone'] === 'string' ? settings['timeZone'] : DEFAULT_TIME_ZONE;
    const day = { day: dayIn(zone, await runStore.now()), most: nudgePerDay };
    const of = membersOf(record, syncers);
    const left = await store.left(of, day);
    if (left === 0) return undefined;
    const opened = await syncers.opened(id);
    const syncer = syncers.open(opened.record, opened.config);
    if (!isMemberMessenger(syncer) || !isConsentReader(syncer)) return undefined;
    const { consentFields } = syncer;
    const lacking = NUDGED.filter((field) => fields.includes(field) && consentFields.includes(field));
    const wanted: ExternalId[] = [];
    for await (const some of store.candidates(of, lacking, day.day)) {
      wanted.push(...some.filter((one) => seen.has(keyOf(one))));
      if (wanted.length >= left) break;
    }
    const asked = await store.claim(of, wanted.slice(0, left), day);
    if (asked.length === 0) return undefined;
    const { sent, refused, unknown, stopped } = await syncer.sendText(
      asked,
      messageWith(memberPageAddress(publicUrl, record)),
      AbortSignal.timeout(LONGEST_MS),
    );
    const dealtWith = new Set([...sent, ...refused, ...unknown]);
    await store.settle(of, sent, 'sent');
    await store.settle(of, refused, 'refused');
    await store.settle(
      of,
      asked.filter((one) => !dealtWith.has(one)),
      'limited',
    );
    const counts = { sent: sent.length, refused: refused.length, unknown: unknown.length };
    log.info({ ...named, ...counts, error: stopped?.code }, 'members were asked to complete their data');
    return stopped && together(STOPPED, stopped.remedy ? together(stopped.text, stopped.remedy) : stopped.text);
  }
}

/** Whoever gets it has no language that we know of. */
const messageWith = (address: string): string =>
  [
    `您的账号还缺少邮箱或手机号。请点击链接补全，只需片刻：<a href="${address}">完善资料</a>`,
    `Your account lacks an e-mail address or a mobile number. It takes a moment to add them: <a href="${address}">complete my data</a>`,
  ].join('\n');

/** Such as 2026-11-30: Swedes write days so. */
const dayIn = (timeZone: string, at: Date): string => new Intl.DateTimeFormat('sv-SE', { timeZone }).format(at);

const NO_ADDRESS = text(
  'Nobody was asked to complete his data: set PUBLIC_URL (pageUrl of createSyncService where it is embedded) to the address at which members reach this server, for it stands in the message.',
  '未提醒任何成员完善资料：请将 PUBLIC_URL(嵌入时为 createSyncService 的 pageUrl)设置为成员访问本服务的地址，消息中需要该地址。',
);
const STOPPED = text(
  'Members are asked to complete their data no more today, for a message was not sent:',
  '今天不再提醒成员完善资料，因为消息未能发送：',
);

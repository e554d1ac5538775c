import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { GivenValues } from '../../engine/ports/given-values.ts';
import type { StoredChange } from '../../engine/ports/run-store.ts';
import type { Run } from '../../engine/run.ts';
import { scopeOf } from '../../engine/steps/run-context.ts';
import { NOT_HELD } from '../../engine/steps/self/complete-member.ts';
import { previewGift } from '../../engine/steps/self/preview-gift.ts';
import type { MemberReport } from '../../engine/steps/sync-member.ts';
import type { FieldChange } from '../../identity/change.ts';
import type { IdentityStore } from '../../identity/identity-store.ts';
import {
  CancelledError,
  ConfigError,
  CredentialsError,
  LeaseError,
  SyncError,
  UnavailableError,
} from '../../syncer/errors.ts';
import { externalId, keyOf, type ExternalId } from '../../syncer/external-id.ts';
import type { ProfileField, ProfileValues } from '../../syncer/profile.ts';
import type { SyncerRegistry } from '../../syncer/registry.ts';
import { isConsentReader, type ConsentReader, type Syncer } from '../../syncer/syncer.ts';
import type { Text } from '../../syncer/text.ts';
import type { AuditLog } from '../audit/audit-log.ts';
import { CREDENTIALS_REFUSED, type CredentialBudget } from '../limits/credential-budget.ts';
import type { ServiceLog } from '../log.ts';
import { Refusal } from '../refusal.ts';
import type { RunService } from '../runs/run-service.ts';
import type { SyncerRecord } from '../syncers/syncer-record.ts';
import type { SyncerService } from '../syncers/syncer-service.ts';
import {
  BUSY,
  DECLINED,
  KEPT,
  NO_ANSWER,
  NoSuchPage,
  NotNow,
  NOT_ASKABLE,
  NOT_BEGUN,
  OTHER_CORP,
  OTHER_DIRECTORY,
  OUT_OF_SIGHT,
  STRANGER,
  TAKEN,
  TOO_OFTEN,
  TooOften,
  UNSTORABLE,
  USED,
  VisitRefusal,
} from './self-service-refusals.ts';
import { membersOf, type CompletionStore } from './completions.ts';
import { selfServiceOf, type SelfServiceField } from '../syncers/self-service.ts';
import { toldOfFailure, toldOfRefusal, type Told } from './member-words.ts';
import type { Visit, VisitStore } from './visit-store.ts';

export interface SelfServiceDeps {
  readonly registry: SyncerRegistry;
  readonly syncers: Pick<SyncerService, 'directoryOf' | 'find' | 'opened' | 'open' | 'settingsOf'>;
  readonly runs: Pick<RunService, 'member' | 'closing'>;
  readonly identity: IdentityStore;
  readonly earlier: GivenValues;
  readonly visits: VisitStore;
  readonly completions: Pick<CompletionStore, 'note'>;
  readonly audit: AuditLog;
  readonly log: ServiceLog;
  /** Of the page alone: it is open to strangers, and they stop no run. */
  readonly credentials: CredentialBudget;
  /** By the clock that all hosts share. */
  readonly now: () => Promise<Date>;
  /** How long a tap waits for a run that goes on, in milliseconds. */
  readonly waitMs?: number;
}

/** The page of the members of one syncer. */
export interface MemberPage {
  readonly record: SyncerRecord;
  /** What people call the directory. */
  readonly directory: Text;
  readonly asked: readonly SelfServiceField[];
}

/** Somebody who came back from the directory's page. */
export interface Return {
  readonly state: string;
  /** What the browser kept since he began. */
  readonly sealed: string;
}

/** What would be stored. */
export interface OfferedValues {
  readonly userid: string;
  readonly fields: readonly FieldChange[];
  readonly refused: readonly { readonly field: string; readonly reason: Text }[];
}

export interface CompletedValues {
  readonly run: Run;
  readonly changes: readonly StoredChange[];
}

/** How a tap waits for its run. */
interface Waits {
  readonly signal: AbortSignal;
  readonly onTurn: () => void;
}

/** What a member of a directory would give. */
interface OfferedGift {
  readonly userid: string;
  readonly values: ProfileValues;
}

/** What is kept between looking and storing. */
interface KeptGift extends OfferedGift {
  /** The same userid of another one is somebody else. */
  readonly directory: string;
}

/** So long a member may take from the first tap to the last. */
export const VISIT_MS = 10 * 60_000;
const STATE_BYTES = 32;
const STATE = /^[A-Za-z0-9]{32,128}$/;
const COMPLETIONS = { most: 20, withinMs: 3_600_000 };
const WAIT_MS = 10_000;
const LOOK_EVERY_MS = 250;
/** A person waits before a button. */
const ANSWER_MS = 20_000;

/**
 * Members complete their own data: each is asked by the directory itself, sees what would be stored, and says that it
 * is. It makes nobody signed in, and touches no account but that of the member whom the directory named.
 */
export class SelfService {
  readonly #deps: SelfServiceDeps;

  constructor(deps: SelfServiceDeps) {
    this.#deps = deps;
  }

  /** @throws NoSuchPage also where members are not asked */
  async page(organization: string, name: string): Promise<MemberPage> {
    const record = await this.#deps.syncers.find(organization, name, organization);
    if (!record) throw new NoSuchPage();
    const { enabled, fields } = selfServiceOf(record.settings);
    const definition = this.#deps.registry.find(record.type);
    // A syncer that moved keeps its name, and its members are others.
    if (!enabled || !definition || record.organization !== organization) throw new NoSuchPage();
    return { record, directory: definition.title, asked: fields };
  }

  /** What members are asked for: what is set, and has a place in their accounts. */
  async fields({ record, asked }: MemberPage): Promise<readonly SelfServiceField[]> {
    const { consentFields } = (await this.#open(record)).syncer;
    return asked.filter((field) => consentFields.includes(field));
  }

  /**
   * Begins a visit.
   *
   * @param returnTo the address that the member comes back to
   * @returns where he is to be sent, and what his browser keeps until then
   */
  async begin({ record }: MemberPage, returnTo: string): Promise<Return & { readonly address: string }> {
    const { syncer } = await this.#open(record);
    const state = randomBytes(STATE_BYTES).toString('hex');
    const startedMs = (await this.#deps.now()).getTime();
    return {
      address: syncer.consentAddress({ returnTo, state }),
      state,
      sealed: this.#deps.visits.seal(`${state} ${startedMs}`, record.id),
    };
  }

  /**
   * Reads what the member agreed to give, once, and what that would come to; stores nothing of it in his account.
   *
   * @param code "" = he declined
   * @throws Refusal when it is not for this member, or this syncer
   * @throws SyncError when the directory does not say
   */
  async look(page: MemberPage, back: Return, code: string): Promise<OfferedValues> {
    const { visits, syncers } = this.#deps;
    const directory = syncers.directoryOf(page.record);
    const visit = await this.#visitOf(page, back);
    if (!(await visits.begin(visit, VISIT_MS))) throw new VisitRefusal(USED);
    if (code === '') throw new Refusal(DECLINED);
    const { userid, values } = await this.#consentOf(page, code);
    const offered = await this.#offer(page, { userid, values });
    await visits.keep(visit, keyOf(userid), JSON.stringify({ userid, values, directory } satisfies KeptGift));
    return offered;
  }

  /**
   * Stores what the member saw, as far as it still may be.
   *
   * @param address where he is
   * @throws Refusal when it may not; when it only cannot be done now, he may ask again
   */
  async complete(page: MemberPage, back: Return, address: string): Promise<CompletedValues> {
    const { visits, syncers } = this.#deps;
    const visit = await this.#visitOf(page, back);
    const taken = await visits.take(visit, COMPLETIONS);
    if (taken === 'tooMany') throw new TooOften(TOO_OFTEN);
    if (!taken) throw new VisitRefusal(USED);
    const { userid, values, directory } = JSON.parse(taken.content) as KeptGift;
    let report: MemberReport;
    try {
      if (directory !== syncers.directoryOf(page.record)) throw new FinalRefusal(OTHER_DIRECTORY);
      report = await this.#store(page, { userid, values: givenOf(values, await this.fields(page)) }, address);
    } catch (error) {
      // Whatever stood in the way may be gone in a moment.
      if (!(error instanceof FinalRefusal)) await visits.putBack(visit, taken.content, VISIT_MS);
      throw error;
    }
    const { run, change } = report;
    await this.#deps.completions.note(
      membersOf(page.record, this.#deps.syncers),
      keyOf(externalId(userid)),
      (await this.#deps.now()).getTime(),
    );
    return { run, changes: change ? [change] : [] };
  }

  async #store({ record }: MemberPage, { userid, values }: OfferedGift, address: string): Promise<MemberReport> {
    const { audit, earlier } = this.#deps;
    const { organization } = record;
    const user = await this.#accountOf(record, externalId(userid));
    const target = `${organization}/${user}`;
    return audit.during(
      { by: target, address, within: organization },
      { action: 'self-service', organization, target },
      async () => {
        const asked = { userid, gift: { values, earlier }, by: target };
        const report = await this.#whenFree((waits) =>
          this.#deps.runs.member(record, { ...asked, ...waits }, false, 'self'),
        );
        const { run } = report;
        if (run.error) throw new NotNow(this.#told(record, toldOfFailure(run.error)));
        const last = report.steps.at(-1);
        if (last?.ok === true) return report;
        const by = last?.name === 'inScope' ? 'settings' : last?.name === 'mapped' ? 'mapping' : undefined;
        throw new FinalRefusal(this.#told(record, toldOfRefusal(last?.detail ?? NO_ANSWER, by)));
      },
      ({ run, change }) => ({ outcome: run.state, changes: change?.fields ?? [] }),
    );
  }

  /** Tries until no run of the syncer goes on, but not for as long as such a run may take. */
  async #whenFree(begin: (waits: Waits) => Promise<MemberReport>): Promise<MemberReport> {
    const { waitMs = WAIT_MS } = this.#deps;
    const until = performance.now() + waitMs;
    const isLate = (): boolean => performance.now() >= until;
    for (;;) {
      const place = new AbortController();
      // With its lease in hand it may still wait for its turn among the runs of others.
      const watch = setInterval(() => isLate() && place.abort(new CancelledError(BUSY)), LOOK_EVERY_MS);
      const onTurn = (): void => clearInterval(watch);
      try {
        const report = await this.#withinMoment(new CancelledError(NO_ANSWER), (late) =>
          begin({ signal: AbortSignal.any([late, place.signal]), onTurn }),
        );
        if (report.run.state === 'cancelled') throw new NotNow(place.signal.aborted ? BUSY : NO_ANSWER);
        return report;
      } catch (error) {
        if (!(error instanceof LeaseError)) throw error;
        if (isLate()) throw new NotNow(BUSY);
        await sleep(LOOK_EVERY_MS);
      } finally {
        clearInterval(watch);
      }
    }
  }

  async #withinMoment<T>(late: SyncError, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(late), ANSWER_MS);
    try {
      return await work(AbortSignal.any([this.#deps.runs.closing, timeout.signal]));
    } finally {
      clearTimeout(timer);
    }
  }

  /** @throws Refusal unless this browser began it, a moment ago, for this very page */
  async #visitOf({ record }: MemberPage, { state, sealed }: Return): Promise<Visit> {
    const { visits, now } = this.#deps;
    const [begun, startedMs] = (STATE.test(state) ? visits.open(sealed, record.id) : undefined)?.split(' ') ?? [];
    const isYoung = (await now()).getTime() - Number(startedMs) < VISIT_MS;
    if (begun !== state || !isYoung) throw new VisitRefusal(NOT_BEGUN);
    return { syncerId: record.id, state };
  }

  async #consentOf({ record, directory, asked }: MemberPage, code: string) {
    const answer = await this.#ask(record, (syncer, signal) => syncer.fetchConsent(code, signal));
    switch (answer.says) {
      case 'refused':
        throw new VisitRefusal(answer.reason);
      case 'stranger':
        throw new Refusal(STRANGER(directory));
      case 'otherCorp':
        throw new Refusal(OTHER_CORP);
      case 'outOfSight':
        throw new Refusal(OUT_OF_SIGHT);
      case 'member':
        return { userid: answer.externalId, values: givenOf(answer.values, asked) };
    }
  }

  async #offer({ record }: MemberPage, { userid, values }: OfferedGift): Promise<OfferedValues> {
    const { identity, earlier, syncers } = this.#deps;
    const settings = syncers.settingsOf(record);
    const preview = await this.#ask(record, (syncer, signal) =>
      previewGift(userid, { values, earlier }, { settings, syncer, identity, signal }),
    );
    if ('refusal' in preview) throw new Refusal(this.#told(record, toldOfRefusal(preview.refusal, preview.by)));
    const { fields, taken, kept } = preview;
    const refused = [
      ...taken.map((field) => ({ field, reason: TAKEN })),
      ...Object.entries(kept).flatMap(([field, stored]) => {
        const given = values[field as ProfileField];
        if (given === stored || given === '' || field === 'countryCode') return [];
        return [{ field, reason: stored === '' ? UNSTORABLE : KEPT }];
      }),
    ];
    return { userid, fields, refused };
  }

  /** The account as it is called now; he may have been renamed since he looked. */
  async #accountOf(record: SyncerRecord, id: ExternalId): Promise<string> {
    const { identity, syncers } = this.#deps;
    const scope = scopeOf(syncers.settingsOf(record));
    const held = await identity.look?.(async (page) =>
      (await page.heldAccounts(scope, [keyOf(id)], [])).get(keyOf(id)),
    );
    if (!held?.account) throw new FinalRefusal(this.#told(record, toldOfRefusal(NOT_HELD)));
    return held.account.name;
  }

  /** Asks the directory in the name of the syncer; how often its credentials are refused is counted. */
  async #ask<T>(
    record: SyncerRecord,
    work: (syncer: Syncer & ConsentReader, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const { credentials } = this.#deps;
    const { organization } = record;
    const spent = credentials.spent(organization);
    if (spent) throw new CredentialsError(spent);
    const { syncer } = await this.#open(record);
    try {
      return await this.#withinMoment(new UnavailableError(NO_ANSWER), (signal) => work(syncer, signal));
    } catch (error) {
      if (error instanceof SyncError && error.code === CREDENTIALS_REFUSED) credentials.refuse(organization);
      throw error;
    }
  }

  /** Whatever is for his administrators goes where they read it. */
  #told({ organization, name }: SyncerRecord, { text, cause }: Told): Text {
    if (cause)
      this.#deps.log.warn({ syncer: `${organization}/${name}`, ...cause }, 'a member could not complete his data');
    return text;
  }

  async #open({ id }: SyncerRecord): Promise<{ readonly syncer: Syncer & ConsentReader }> {
    const { syncers } = this.#deps;
    const { record, config } = await syncers.opened(id);
    const syncer = syncers.open(record, config);
    if (!isConsentReader(syncer)) throw new ConfigError(NOT_ASKABLE);
    return { syncer };
  }
}

/** Another tap would come to the same. */
class FinalRefusal extends Refusal {
  override readonly name = 'Refusal';
}

/** A number without its country is another one. */
const givenOf = (values: ProfileValues, asked: readonly SelfServiceField[]): ProfileValues =>
  Object.fromEntries(
    Object.entries(values).filter(([field]) =>
      asked.some((one) => one === (field === 'countryCode' ? 'phone' : field)),
    ),
  );

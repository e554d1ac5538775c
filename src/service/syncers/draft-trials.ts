import type { IdentityStore } from '../../identity/identity-store.ts';
import type { ConnectionReport } from '../../syncer/connection-report.ts';
import type { SyncerConfig } from '../../syncer/definition.ts';
import { isDirectoryView, type DirectoryView } from '../../syncer/directory-view.ts';
import { ConfigError, CredentialsError, UnavailableError } from '../../syncer/errors.ts';
import { present } from '../../syncer/present.ts';
import type { ConsentTest, Syncer } from '../../syncer/syncer.ts';
import { text, together } from '../../syncer/text.ts';
import { competingWarning } from '../../engine/reasons.ts';
import { CREDENTIALS_REFUSED, type CredentialBudget } from '../limits/credential-budget.ts';
import { Refusal } from '../refusal.ts';
import { tryMapping, type MappingTrial } from './mapping-trial.ts';
import { memberPageAddress, selfServiceOf } from './self-service.ts';
import type { StoredSecrets } from './stored-secrets.ts';
import { mergeSyncer, type MergedSyncer } from './syncer-body.ts';
import type { SyncerFields } from './syncer-shape.ts';
import type { SyncerRecord } from './syncer-record.ts';

type Body = Readonly<Record<string, unknown>>;

export interface DraftTrialsDeps {
  readonly identity: IdentityStore;
  readonly credentials: CredentialBudget;
  readonly fields: SyncerFields;
  readonly secrets: StoredSecrets;
  /** @throws ConfigError when the type is not known, or an address is not allowed */
  readonly open: (draft: Pick<SyncerRecord, 'type'>, config: SyncerConfig) => Syncer;
  /** Where people reach the page; absent: nobody has said so. */
  readonly publicUrl?: string;
  readonly bindingColumnOf: (draft: Pick<SyncerRecord, 'type'>) => string | undefined;
}

const TIMEOUT_MS = 60_000;
const NO_VIEW = new ConfigError(
  text('This type of syncer shows no departments and tags to choose from.', '此类型的同步器无法列出可选的部门和标签。'),
);
const TOO_SLOW = text('The test took longer than a minute.', '测试超过一分钟未完成。');

/** Settings that are tried before anybody saves them: nothing is stored, and stored secrets go only where they went. */
export class DraftTrials {
  readonly #deps: DraftTrialsDeps;

  constructor(deps: DraftTrialsDeps) {
    this.#deps = deps;
  }

  /**
   * Tries a configuration, saved or not.
   *
   * @param stored the saved syncer of the same name, whose secrets stand for `***`
   * @throws Refusal when the directory refused too many credentials of this organization lately
   */
  async test(body: Body, stored: SyncerRecord | undefined, closing: AbortSignal): Promise<ConnectionReport> {
    const { merged, config } = await this.#configOf(body, stored);
    let syncer: Syncer;
    try {
      syncer = this.#open(merged, config);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      // Nothing could be tried; the report says so in the place where the first check would stand.
      const check = present({ name: 'token', ok: false, detail: error.text, remedy: error.remedy });
      return { ok: false, checks: [check], departments: 0, members: 0, withheldFields: [] };
    }
    const report = await this.#attempt(merged, closing, async (signal) => {
      const answer = await syncer.testConnection(signal, this.#consentOf(merged));
      return { answer, refused: answer.checks.some(({ code }) => code === CREDENTIALS_REFUSED) };
    });
    return withWarning(report, await this.#deps.identity.competingSyncers(merged.draft.organization));
  }

  /** Whether members are to be asked, and where they come back to. */
  #consentOf({ draft }: MergedSyncer): ConsentTest | undefined {
    const { publicUrl } = this.#deps;
    if (!selfServiceOf(draft.settings).enabled) return undefined;
    return { returnTo: publicUrl === undefined ? undefined : memberPageAddress(publicUrl, draft) };
  }

  /**
   * What settings, saved or not, make of one member.
   *
   * @param stored the saved syncer of the same name, whose secrets stand for `***`, and whose accounts are looked at
   * @throws ConfigError that names what is wrong with the settings
   * @throws Refusal when there is no such member, or credentials were refused too often
   */
  async tryMapping(
    body: Body,
    userid: string,
    stored: SyncerRecord | undefined,
    closing: AbortSignal,
  ): Promise<MappingTrial> {
    const { merged, config } = await this.#configOf(body, stored);
    const { draft } = merged;
    const syncer = this.#open(merged, config);
    const scope = {
      syncerId: stored?.id ?? '',
      organization: draft.organization,
      source: `${draft.organization}/${draft.name}`,
      bindingColumn: this.#deps.bindingColumnOf(draft) ?? '',
    };
    return this.#attempt(merged, closing, async (signal) => ({
      answer: await tryMapping({ userid, syncer, scope, identity: this.#deps.identity, signal }),
      refused: false,
    }));
  }

  /**
   * What settings, saved or not, see of their directory now, for people who choose from it.
   *
   * @param stored the saved syncer of the same name, whose secrets stand for `***`
   * @throws ConfigError when its type shows nothing of the kind
   * @throws Refusal when the directory refused too many credentials of this organization lately
   */
  async look<T>(
    body: Body,
    stored: SyncerRecord | undefined,
    see: (view: DirectoryView, signal: AbortSignal) => Promise<T>,
    closing: AbortSignal,
  ): Promise<T> {
    const { merged, config } = await this.#configOf(body, stored);
    const syncer = this.#open(merged, config);
    if (!isDirectoryView(syncer)) throw NO_VIEW;
    return this.#attempt(merged, closing, async (signal) => ({ answer: await see(syncer, signal), refused: false }));
  }

  async #configOf(body: Body, stored: SyncerRecord | undefined) {
    const merged = mergeSyncer(this.#deps.fields, body, stored);
    return { merged, config: await this.#deps.secrets.configOf(merged, stored) };
  }

  #open(merged: MergedSyncer, config: SyncerConfig): Syncer {
    const syncer = this.#deps.open(merged.draft, config);
    this.#deps.secrets.refuseUnknown(merged);
    return syncer;
  }

  /** Within a minute, and within what an organization may have refused: an attempt that was not refused is given back. */
  async #attempt<T>(
    { draft: { organization } }: MergedSyncer,
    closing: AbortSignal,
    work: (signal: AbortSignal) => Promise<{ readonly answer: T; readonly refused: boolean }>,
  ): Promise<T> {
    const { credentials } = this.#deps;
    const spent = credentials.spent(organization);
    if (spent) throw new Refusal(spent);
    const attempt = credentials.begin(organization);
    let isRefused = false;
    const timeout = new AbortController();
    const timer = setTimeout(() => timeout.abort(new UnavailableError(TOO_SLOW)), TIMEOUT_MS);
    try {
      const { answer, refused } = await work(AbortSignal.any([timeout.signal, closing]));
      isRefused = refused;
      return answer;
    } catch (error) {
      isRefused = error instanceof CredentialsError;
      throw error;
    } finally {
      clearTimeout(timer);
      if (!isRefused) attempt.withdraw();
    }
  }
}

/** Added to the last check, which stays passed: the connection works, what comes of it may not. */
function withWarning(report: ConnectionReport, competing: readonly string[]): ConnectionReport {
  const last = report.checks.at(-1);
  if (!last || competing.length === 0) return report;
  const warning = competingWarning(competing);
  const detail = together(last.detail, warning);
  return { ...report, checks: [...report.checks.slice(0, -1), { ...last, detail }] };
}

import { In } from 'typeorm';
import type { GivenValues } from '../../engine/ports/given-values.ts';
import type { ChangeKind, FieldChange, FieldValue } from '../../identity/change.ts';
import { departmentSubject, groupSubject } from '../../identity/protection.ts';
import { chunks } from '../../syncer/chunks.ts';
import type { Text } from '../../syncer/text.ts';
import type { Database } from '../database.ts';
import { AccountRenameRow, AuditRow, ChangeRow, LinkRow, RunOriginRow, SyncerRow } from '../entities/index.ts';
import type { Session } from '../session.ts';
import { selectBySet } from '../bulk.ts';
import { asObject, asText } from '../text-value.ts';

/** What a run did to an account. */
export interface PastChange {
  readonly source: 'run';
  readonly atMs: number;
  readonly runId: string;
  readonly kind: ChangeKind;
  /** `ORG/NAME` of whoever began the run; "" = nobody knows any more. */
  readonly by: string;
  /** By what the run began; "" = nobody knows any more. */
  readonly trigger: string;
  readonly changes: readonly FieldChange[];
  readonly reason: Text;
}

/** What a person did to an account, or decided about it. */
export interface PastAct {
  readonly source: 'person';
  readonly atMs: number;
  /** As the audit log calls it. */
  readonly action: string;
  /** The run whose lock-out of this account it decided. */
  readonly runId?: string;
  readonly by: string;
  readonly changes: readonly FieldChange[];
  readonly comment: string;
}

export type PastEvent = PastChange | PastAct;

/** A name that the account had, and when. */
interface Tenure {
  /** `ORG/NAME`. */
  readonly user: string;
  readonly fromMs: number;
  /** The first moment at which it had another one. */
  readonly beforeMs: number;
}

/** Names that are followed back; more of them nobody had. */
const MOST_NAMES = 50;
/** Later than every moment that is stored. */
const NEVER_MS = Number.MAX_SAFE_INTEGER;

/** So many of the newest events are looked through for who wrote a value last. */
const LOOKED_THROUGH = 1000;

/** Everything that happened to one account, by whatever name it had. */
export class AccountHistory implements GivenValues {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async of(user: string): Promise<ReadonlyMap<string, FieldValue>> {
    const given = new Map<string, FieldValue>();
    const written = new Set<string>();
    for (const event of (await this.newest(user, LOOKED_THROUGH)).events) {
      for (const { field, after } of event.changes) {
        if (!written.has(field) && event.source === 'run' && event.trigger === 'self') given.set(field, after);
        written.add(field);
      }
    }
    return given;
  }

  /**
   * Newest first.
   *
   * @param user `ORG/NAME`, as it is called now
   * @param count so many of the newest
   * @param groups that it is in; absent: nobody here knows
   */
  newest(
    user: string,
    count: number,
    groups: readonly string[] = [],
  ): Promise<{ readonly events: readonly PastEvent[]; readonly total: number }> {
    return this.#database.read(async (session) => {
      const statements = new Statements(session);
      let total = 0;
      const found: PastEvent[] = [];
      for (const tenure of await statements.tenures(user)) {
        total += await statements.count(tenure);
        found.push(...(await statements.changes(tenure, count)), ...(await statements.acts(tenure, count)));
        // A person decides about few runs in which one account waits.
        const decisions = [...(await statements.decisions(tenure)), ...(await statements.ordered(tenure))];
        total += decisions.length;
        found.push(...decisions);
      }
      const circles = await statements.circles(user.slice(0, user.indexOf('/')), groups);
      const protections = await statements.protections(circles);
      total += protections.length;
      found.push(...protections);
      const events = found.toSorted((one, other) => other.atMs - one.atMs).slice(0, count);
      return { events, total };
    });
  }
}

/** The statements of one reading. */
class Statements {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  /** The names that the account had, the latest first. A name that another account gave up before is its own only since. */
  async tenures(user: string): Promise<readonly Tenure[]> {
    const tenures: Tenure[] = [];
    let name = user;
    let beforeMs = NEVER_MS;
    while (tenures.length < MOST_NAMES) {
      const given = await this.#lastRename('name', name, beforeMs);
      const left = await this.#lastRename('former', name, beforeMs);
      const isRenamed = given !== undefined && given.ms >= (left?.ms ?? 0);
      tenures.push({ user: name, fromMs: isRenamed ? given.ms : (left?.ms ?? 0), beforeMs });
      if (!isRenamed) break;
      name = given.former;
      beforeMs = given.ms;
    }
    return tenures;
  }

  async #lastRename(column: 'name' | 'former', name: string, beforeMs: number) {
    const { manager } = this.#session;
    const row = await manager
      .createQueryBuilder(AccountRenameRow, 'r')
      .where(`r.${column} = :name AND r.renamed_ms < :beforeMs`, { name, beforeMs })
      .orderBy('r.renamed_ms', 'DESC')
      .limit(1)
      .getOne();
    return row ? { former: row.former, ms: row.renamedMs } : undefined;
  }

  /** Of both kinds, by one index each. */
  async count(tenure: Tenure): Promise<number> {
    const { manager } = this.#session;
    const changes = await manager
      .createQueryBuilder(ChangeRow, 'c')
      .select('COUNT(*)', 'n')
      .where(WHEN_CHANGED, tenure)
      .getRawOne<{ n: unknown }>();
    const acts = await manager
      .createQueryBuilder(AuditRow, 'a')
      .select('COUNT(*)', 'n')
      .where(WHEN_DONE, tenure)
      .getRawOne<{ n: unknown }>();
    return Number(changes?.n ?? 0) + Number(acts?.n ?? 0);
  }

  async changes(tenure: Tenure, count: number): Promise<readonly PastChange[]> {
    const rows = await this.#session.manager
      .createQueryBuilder(ChangeRow, 'c')
      .where(WHEN_CHANGED, tenure)
      .orderBy('c.at_ms', 'DESC')
      .limit(count)
      .getMany();
    const origins = await this.#originsOf(rows.map(({ runId }) => runId));
    return rows.map((row) => ({
      source: 'run',
      atMs: row.atMs ?? 0,
      runId: row.runId,
      kind: row.kind as ChangeKind,
      by: origins.get(row.runId)?.actor ?? '',
      trigger: origins.get(row.runId)?.triggerKind ?? '',
      changes: JSON.parse(row.fields) as readonly FieldChange[],
      reason: JSON.parse(row.reason) as Text,
    }));
  }

  async #originsOf(runIds: readonly string[]): Promise<ReadonlyMap<string, RunOriginRow>> {
    const found = new Map<string, RunOriginRow>();
    for (const set of chunks([...new Set(runIds)], SET)) {
      const rows = await this.#session.manager.findBy(RunOriginRow, { runId: In([...set]) });
      for (const row of rows) found.set(row.runId, row);
    }
    return found;
  }

  async acts(tenure: Tenure, count: number): Promise<readonly PastAct[]> {
    const rows = await this.#session.manager
      .createQueryBuilder(AuditRow, 'a')
      .where(WHEN_DONE, tenure)
      .orderBy('a.created_ms', 'DESC')
      .limit(count)
      .getMany();
    return rows.map((row) => actOf(row));
  }

  /** What people decided about lock-outs of this account that waited in runs. */
  async decisions({ user, fromMs, beforeMs }: Tenure): Promise<readonly PastAct[]> {
    const rows = await this.#session.manager
      .createQueryBuilder(ChangeRow, 'c')
      .innerJoin(AuditRow, 'a', 'a.subject = c.run_id')
      .select('c.run_id', 'runId')
      .addSelect('c.seq', 'seq')
      .addSelect('c.userid_key', 'key')
      .addSelect('c.state', 'state')
      .addSelect('a.actor', 'actor')
      .addSelect('a.action', 'action')
      .addSelect('a.created_ms', 'createdMs')
      .addSelect('a.detail', 'detail')
      .where(`c.user = :user AND c.at_ms IS NULL AND c.kind IN ('forbid', 'remove')`, { user })
      .andWhere(`c.state IN ('applied', 'rejected') AND a.action IN ('approve-run', 'reject-run')`)
      .andWhere('a.created_ms >= :fromMs AND a.created_ms < :beforeMs', { fromMs, beforeMs })
      .orderBy('a.created_ms')
      .getRawMany<DecidedRow>();
    const byChange = new Map<string, DecidedRow[]>();
    for (const row of rows.filter(isAbout)) {
      const id = `${row.runId} ${row.seq}`;
      byChange.set(id, [...(byChange.get(id) ?? []), row]);
    }
    return [...byChange.values()].flatMap((about) => {
      const asked = about[0]?.state === 'applied' ? 'approve-run' : 'reject-run';
      // Who was approved, and came back before it was done, was rejected by nobody.
      const row = about.find(({ action }) => action === asked) ?? about[0];
      return row ? [{ ...actOf({ ...row, createdMs: Number(row.createdMs) }), runId: row.runId }] : [];
    });
  }

  /** That a person had a preview applied, or a run taken back, by a run that changed this account. */
  async ordered(tenure: Tenure): Promise<readonly PastAct[]> {
    const rows = await this.#session.manager
      .createQueryBuilder(ChangeRow, 'c')
      .innerJoin(AuditRow, 'a', 'a.subject = c.run_id')
      .select('c.run_id', 'runId')
      .addSelect('a.id', 'id')
      .addSelect('a.actor', 'actor')
      .addSelect('a.action', 'action')
      .addSelect('a.created_ms', 'createdMs')
      .addSelect('a.detail', 'detail')
      .where(WHEN_CHANGED, tenure)
      .andWhere(`a.action IN ('apply-run', 'undo-run')`)
      .getRawMany<OrderedRow>();
    const once = new Map(rows.map((row) => [row.id, row]));
    return [...once.values()].map((row) => ({
      ...actOf({ ...row, createdMs: Number(row.createdMs) }),
      runId: row.runId,
    }));
  }

  /** Protections of the groups and departments that the account is in today. */
  async protections(subjects: readonly string[]): Promise<readonly PastAct[]> {
    const acts: PastAct[] = [];
    for (const set of chunks(subjects, SET)) {
      const rows = await this.#session.manager.findBy(AuditRow, { subject: In([...set]) });
      acts.push(...rows.map((row) => actOf(row)));
    }
    return acts;
  }

  /** How the audit log names these groups, those above them, and the departments that they belong to. */
  async circles(organization: string, memberships: readonly string[]): Promise<readonly string[]> {
    const names = new Set<string>();
    const prefix = `${organization}/`;
    let found = memberships.map((group) => (group.startsWith(prefix) ? group.slice(prefix.length) : group));
    while (found.length > 0) {
      for (const name of found) names.add(name);
      const columns = ['name', 'parent_id'];
      const rows = await selectBySet(
        this.#session,
        'group',
        columns,
        { equal: { owner: organization }, column: 'name' },
        found,
      );
      found = rows.map((row) => asText(row['parent_id'])).filter((name) => name !== '' && !names.has(name));
    }
    if (names.size === 0) return [];
    const links = await this.#session.manager.findBy(LinkRow, { organization, kind: 'group', name: In([...names]) });
    const syncers = await this.#session.manager.findBy(SyncerRow, { organization });
    const syncerNames = new Map(syncers.map(({ id, name }) => [id, name]));
    return [
      ...[...names].map((name) => groupSubject(`${organization}/${name}`)),
      ...links.flatMap(({ syncerId, externalId }) => [
        departmentSubject(organization, externalId),
        departmentSubject(`${organization}/${syncerNames.get(syncerId) ?? ''}`, externalId),
      ]),
    ];
  }
}

/** A lock-out that waited, and an audit entry about its run. */
interface DecidedRow extends Pick<AuditRow, 'actor' | 'action' | 'detail'> {
  readonly runId: string;
  readonly seq: number;
  readonly key: string;
  readonly state: string;
  readonly createdMs: number | string;
}

interface OrderedRow extends Pick<AuditRow, 'id' | 'actor' | 'action' | 'detail'> {
  readonly runId: string;
  readonly createdMs: number | string;
}

const WHEN_CHANGED = 'c.user = :user AND c.at_ms >= :fromMs AND c.at_ms < :beforeMs';
const WHEN_DONE = 'a.subject = :user AND a.created_ms >= :fromMs AND a.created_ms < :beforeMs';

/** Keys per statement. */
const SET = 500;

function actOf({
  actor,
  action,
  createdMs,
  detail,
}: Pick<AuditRow, 'actor' | 'action' | 'createdMs' | 'detail'>): PastAct {
  const { comment, changes } = auditDetail(detail);
  return { source: 'person', atMs: createdMs, action, by: actor, changes, comment };
}

/** What an audit entry says besides. */
export function auditDetail(detail: string) {
  const { outcome, comment, changes } = asObject(detail);
  return {
    outcome: asText(outcome),
    comment: asText(comment),
    changes: Array.isArray(changes) ? (changes as readonly FieldChange[]) : [],
  };
}

/** Whether a decision was about this change of the run: about all that waited, or about what it names. */
function isAbout({ detail, seq, key }: DecidedRow): boolean {
  const { selected, numbers, userids } = asObject(detail);
  if (selected === undefined) return true;
  const named = [numbers, userids].flatMap((list) => (Array.isArray(list) ? (list as readonly unknown[]) : []));
  // More were named than are written down: what became of the change tells that somebody decided about it.
  if (named.length < Number(selected)) return true;
  return named.some((one) => one === seq || (typeof one === 'string' && isCutOf(one.toLowerCase(), key)));
}

/** Long userids are cut in audit entries. */
const isCutOf = (named: string, key: string): boolean => named === key || (named.length >= 32 && key.startsWith(named));

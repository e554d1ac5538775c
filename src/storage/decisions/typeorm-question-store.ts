import { randomUUID } from 'node:crypto';
import { Brackets, In, Not, type FindOptionsWhere } from 'typeorm';
import type { Answer, QuestionsOf, QuestionStore } from '../../engine/ports/question-store.ts';
import type { Page } from '../../engine/ports/run-store.ts';
import type {
  AskedQuestion,
  Question,
  QuestionCandidate,
  QuestionKind,
  QuestionRef,
  QuestionState,
  QuestionSubject,
  QuestionWait,
} from '../../engine/question.ts';
import type { LeaseGrant } from '../../identity/identity-store.ts';
import { withoutUnstorable } from '../../syncer/characters.ts';
import { chunks } from '../../syncer/chunks.ts';
import type { ExternalKey } from '../../syncer/external-id.ts';
import { insertRows, selectBySet, updateEach, type Cell, type Column } from '../bulk.ts';
import type { Database } from '../database.ts';
import { QuestionRow } from '../entities/index.ts';
import { fence } from '../runs/own-transaction.ts';
import type { Session } from '../session.ts';
import { asciiJson, asJson, asText } from '../text-value.ts';

const TABLE = 'sync_question';
/** Keys per statement, and rows per step of a long read. */
const SET = 500;
const LONGEST_KEY = 255;
/** Those that nobody decided for good: they go when their reason is gone. */
const UNDECIDED: readonly QuestionState[] = ['open', 'ignored'];
const OWN_TEXT = { charset: 'utf8mb4', collation: 'utf8mb4_bin' };

const UNANSWERED = {
  state: 'open',
  answer: '',
  keepSignIn: false,
  decidedBy: '',
  decidedAt: null,
  comment: asciiJson(''),
} as const satisfies Partial<QuestionRow>;

/** The same as literals and cells of a statement for many rows. */
const REOPENED: readonly Cell[] = [
  ['state', 'open'],
  ['answer', ''],
  ['keep_sign_in', false],
  ['decided_by', ''],
  ['decided_at', ''],
  ['comment_json', UNANSWERED.comment],
];

/** Questions and answers in the table `sync_question`. */
export class TypeormQuestionStore implements QuestionStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async answered({ syncerId, organization }: QuestionsOf, key?: ExternalKey): Promise<readonly Question[]> {
    const questions: Question[] = [];
    for (let after = ''; ;) {
      const rows = await this.#database.read(({ manager }) => {
        const query = manager
          .createQueryBuilder(QuestionRow, 'q')
          .where({ syncerId, organization, ...(key !== undefined && { externalKey: key }) })
          .andWhere(new Brackets((either) => either.where(`q.state = 'ignored'`).orWhere(`q.waits <> ''`)))
          .andWhere('q.id > :after', { after });
        return query.orderBy('q.id').take(SET).getMany();
      });
      questions.push(...rows.map(toQuestion));
      if (rows.length < SET) return questions;
      after = rows.at(-1)?.id ?? '';
    }
  }

  async ask(
    lease: LeaseGrant,
    { syncerId, organization }: QuestionsOf,
    runId: string,
    questions: readonly AskedQuestion[],
  ): Promise<void> {
    const storable = questions.filter(({ key, userid }) => Math.max(key.length, userid.length) <= LONGEST_KEY);
    // One for each of them: the last says most.
    const asked = [...new Map(storable.map((question) => [`${question.subject}:${question.key}`, question])).values()];
    if (asked.length === 0) return;
    await this.#database.transaction(async (session) => {
      await fence(session, lease);
      for (const subject of ['user', 'group'] as const) {
        const ours = asked.filter((question) => question.subject === subject);
        for (const set of chunks(ours, SET)) await askAll(session, { syncerId, organization }, runId, subject, set);
      }
    });
  }

  done(
    lease: LeaseGrant,
    of: QuestionsOf,
    refs: readonly QuestionRef[],
    what: Exclude<QuestionWait, ''>,
  ): Promise<void> {
    return this.#change(lease, of, refs, ({ manager }, where) =>
      manager.update(QuestionRow, { ...where, waits: what }, { waits: '' }),
    );
  }

  refuse(lease: LeaseGrant, of: QuestionsOf, refs: readonly QuestionRef[]): Promise<void> {
    return this.#change(lease, of, refs, ({ manager }, where) =>
      manager.update(QuestionRow, { ...where, waits: 'apply' }, { ...UNANSWERED, waits: '' }),
    );
  }

  forget(
    lease: LeaseGrant,
    of: QuestionsOf,
    refs: readonly QuestionRef[],
    keeps: readonly QuestionKind[] = [],
  ): Promise<void> {
    const gone = { state: In([...UNDECIDED]), waits: '', ...(keeps.length > 0 && { kind: Not(In([...keeps])) }) };
    return this.#change(lease, of, refs, ({ manager }, where) => manager.delete(QuestionRow, { ...where, ...gone }));
  }

  async forgetUnasked(
    lease: LeaseGrant,
    { syncerId }: QuestionsOf,
    runId: string,
    subject: QuestionSubject,
  ): Promise<void> {
    await this.#database.transaction(async (session) => {
      await fence(session, lease);
      await session.manager.delete(QuestionRow, {
        syncerId,
        subject,
        state: In([...UNDECIDED]),
        waits: '',
        runId: Not(runId),
        kind: Not(In([...ASKED_ONCE])),
      });
    });
  }

  async askedOnce({ syncerId, organization }: QuestionsOf, key?: ExternalKey): Promise<readonly Question[]> {
    const where = {
      syncerId,
      organization,
      subject: 'user',
      state: In([...UNDECIDED]),
      kind: In([...ASKED_ONCE]),
      ...(key !== undefined && { externalKey: key }),
    };
    return (await this.#database.read(({ manager }) => manager.findBy(QuestionRow, where))).map(toQuestion);
  }

  async list(
    { syncerId, organization }: QuestionsOf,
    state: QuestionState | undefined,
    page: number,
    pageSize: number,
  ): Promise<Page<Question>> {
    const [rows, total] = await this.#database.read(({ manager }) =>
      manager.findAndCount(QuestionRow, {
        where: { syncerId, organization, ...(state !== undefined && { state }) },
        order: { askedMs: 'DESC', id: 'DESC' },
        skip: (page - 1) * pageSize,
        take: pageSize,
      }),
    );
    return { rows: rows.map(toQuestion), total };
  }

  async find(id: string): Promise<Question | undefined> {
    const row = await this.#database.read(({ manager }) => manager.findOneBy(QuestionRow, { id }));
    return row ? toQuestion(row) : undefined;
  }

  async answer(id: string, { state, answer, keepSignIn, by, at, comment, waits }: Answer): Promise<boolean> {
    const said = { state, answer, keepSignIn, decidedBy: by, decidedAt: at, comment: asciiJson(comment), waits };
    const { affected } = await this.#database.transaction(({ manager }) =>
      manager.update(QuestionRow, { id, state: 'open', waits: '' }, said),
    );
    return affected === 1;
  }

  async reopen({ id, state }: Pick<Question, 'id' | 'state'>, waits: QuestionWait): Promise<boolean> {
    const { answer: _kept, ...open } = UNANSWERED;
    const { affected } = await this.#database.transaction(({ manager }) =>
      // What is to be undone is still to be known.
      manager.update(QuestionRow, { id, state }, { ...open, ...(waits === '' && { answer: '' }), waits }),
    );
    return affected === 1;
  }

  async #change(
    lease: LeaseGrant,
    { syncerId }: QuestionsOf,
    refs: readonly QuestionRef[],
    change: (session: Session, where: FindOptionsWhere<QuestionRow>) => Promise<unknown>,
  ): Promise<void> {
    if (refs.length === 0) return;
    await this.#database.transaction(async (session) => {
      await fence(session, lease);
      for (const subject of ['user', 'group'] as const) {
        const keys = refs.filter((ref) => ref.subject === subject).map(({ key }) => key);
        for (const set of chunks(keys, SET)) await change(session, { syncerId, subject, externalKey: In(set) });
      }
    });
  }
}

const ASKED_ONCE: readonly QuestionKind[] = ['renamed', 'value-taken'];

const INSERTED = [
  'id',
  'syncer_id',
  'organization',
  'subject',
  'external_key',
  'userid',
  'kind',
  'member',
  'candidates',
  'proposed_name',
  'fingerprint',
  'run_id',
].map((name): Column => ({ name, type: 'text' }));

async function askAll(
  session: Session,
  { syncerId, organization }: QuestionsOf,
  runId: string,
  subject: QuestionSubject,
  asked: readonly AskedQuestion[],
): Promise<void> {
  if (asked.length === 0) return;
  const where = { equal: { syncer_id: syncerId, subject }, column: 'external_key' };
  const columns = ['external_key', 'organization', 'kind', 'state', 'waits', 'fingerprint'];
  const keys = asked.map(({ key }) => key);
  // Whoever answers one of them meanwhile waits, and answers what is asked now.
  const stored = await selectBySet(session, TABLE, columns, where, keys, true);
  const known = new Map(stored.map((row) => [asText(row['external_key']), row]));
  const updates = asked.flatMap((question) => {
    const row = known.get(question.key);
    if (!row) return [];
    const run: Cell = ['run_id', runId];
    const waits = asText(row['waits']);
    const isElsewhere = asText(row['organization']) !== organization;
    if (waits === 'apply' && !isElsewhere) return { key: question.key, cells: [run] };
    const isOpen = asText(row['state']) === 'open';
    // Whose account it is comes before whose value it is: no run may ask that again.
    const isGraver = question.kind === 'value-taken' && asText(row['kind']) !== 'value-taken';
    if (isOpen && isGraver && !isElsewhere) return [];
    const isIgnored = asText(row['state']) === 'ignored' && asText(row['fingerprint']) === question.fingerprint;
    const reopens = isElsewhere || !(isOpen || isIgnored);
    const content: Cell[] = contentOf(question).map(([name, value]): Cell => [name, value]);
    return {
      key: question.key,
      cells: [run, ...content, ['organization', organization] as Cell, ...(reopens ? REOPENED : [])],
    };
  });
  if (updates.length > 0) await updateEach(session, TABLE, where, updates, OWN_TEXT);
  const fresh = asked.filter(({ key }) => !known.has(key));
  const rows = fresh.map((question) => [
    randomUUID(),
    syncerId,
    organization,
    subject,
    question.key,
    ...contentOf(question).map(([, value]) => value),
    runId,
  ]);
  const constants = {
    asked_ms: String(Date.now()),
    state: `'open'`,
    answer: `''`,
    keep_sign_in: 'FALSE',
    decided_by: `''`,
    comment_json: `'""'`,
    waits: `''`,
  };
  if (rows.length > 0) await insertRows(session, TABLE, INSERTED, constants, rows);
}

/** In the order of `INSERTED`. */
const contentOf = (question: AskedQuestion): readonly (readonly [column: string, value: string])[] => [
  ['userid', withoutUnstorable(question.userid)],
  ['kind', question.kind],
  ['member', asciiJson(question.member)],
  ['candidates', asciiJson(question.candidates)],
  ['proposed_name', question.proposedName],
  ['fingerprint', question.fingerprint],
];

type StoredCandidate = Omit<QuestionCandidate, 'groups'> & Partial<Pick<QuestionCandidate, 'groups'>>;

const toQuestion = (row: QuestionRow): Question => ({
  id: row.id,
  syncerId: row.syncerId,
  organization: row.organization,
  subject: row.subject as QuestionSubject,
  key: row.externalKey as ExternalKey,
  userid: row.userid,
  kind: row.kind as QuestionKind,
  member: asJson(row.member) as Question['member'],
  candidates: (asJson(row.candidates) as StoredCandidate[]).map((candidate) => ({ groups: [], ...candidate })),
  proposedName: row.proposedName,
  fingerprint: row.fingerprint,
  state: row.state as QuestionState,
  answer: row.answer,
  keepSignIn: row.keepSignIn,
  decidedBy: row.decidedBy,
  decidedAt: row.decidedAt === '' ? null : row.decidedAt,
  comment: asText(asJson(row.comment)),
  waits: row.waits as QuestionWait,
});

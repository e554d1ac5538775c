import { createHash } from 'node:crypto';
import { CLOCK_MS } from '../database-clock.ts';
import type { Database } from '../database.ts';
import { MemberVisitRow } from '../entities/index.ts';
import { lockSyncer } from './active-members.ts';
import type { SecretBox } from '../syncers/secret-box.ts';

/** The way of one member to his own page and back. */
interface Visit {
  readonly syncerId: string;
  /** What he brings back; only its hash is stored. */
  readonly state: string;
}

/** How often one member may do it. */
interface VisitLimit {
  readonly most: number;
  readonly withinMs: number;
}

const BROWSER = 'member visit';
const CONTENT = 'what a member gives';

const hashOf = (state: string): string => createHash('sha256').update(state).digest('hex');

/** The visits of members to their own pages: each step may be another host's, and each is taken once among all of them. */
export class MemberVisits {
  readonly #database: Database;
  readonly #box: SecretBox;

  constructor(database: Database, box: SecretBox) {
    this.#database = database;
    this.#box = box;
  }

  /** What a browser keeps of a visit that it began: nobody else can make one, and it opens for this syncer alone. */
  seal(text: string, syncerId: string): string {
    return this.#box.seal(text, { syncerId, field: BROWSER });
  }

  /** @returns undefined for what was not sealed here, or for another syncer */
  open(sealed: string, syncerId: string): string | undefined {
    try {
      return this.#box.open(sealed, { syncerId, field: BROWSER });
    } catch {
      return undefined;
    }
  }

  /** @returns whether nobody came back with this state before; of several at once exactly one is told so */
  async begin({ syncerId, state }: Visit, keepMs: number): Promise<boolean> {
    const stateHash = hashOf(state);
    return this.#database.transaction(async ({ manager }) => {
      await this.prune();
      // Whoever is first is known by what he wrote: not every database tells how many rows an ignored insert made.
      const mark = this.#box.seal('', { syncerId, field: CONTENT });
      await manager
        .createQueryBuilder()
        .insert()
        .into(MemberVisitRow)
        .values({
          stateHash,
          syncerId,
          member: '',
          content: mark,
          completedMs: 0,
          expiresMs: () => `${this.#clock} + :keepMs`,
        })
        .setParameters({ keepMs })
        .orIgnore()
        .execute();
      const { affected } = await manager.update(MemberVisitRow, { stateHash, content: mark }, { content: '' });
      return affected === 1;
    });
  }

  /** Keeps what a member would give, until he says that it is to be stored. */
  async keep({ syncerId, state }: Visit, member: string, content: string): Promise<void> {
    const sealed = this.#box.seal(content, { syncerId, field: CONTENT });
    await this.#database.transaction(({ manager }) =>
      manager.update(MemberVisitRow, { stateHash: hashOf(state), syncerId }, { member, content: sealed }),
    );
  }

  /**
   * Takes what is kept, to store it; that counts as done.
   *
   * @returns undefined when there is nothing, or somebody else took it; of several at once exactly one gets it
   */
  async take(
    { syncerId, state }: Visit,
    { most, withinMs }: VisitLimit,
  ): Promise<{ readonly content: string } | 'tooMany' | undefined> {
    const stateHash = hashOf(state);
    return this.#database.transaction(async (session) => {
      // Before anything is read: some databases go on showing a transaction what it saw first.
      await lockSyncer(session, { syncerId });
      const { manager } = session;
      const row = await manager.findOneBy(MemberVisitRow, { stateHash, syncerId });
      if (!row || row.content === '') return undefined;
      const done = await manager
        .createQueryBuilder(MemberVisitRow, 'v')
        .where('v.syncer_id = :syncerId AND v.member = :member', { syncerId, member: row.member })
        .andWhere(`v.completed_ms > ${this.#clock} - :withinMs`, { withinMs })
        .getCount();
      if (done >= most) return 'tooMany';
      const { affected } = await manager
        .createQueryBuilder()
        .update(MemberVisitRow)
        .set({ content: '', completedMs: () => this.#clock, expiresMs: () => `${this.#clock} + :withinMs` })
        .where({ stateHash, content: row.content })
        .setParameters({ withinMs })
        .execute();
      if (affected !== 1) return undefined;
      return { content: this.#box.open(row.content, { syncerId, field: CONTENT }) };
    });
  }

  /** What was taken could not be stored now: it may be taken again, and did not count. */
  async putBack({ syncerId, state }: Visit, content: string, keepMs: number): Promise<void> {
    const sealed = this.#box.seal(content, { syncerId, field: CONTENT });
    await this.#database.transaction(({ manager }) =>
      manager
        .createQueryBuilder()
        .update(MemberVisitRow)
        .set({ content: sealed, completedMs: 0, expiresMs: () => `${this.#clock} + :keepMs` })
        .where({ stateHash: hashOf(state), syncerId })
        .setParameters({ keepMs })
        .execute(),
    );
  }

  /** Forgets what is too old to go on, or to count. */
  async prune(): Promise<void> {
    await this.#database.transaction(({ manager }) =>
      manager.createQueryBuilder().delete().from(MemberVisitRow).where(`expires_ms <= ${this.#clock}`).execute(),
    );
  }

  get #clock(): string {
    return CLOCK_MS[this.#database.dialect];
  }
}

import type { ProtectionDraft, ProtectionStore, ProtectionSubject } from '../../engine/ports/protection-store.ts';
import type { Page, RunStore } from '../../engine/ports/run-store.ts';
import {
  BY_UNDO,
  departmentSubject,
  groupSubject,
  PROTECTION_KINDS,
  type Protection,
  type ProtectionKind,
} from '../../identity/protection.ts';
import { fitsCharacters } from '../../syncer/characters.ts';
import { text, type Text } from '../../syncer/text.ts';
import { missing, noSuchOrganization, Refusal } from '../refusal.ts';
import type { SyncerRecord, SyncerStore } from '../syncers/syncer-record.ts';
import { DEFAULT_TIME_ZONE, endOf } from './ending.ts';
import { subjectElsewhere, type SubjectsElsewhereNeeds } from './subjects-elsewhere.ts';

/** Somebody whom no run locks out or takes from. */
export interface ProtectionObject extends Omit<Protection, 'syncerId'> {
  /** `ORG/NAME`; "" = whichever syncer of the organization. */
  readonly syncer: string;
}

/** Whom a person wants to be left alone. */
export interface ProtectionInput {
  /** The organization. */
  readonly owner: string;
  readonly kind: string;
  /** `ORG/NAME` of an account or a group, a userid, or the id of a department. */
  readonly value: string;
  /** `ORG/NAME` or `NAME`; absent or "" = whichever syncer of the organization. */
  readonly syncer?: string;
  readonly reason: string;
  /** A date, whose whole day counts, or an RFC 3339 time; absent or "" = until it is taken away. */
  readonly until?: string;
}

/** A protection that may be stored. */
export interface CheckedProtection {
  readonly draft: Omit<ProtectionDraft, 'by'>;
  readonly syncer: SyncerRecord | undefined;
}

interface ProtectionsDeps extends SubjectsElsewhereNeeds {
  readonly store: ProtectionStore;
  readonly records: Pick<SyncerStore, 'find' | 'list'>;
  readonly runStore: Pick<RunStore, 'now'>;
}

const ROWS_AT_ONCE = 1000;
/** Characters. */
const LONGEST_REASON = 500;
const LONGEST_VALUE = 255;

/** Whom runs leave alone, by a person's word. */
export class ProtectionService {
  readonly #deps: ProtectionsDeps;

  constructor(deps: ProtectionsDeps) {
    this.#deps = deps;
  }

  /** Newest first; without an organization those of all. `page` starts at 1. */
  async list(owner: string | undefined, page: number, pageSize: number): Promise<Page<ProtectionObject>> {
    const { rows, total } = await this.#deps.store.list(owner, page, pageSize);
    const names = rows.some(({ syncerId }) => syncerId !== '') ? await this.#namesOf(owner) : new Map<string, string>();
    return { rows: rows.map((row) => shown(row, names.get(row.syncerId))), total };
  }

  /**
   * By its id, or by `ORG/NAME` of the account that it is about.
   *
   * @returns nothing where there is none; several where several are about that account
   */
  async find(id: string): Promise<readonly ProtectionObject[]> {
    const owner = id.slice(0, Math.max(id.indexOf('/'), 0));
    const found =
      owner === ''
        ? [await this.#deps.store.find(id)].filter((protection) => protection !== undefined)
        : await this.#deps.store.about({ owner, kind: 'user', value: id });
    const names = found.length === 0 ? new Map<string, string>() : await this.#namesOf(found[0]?.owner);
    return found.map((protection) => shown(protection, names.get(protection.syncerId)));
  }

  /**
   * @param by `ORG/NAME` of the person
   * @throws Refusal that names what to change; nothing was stored
   */
  async protect(input: ProtectionInput, by: string): Promise<ProtectionObject> {
    return this.stored(await this.checked(input), by);
  }

  /** Stores what was checked; what the same was said of before is replaced. */
  async stored({ draft, syncer }: CheckedProtection, by: string): Promise<ProtectionObject> {
    const protection = await this.#deps.store.protect({ ...draft, by });
    return shown(protection, syncer && `${syncer.organization}/${syncer.name}`);
  }

  /** Whether one that was said so has ended by itself. */
  async isPast({
    owner,
    syncer = '',
    until = '',
  }: Pick<ProtectionInput, 'owner' | 'syncer' | 'until'>): Promise<boolean> {
    if (until === '') return false;
    const record = await this.#deps.records.find(owner, syncer.slice(syncer.indexOf('/') + 1));
    return endOf(until, zoneOf(record)) <= (await this.#deps.runStore.now());
  }

  /** Takes one away that may be gone already. */
  async remove(id: string): Promise<void> {
    await this.#deps.store.remove(id);
  }

  /** Those that people made, of these organizations or of all, oldest first. */
  async ofPeople(owners: readonly string[] | undefined): Promise<readonly ProtectionObject[]> {
    const found: ProtectionObject[] = [];
    for (const owner of owners ?? [undefined]) {
      for (let page = 1; ; page += 1) {
        const { rows } = await this.list(owner, page, ROWS_AT_ONCE);
        found.push(...rows.filter(({ by }) => by !== BY_UNDO));
        if (rows.length < ROWS_AT_ONCE) break;
      }
    }
    return found.toReversed();
  }

  /**
   * @param id as that of `find`
   * @throws Refusal when there is none
   */
  async unprotect(id: string): Promise<readonly ProtectionObject[]> {
    const found = await this.find(id);
    if (found.length === 0) throw NO_PROTECTION;
    for (const protection of found) await this.remove(protection.id);
    return found;
  }

  /** Whose history it is part of, as the audit log names it; "" = nobody's. */
  async subjectOf({ owner, kind, value, syncer }: ProtectionObject): Promise<string> {
    switch (kind) {
      case 'user':
        return value;
      case 'group':
        return groupSubject(value);
      case 'department':
        return departmentSubject(syncer || owner, value);
      case 'userid': {
        const record = await this.#syncerIn({ owner, syncer });
        const name = await this.#deps.store.accountOf({ owner, value, syncerId: record?.id ?? '' });
        return name === '' ? '' : `${owner}/${name}`;
      }
    }
  }

  /**
   * As it would be stored.
   *
   * @param coming syncers that are to be stored with it, by `ORG/NAME`
   * @throws Refusal that names what to change
   */
  async checked(input: ProtectionInput, coming?: ReadonlyMap<string, SyncerRecord>): Promise<CheckedProtection> {
    const { owner } = input;
    const kind = kindIn(input.kind);
    const reason = input.reason.trim();
    if (reason === '') throw NO_REASON;
    if (!fitsCharacters(reason, LONGEST_REASON)) throw tooLong('reason', LONGEST_REASON);
    if (owner === '') throw missing('owner');
    if (!(await this.#deps.identity.organizationExists(owner))) throw noSuchOrganization(owner);
    const syncer = await this.#syncerIn(input, coming);
    const named = valueIn(input, kind);
    const until = input.until === undefined || input.until === '' ? null : input.until;
    const endsAt = until === null ? null : endOf(until, zoneOf(syncer));
    if (endsAt && endsAt <= (await this.#deps.runStore.now())) throw PAST;
    const of = { owner, kind, syncerId: syncer?.id ?? '' };
    const subject = await this.#subject({ ...of, value: named }, syncer);
    if (!subject) throw notThere(kind, named);
    return { draft: { ...of, ...subject, reason, until, endsAt }, syncer };
  }

  async #subject(
    of: Pick<ProtectionDraft, 'owner' | 'kind' | 'value' | 'syncerId'>,
    syncer: SyncerRecord | undefined,
  ): Promise<ProtectionSubject | undefined> {
    const { store, records } = this.#deps;
    const found = await store.subject(of);
    if (found !== 'elsewhere') return found;
    return subjectElsewhere(of, syncer ? [syncer] : await records.list(of.owner), this.#deps);
  }

  async #syncerIn(
    { owner, syncer = '' }: Pick<ProtectionInput, 'owner' | 'syncer'>,
    coming?: ReadonlyMap<string, SyncerRecord>,
  ): Promise<SyncerRecord | undefined> {
    if (syncer === '') return undefined;
    const name = syncer.startsWith(`${owner}/`) ? syncer.slice(owner.length + 1) : syncer;
    const record = coming?.get(`${owner}/${name}`) ?? (await this.#deps.records.find(owner, name));
    if (!record) throw new Refusal(text(`The syncer "${syncer}" does not exist.`, `同步器“${syncer}”不存在。`));
    return record;
  }

  async #namesOf(owner: string | undefined): Promise<ReadonlyMap<string, string>> {
    const records = await this.#deps.records.list(owner);
    return new Map(records.map(({ id, organization, name }) => [id, `${organization}/${name}`]));
  }
}

/** Where the days of a syncer end. */
function zoneOf(syncer: SyncerRecord | undefined): string {
  const zone = syncer?.settings['timeZone'];
  return typeof zone === 'string' && zone !== '' ? zone : DEFAULT_TIME_ZONE;
}

const shown = (
  { id, owner, kind, value, reason, until, by, at }: Protection,
  syncer: string | undefined,
): ProtectionObject => ({ id, owner, kind, value, syncer: syncer ?? '', reason, until, by, at });

function kindIn(word: string): ProtectionKind {
  const kind = PROTECTION_KINDS.find((one) => one === word);
  if (kind) return kind;
  throw new Refusal(
    text(`"kind" must be one of ${PROTECTION_KINDS.join(', ')}.`, `“kind”必须是 ${PROTECTION_KINDS.join('、')} 之一。`),
  );
}

function valueIn({ owner, value }: ProtectionInput, kind: ProtectionKind): string {
  if (value === '') throw missing('value');
  if (!fitsCharacters(value, LONGEST_VALUE)) throw tooLong('value', LONGEST_VALUE);
  if (kind === 'userid' || kind === 'department') return value;
  const [organization, name, ...more] = value.split('/');
  if (organization !== owner || name === undefined || name === '' || more.length > 0) throw NAMES[kind](owner);
  return value;
}

const NAMES: Readonly<Record<'user' | 'group', (owner: string) => Refusal>> = {
  user: (owner) =>
    new Refusal(
      text(
        `"value" of kind user is the account's ORG/NAME, in the organization "${owner}".`,
        `kind 为 user 时，“value”是组织“${owner}”中账号的“组织/用户名”。`,
      ),
    ),
  group: (owner) =>
    new Refusal(
      text(
        `"value" of kind group is the group's ORG/NAME, in the organization "${owner}".`,
        `kind 为 group 时，“value”是组织“${owner}”中群组的“组织/群组名”。`,
      ),
    ),
};

const tooLong = (key: string, characters: number): Refusal =>
  new Refusal(text(`"${key}" is longer than ${characters} characters.`, `“${key}”超过 ${characters} 个字符。`));

function notThere(kind: ProtectionKind, value: string): Refusal {
  const says: Readonly<Record<ProtectionKind, Text>> = {
    user: text(`The user: ${value} doesn't exist`, `用户：${value} 不存在`),
    userid: text(`The userid "${value}" is not known.`, `userid“${value}”不存在。`),
    group: text(`The group: ${value} doesn't exist`, `群组：${value} 不存在`),
    department: text(
      `No group belongs to the department ${value}: sync first, or name a syncer that has it.`,
      `部门 ${value} 没有对应的群组：请先同步，或指定包含该部门的同步器。`,
    ),
  };
  return new Refusal(says[kind]);
}

const NO_REASON = new Refusal(
  text(
    'Say why: "reason" is missing. It stands in the list of changes.',
    '请填写原因：缺少“reason”，它会显示在变更列表中。',
  ),
);
const PAST = new Refusal(
  text('"until" is past already: name a later date, or none.', '“until”已经过去：请填写更晚的日期，或留空。'),
);
export const NO_PROTECTION = new Refusal(text('There is no such protection.', '没有该保护设置。'));

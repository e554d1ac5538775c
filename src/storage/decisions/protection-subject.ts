import { createHash } from 'node:crypto';
import { In, type EntityManager } from 'typeorm';
import { BY_UNDO } from '../../identity/protection.ts';
import { ProtectionRow } from '../entities/index.ts';

type Subject = Pick<ProtectionRow, 'owner' | 'kind' | 'value' | 'accountId' | 'syncerId' | 'madeBy'>;

/**
 * The same for those that are about the very same: a userid in whatever case, an account under whatever name, and apart
 * what an undo says and what people say. Of each there is one, also where two people say it at once.
 */
export function subjectKeyOf({ owner, kind, value, accountId, syncerId, madeBy }: Subject): string {
  const named = kind === 'user' && accountId !== '' ? ['id', accountId] : ['value', caseless(kind, value)];
  const parts = [owner, kind, ...named, syncerId, madeBy === BY_UNDO ? BY_UNDO : 'person'];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

const caseless = (kind: ProtectionRow['kind'], value: string): string =>
  kind === 'userid' ? value.toLowerCase() : value;

/** What they are about is called otherwise from now on; where that was protected already, what holds longer stays. */
export async function renameSubjects(
  manager: EntityManager,
  rows: readonly ProtectionRow[],
  value: string,
): Promise<void> {
  for (const row of rows) {
    const { owner, kind, accountId, syncerId, madeBy } = row;
    const subjectKey = subjectKeyOf({ owner, kind, value, accountId, syncerId, madeBy });
    const there = await manager.findOneBy(ProtectionRow, { subjectKey });
    if (there && there.id !== row.id) {
      const isLonger = (there.endsMs ?? Infinity) > (row.endsMs ?? Infinity);
      await manager.delete(ProtectionRow, { id: isLonger ? row.id : there.id });
    }
    await manager.update(ProtectionRow, { id: row.id }, { value, subjectKey });
  }
}

/** Stores them in place of those that are about the very same, which keep their ids. */
export async function storeProtections(
  manager: EntityManager,
  drafts: readonly Omit<ProtectionRow, 'subjectKey'>[],
): Promise<readonly ProtectionRow[]> {
  const rows = [...new Map(drafts.map((draft) => [subjectKeyOf(draft), draft]))].map(
    ([subjectKey, draft]): ProtectionRow => ({ ...draft, subjectKey }),
  );
  await manager
    .createQueryBuilder()
    .insert()
    .into(ProtectionRow)
    .values(rows)
    .orUpdate(['value', 'reason', 'until', 'ends_ms', 'made_by', 'made_ms'], ['subject_key'])
    .execute();
  return manager.findBy(ProtectionRow, { subjectKey: In(rows.map(({ subjectKey }) => subjectKey)) });
}

import { And, Equal, Not, Raw, type EntityManager, type FindOperator } from 'typeorm';
import { renameSubjects } from '../decisions/protection-subject.ts';
import type { Session } from '../session.ts';
import { DecisionRow, LeavingRow, LinkRow, ProtectionRow, UserRow } from '../entities/index.ts';
import { namelessLink } from '../entities/link-row.ts';

/** Whose account it is about, as it was called until now. */
interface Named {
  readonly owner: string;
  readonly name: string;
}

/** Who took the access away, as syncs read it. */
type TakenBy = Partial<Record<'forbiddenBy' | 'deletedBy', string | null>>;

/**
 * Writes who took an account's access, wherever that is remembered: where a syncer holds it, where a person took it from
 * its member, and where a deleted syncer left it. Whoever links it again reads there whether a sync may let it in.
 */
export async function writeTakenBy(manager: EntityManager, { owner, name }: Named, by: TakenBy): Promise<void> {
  if (Object.keys(by).length === 0) return;
  await manager.update(LinkRow, { kind: 'user', organization: owner, name }, by);
  await writeTakenByOfFree(manager, { owner, name }, by);
}

/** The same where no syncer holds it. */
export async function writeTakenByOfFree(manager: EntityManager, { owner, name }: Named, by: TakenBy): Promise<void> {
  await manager.update(DecisionRow, { organization: owner, name }, by);
  await manager.update(LeavingRow, { organization: owner, kind: 'user', name }, by);
}

/**
 * No account has this name, or the one that had it is gone: whoever gets it is somebody else, of whom no sync knows
 * anything. What was held or left under it is remembered without a name, so that a member whose account a person deleted
 * goes on having none.
 *
 * @param besides the name of an account that is there, under another spelling
 */
export async function freeName(session: Session, { owner, name }: Named, besides?: string): Promise<void> {
  const { manager } = session;
  const spelt = spellingsOf(session, name);
  for (const entity of [LinkRow, LeavingRow] as const) {
    const where = { organization: owner, kind: 'user' };
    const rows = await manager.findBy<LinkRow | LeavingRow>(entity, { ...where, name: spelt });
    for (const row of rows.filter((found) => found.name !== besides)) {
      await manager.update<LinkRow | LeavingRow>(entity, { ...where, name: row.name }, { name: namelessLink() });
    }
  }
}

/**
 * The same of a group: whoever makes one of that name makes his own, and a department whose group a person deleted gets
 * another one.
 */
export async function freeGroupName(session: Session, name: string, besides?: string): Promise<void> {
  const where = { kind: 'group', name: And(spellingsOf(session, name), Not(besides ?? '')) };
  await session.manager.delete(LinkRow, where);
  await session.manager.delete(LeavingRow, where);
}

/** MySQL finds an account, or a group, by any spelling of its name, whereas our tables compare byte by byte. */
const spellingsOf = ({ dialect }: Session, name: string): FindOperator<string> =>
  dialect === 'mysql' ? Raw((column) => `LOWER(${column}) = LOWER(:name)`, { name }) : Equal(name);

/** Everything of ours that names an account, or a group, follows its new name. */
export async function renameTraces(
  session: Session,
  kind: 'user' | 'group',
  { owner: organization, name: before }: Named,
  name: string,
): Promise<void> {
  const { manager } = session;
  // One of that name that is gone may have been held, or left, there.
  if (kind === 'user') await freeName(session, { owner: organization, name }, before);
  else await freeGroupName(session, name, before);
  await manager.update(LinkRow, { kind, organization, name: before }, { name });
  if (kind === 'user') await manager.update(DecisionRow, { organization, name: before }, { name });
  await manager.update(LeavingRow, { organization, kind, name: before }, { name });
  const [old, value] = [`${organization}/${before}`, `${organization}/${name}`];
  await renameSubjects(manager, await manager.findBy(ProtectionRow, { owner: organization, kind, value: old }), value);
}

/**
 * Whoever gets that name later is somebody else, and none of them is left alone any more. A database of before may have
 * another account with the same id: what is about the id stays with that one.
 */
export async function endUserProtections(
  manager: EntityManager,
  { owner, name, id }: Named & { readonly id: string | null },
): Promise<void> {
  await manager.delete(ProtectionRow, { owner, kind: 'user', accountId: '', value: `${owner}/${name}` });
  if (!id || (await manager.existsBy(UserRow, { owner, id }))) return;
  await manager.delete(ProtectionRow, { owner, kind: 'user', accountId: id });
}

/** A group of that name later is another one. */
export async function endGroupProtections(manager: EntityManager, { owner, name }: Named): Promise<void> {
  await manager.delete(ProtectionRow, { owner, kind: 'group', value: `${owner}/${name}` });
}

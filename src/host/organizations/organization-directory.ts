import { NameTakenError, OrganizationInUseError } from '../../storage/accounts/errors.ts';
import { OWNER_OF_ORGANIZATIONS, type OrganizationRecords } from '../../storage/accounts/organization-records.ts';
import type { OrganizationRow } from '../../storage/entities/casdoor/casdoor-rows.ts';
import { text } from '../../syncer/text.ts';
import { checkName } from '../../service/name-rule.ts';
import { noSuchOrganization, Refusal } from '../../service/refusal.ts';
import { hashPassword } from '../auth/password.ts';
import { newOrganization, type OrganizationPatch } from './organization-patch.ts';

export const ORGANIZATION_FIELDS = [
  'name',
  'displayName',
  'createdTime',
  'websiteUrl',
  'passwordType',
  'defaultApplication',
  'defaultAvatar',
  'enableSoftDeletion',
] as const;

/** The organizations of the database: found, added, changed, deleted. */
export class OrganizationDirectory {
  readonly #records: OrganizationRecords;

  constructor(records: OrganizationRecords) {
    this.#records = records;
  }

  async list(): Promise<readonly OrganizationRow[]> {
    return this.#records.list();
  }

  /** By its exact name: a database that compares without case answers other spellings too, and they are not the same. */
  async find(name: string): Promise<OrganizationRow | undefined> {
    const row = await this.#records.find(name);
    return row?.name === name ? row : undefined;
  }

  /** @throws Refusal when there is none of this name */
  async require(name: string): Promise<OrganizationRow> {
    const row = await this.find(name);
    if (row) return row;
    throw noSuchOrganization(name);
  }

  /** @throws Refusal when the name is taken, reserved or cannot be one */
  async add(patch: OrganizationPatch): Promise<void> {
    const { name = '', ...values } = newOrganization(await hidden(patch));
    checkOrganizationName(name);
    await this.insert(name, { ...values, displayName: values.displayName || name });
  }

  /** @throws Refusal when the name is taken, also in another spelling of case: some databases cannot tell them apart */
  async insert(name: string, values: OrganizationPatch): Promise<void> {
    await worded(name, () => this.#records.insert(name, newOrganization(values)));
  }

  /**
   * Answers whether there is one.
   *
   * @throws Refusal when it would be renamed and somebody belongs to it, or the name is taken or cannot be one
   */
  async update(name: string, patch: OrganizationPatch): Promise<boolean> {
    if (patch.name !== undefined && patch.name !== name) checkOrganizationName(patch.name);
    const values = await hidden(patch, await this.find(name));
    return worded(name, () => this.#records.update(name, values));
  }

  /**
   * Answers whether there was one.
   *
   * @throws Refusal when somebody belongs to it
   */
  async remove(name: string): Promise<boolean> {
    return worded(name, () => this.#records.remove(name));
  }
}

function checkOrganizationName(name: string): void {
  checkName('name', name);
  if (name.toLowerCase() === OWNER_OF_ORGANIZATIONS) {
    throw new Refusal(text('The name "admin" is reserved.', '名称“admin”为保留名称。'));
  }
}

/** A password that would open every account of the organization is stored as nobody can read it, like Casdoor does. */
async function hidden(patch: OrganizationPatch, stored?: OrganizationRow): Promise<OrganizationPatch> {
  if (!patch.masterPassword) return patch;
  const { password } = await hashPassword(patch.masterPassword, patch.passwordType ?? stored?.passwordType ?? '');
  return { ...patch, masterPassword: password };
}

async function worded<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof NameTakenError)
      throw new Refusal(text(`Organization "${name}" exists already.`, `组织“${name}”已存在。`));
    if (error instanceof OrganizationInUseError) throw inUse(name, error);
    throw error;
  }
}

const inUse = (name: string, { users, syncers }: OrganizationInUseError): Refusal => {
  const counted = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;
  return new Refusal(
    text(
      `Organization "${name}" has ${counted(users, 'user')} and ${counted(syncers, 'syncer')}: delete them first.`,
      `组织“${name}”中有 ${users} 个用户和 ${syncers} 个同步器，请先将其删除。`,
    ),
  );
};

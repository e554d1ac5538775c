import { NameTakenError } from '../../storage/accounts/errors.ts';
import { OWNER_OF_ORGANIZATIONS, type OrganizationRecords } from '../../storage/accounts/organization-records.ts';
import type { OrganizationRow } from '../../storage/entities/organization-row.ts';
import { fitsCharacters } from '../../syncer/characters.ts';
import { text } from '../../syncer/text.ts';
import { checkName } from '../../service/name-rule.ts';
import { noSuchOrganization, Refusal } from '../../service/refusal.ts';

export const ORGANIZATION_FIELDS = ['name', 'displayName', 'createdTime', 'websiteUrl'] as const;

/** The organizations of the database, and the one call that adds one. */
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
  async add(body: Readonly<Record<string, unknown>>): Promise<string> {
    const name = typeof body['name'] === 'string' ? body['name'].trim() : '';
    checkName('name', name);
    if (name.toLowerCase() === OWNER_OF_ORGANIZATIONS) {
      throw new Refusal(text('The name "admin" is reserved.', '名称“admin”为保留名称。'));
    }
    const displayName = typeof body['displayName'] === 'string' ? body['displayName'].trim() : '';
    if (!fitsCharacters(displayName, 100)) {
      throw new Refusal(
        text('Field "displayName" is longer than 100 characters.', '字段“displayName”超过 100 个字符。'),
      );
    }
    await this.insert(name, displayName || name);
    return name;
  }

  /** @throws Refusal when the name is taken, also in another spelling of case: some databases cannot tell them apart */
  async insert(name: string, displayName: string): Promise<void> {
    try {
      await this.#records.insert(name, displayName);
    } catch (error) {
      if (!(error instanceof NameTakenError)) throw error;
      throw new Refusal(text(`Organization "${name}" exists already.`, `组织“${name}”已存在。`));
    }
  }
}

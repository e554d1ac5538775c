import type { DataSource, EntityMetadata } from 'typeorm';
import { OrganizationRow } from '../../storage/entities/index.ts';
import type { Database } from '../../storage/database.ts';
import { asList, rfc3339 } from '../../storage/text-value.ts';
import { fitsCharacters } from '../../syncer/characters.ts';
import { text } from '../../syncer/text.ts';
import { checkName } from '../../service/name-rule.ts';
import { Refusal } from '../../service/refusal.ts';
import { FLAG, list, TEXT, WHOLE, type Schema } from '../http/schema.ts';

type ColumnMetadata = EntityMetadata['columns'][number];

/** Every organization belongs to it, in Casdoor's tables. */
const OWNER = 'admin';

export const ORGANIZATION_FIELDS = ['name', 'displayName', 'createdTime', 'websiteUrl'] as const;

const BLANK: ReadonlySet<string> = new Set(['passwordSalt', 'passwordOptions', 'mfaItems', 'accountItems']);
const LISTS: ReadonlySet<string> = new Set(['countryCodes', 'tags', 'languages']);

function shown(column: ColumnMetadata, stored: unknown): unknown {
  const name = column.propertyName;
  if (BLANK.has(name)) return name === 'passwordSalt' ? '' : [];
  if (LISTS.has(name)) return asList(stored);
  if (column.type === 'boolean') return stored === true;
  if (column.type === 'int') return Number(stored ?? 0);
  return stored ?? '';
}

function schemaOf({ propertyName, type }: ColumnMetadata): Schema {
  if (propertyName === 'passwordSalt') return TEXT;
  if (BLANK.has(propertyName) || LISTS.has(propertyName)) return list(TEXT);
  if (type === 'boolean') return FLAG;
  return type === 'int' ? WHOLE : TEXT;
}

/** Of what `OrganizationDirectory.json` shows. */
export const organizationSchema = (dataSource: DataSource): Readonly<Record<string, Schema>> =>
  Object.fromEntries(
    dataSource.getMetadata(OrganizationRow).columns.map((column) => [column.propertyName, schemaOf(column)]),
  );

/** The organizations of the database, and the one call that adds one. */
export class OrganizationDirectory {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async list(): Promise<readonly OrganizationRow[]> {
    return this.#database.read(({ manager }) =>
      manager.find(OrganizationRow, { where: { owner: OWNER }, order: { name: 'ASC' } }),
    );
  }

  /** By its exact name: a database that compares without case answers other spellings too, and they are not the same. */
  async find(name: string): Promise<OrganizationRow | undefined> {
    const row = await this.#database.read(({ manager }) => manager.findOneBy(OrganizationRow, { owner: OWNER, name }));
    return row?.name === name ? row : undefined;
  }

  /** @throws Refusal when there is none of this name */
  async require(name: string): Promise<OrganizationRow> {
    const row = await this.find(name);
    if (row) return row;
    throw new Refusal(
      text(
        `Organization "${name}" does not exist. Create it, or choose another one.`,
        `组织“${name}”不存在。请先创建，或选择其他组织。`,
      ),
    );
  }

  /** @throws Refusal when the name is taken, reserved or cannot be one */
  async add(body: Readonly<Record<string, unknown>>): Promise<string> {
    const name = typeof body['name'] === 'string' ? body['name'].trim() : '';
    checkName('name', name);
    if (name.toLowerCase() === OWNER) {
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
    await this.#database.transaction(async ({ manager }) => {
      const taken = await manager
        .createQueryBuilder(OrganizationRow, 'o')
        .where('LOWER(o.name) = :name', { name: name.toLowerCase() })
        .getExists();
      if (taken) {
        throw new Refusal(text(`Organization "${name}" exists already.`, `组织“${name}”已存在。`));
      }
      await manager.insert(OrganizationRow, {
        owner: OWNER,
        name,
        createdTime: rfc3339(new Date()),
        displayName,
        websiteUrl: '',
        logo: '',
        favicon: '',
        hasPrivilegeConsent: false,
        passwordType: 'argon2id',
        passwordSalt: '',
        passwordOptions: '["AtLeast6"]',
        countryCodes: '["CN"]',
        defaultAvatar: '',
        defaultApplication: '',
        tags: '[]',
        languages: '["en","zh"]',
        ipWhitelist: '',
        initScore: 0,
        enableSoftDeletion: false,
        isProfilePublic: false,
        disableSignin: false,
        mfaItems: 'null',
        accountItems: 'null',
        balanceCurrency: '',
      });
    });
  }

  json(row: OrganizationRow): Readonly<Record<string, unknown>> {
    const json: Record<string, unknown> = {};
    for (const column of this.#database.dataSource.getMetadata(OrganizationRow).columns) {
      json[column.propertyName] = shown(column, column.getEntityValue(row));
    }
    return json;
  }
}

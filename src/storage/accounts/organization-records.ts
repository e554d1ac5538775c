import type { Database } from '../database.ts';
import { OrganizationRow } from '../entities/index.ts';
import { rfc3339 } from '../text-value.ts';
import { NameTakenError } from './errors.ts';

/** Every organization belongs to it, in Casdoor's tables. */
export const OWNER_OF_ORGANIZATIONS = 'admin';

/** The rows of the organizations. */
export class OrganizationRecords {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  list(): Promise<readonly OrganizationRow[]> {
    return this.#database.read(({ manager }) =>
      manager.find(OrganizationRow, { where: { owner: OWNER_OF_ORGANIZATIONS }, order: { name: 'ASC' } }),
    );
  }

  /** By its name; a database that compares without case answers other spellings too. */
  find(name: string): Promise<OrganizationRow | null> {
    return this.#database.read(({ manager }) =>
      manager.findOneBy(OrganizationRow, { owner: OWNER_OF_ORGANIZATIONS, name }),
    );
  }

  /** @throws NameTakenError, also for another spelling of case: some databases cannot tell them apart */
  async insert(name: string, displayName: string): Promise<void> {
    await this.#database.transaction(async ({ manager }) => {
      const taken = await manager
        .createQueryBuilder(OrganizationRow, 'o')
        .where('LOWER(o.name) = :name', { name: name.toLowerCase() })
        .getExists();
      if (taken) throw new NameTakenError();
      await manager.insert(OrganizationRow, {
        owner: OWNER_OF_ORGANIZATIONS,
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
}

import { LastAdministratorError, NameTakenError } from '../../storage/accounts/errors.ts';
import type { AccountEdit, UserAccounts } from '../../storage/accounts/user-accounts.ts';
import type { UserRow } from '../../storage/entities/index.ts';
import { text } from '../../syncer/text.ts';
import { hashPassword } from '../auth/password.ts';
import { checkName } from '../../service/name-rule.ts';
import { Refusal } from '../../service/refusal.ts';
import type { UserPatch } from './user-patch.ts';

/** Throws when a row, as it is stored at that moment, must not be changed. */
type Check = (row: UserRow) => void;

const LAST_ADMINISTRATOR = text(
  'This is the last account that administers everything. Create another one in "built-in" first.',
  '这是最后一个全局管理员账号。请先在“built-in”组织中创建另一个账号。',
);
const TAKEN = text('Username already exists', '用户名已存在');
const FOREIGN_GROUPS = text('Groups must belong to the account’s organization.', '群组必须属于该账号所在的组织。');

/** Adds, changes and deletes accounts for an administrator, and says why not. */
export class UserEditor {
  readonly #accounts: UserAccounts;

  constructor(accounts: UserAccounts) {
    this.#accounts = accounts;
  }

  /** @throws Refusal when the name is taken or cannot be one */
  async add(organization: string, patch: UserPatch, source: string): Promise<void> {
    checkName('name', patch.name ?? '', 255);
    const edit = await editOf(organization, patch);
    await worded(() => this.#accounts.add(organization, edit, source));
  }

  /**
   * Answers whether there is such an account.
   *
   * @param check throws when the row must not be changed so
   * @throws Refusal when the name is taken or cannot be one, or nobody could administer everything any more
   */
  async update(organization: string, name: string, patch: UserPatch, check?: Check): Promise<boolean> {
    if (patch.name !== undefined && patch.name !== name) checkName('name', patch.name, 255);
    const edit = await editOf(organization, patch);
    return worded(() => this.#accounts.update(organization, name, edit, check));
  }

  /**
   * Answers whether there was such an account. Where the organization says so, the row stays and is marked.
   *
   * @param check throws when the row must not be deleted
   * @throws Refusal when nobody could administer everything any more
   */
  remove(organization: string, name: string, check?: Check): Promise<boolean> {
    return worded(() => this.#accounts.remove(organization, name, check));
  }
}

/** Hashing happens before the transaction begins: it takes longer than everything in it. */
async function editOf(organization: string, { password, ...patch }: UserPatch): Promise<AccountEdit> {
  if (patch.groups?.some((group) => !group.startsWith(`${organization}/`))) throw new Refusal(FOREIGN_GROUPS);
  return password === undefined ? patch : { ...patch, password: await hashPassword(password) };
}

async function worded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof NameTakenError) throw new Refusal(TAKEN);
    if (error instanceof LastAdministratorError) throw new Refusal(LAST_ADMINISTRATOR);
    throw error;
  }
}

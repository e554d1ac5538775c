import { LastAdministratorError, ValueTakenError } from '../../storage/accounts/errors.ts';
import type { AccountEdit, UserAccounts } from '../../storage/accounts/user-accounts.ts';
import type { UserRow } from '../../storage/entities/index.ts';
import { asList } from '../../storage/text-value.ts';
import { text, type Text } from '../../syncer/text.ts';
import type { FieldChange } from '../../identity/change.ts';
import { hashPassword } from '../auth/password.ts';
import type { IamSignOuts } from '../../service/iam/sign-outs.ts';
import { Refusal } from '../../service/refusal.ts';
import { changesOf } from './edit-changes.ts';
import type { UserPatch } from './user-patch.ts';
import { ruledEdit } from './user-rules.ts';

/** Throws when a row, as it is stored at that moment, must not be changed. */
type Check = (row: UserRow) => void;

const LAST_ADMINISTRATOR = text(
  'This is the last account that administers everything. Create another one in "built-in" first.',
  '这是最后一个全局管理员账号。请先在“built-in”组织中创建另一个账号。',
);
const TAKEN: Readonly<Record<ValueTakenError['field'], Text>> = {
  name: text('Username already exists', '用户名已存在'),
  email: text('Email already exists', '邮箱已存在'),
  phone: text('Phone already exists', '手机号已存在'),
};

/** Adds, changes and deletes accounts for an administrator, and says why not. */
export class UserEditor {
  readonly #accounts: UserAccounts;
  readonly #signOuts: Pick<IamSignOuts, 'settleEdited'> | undefined;

  /** @param signOuts whose sign-ins end here is signed out of the IAM beside us, too */
  constructor(accounts: UserAccounts, signOuts?: Pick<IamSignOuts, 'settleEdited'>) {
    this.#accounts = accounts;
    this.#signOuts = signOuts;
  }

  /**
   * @returns what the account has from now on
   * @throws Refusal when a value is another account's or cannot be one
   */
  async add(organization: string, patch: UserPatch, source: string): Promise<readonly FieldChange[]> {
    const edit = await hashed(patch);
    let changes: readonly FieldChange[] = [];
    const ruled: Parameters<UserAccounts['add']>[2] = (_, owner) => {
      const ruledOne = ruledEdit(edit, undefined, owner, organization);
      changes = changesOf(ruledOne);
      return ruledOne;
    };
    await worded(() => this.#accounts.add(organization, patch.name ?? '', ruled, source));
    return changes;
  }

  /**
   * @returns what became different; undefined: there is no such account
   * @param check throws when the row must not be changed so
   * @throws Refusal when a value is another account's or cannot be one, or nobody could administer everything any more
   */
  async update(
    organization: string,
    name: string,
    patch: UserPatch,
    check?: Check,
  ): Promise<readonly FieldChange[] | undefined> {
    const edit = await hashed(patch);
    let isSignedOut = false;
    let changes: readonly FieldChange[] = [];
    const isThere = await worded(() =>
      this.#accounts.update(organization, name, (row, owner) => {
        check?.(row);
        isSignedOut = endsSignIns(edit, row);
        const ruled = ruledEdit(edit, row, owner, row.owner);
        changes = changesOf(ruled, row);
        return ruled;
      }),
    );
    if (isSignedOut) await this.#signOuts?.settleEdited(organization, [name]);
    return isThere ? changes : undefined;
  }

  /**
   * Takes an account out of a group.
   *
   * @param group `ORG/NAME`
   * @returns what became different, nothing where it was not in it; undefined: there is no such account
   */
  async leaveGroup(organization: string, name: string, group: string): Promise<readonly FieldChange[] | undefined> {
    let changes: readonly FieldChange[] = [];
    const isThere = await this.#accounts.update(organization, name, (row) => {
      const edit = { texts: {}, flags: {}, groups: asList(row.groups).filter((other) => other !== group) };
      changes = changesOf(edit, row);
      return edit;
    });
    return isThere ? changes : undefined;
  }

  /**
   * Answers whether there was such an account. Where the organization says so, the row stays and is marked.
   *
   * @param check throws when the row must not be deleted
   * @throws Refusal when nobody could administer everything any more
   */
  async remove(organization: string, name: string, check?: Check): Promise<boolean> {
    const wasThere = await worded(() => this.#accounts.remove(organization, name, check));
    if (wasThere) await this.#signOuts?.settleEdited(organization, [name]);
    return wasThere;
  }
}

/** Whether somebody has to sign in anew after it, if he may: any other edit need not wait for the IAM. */
const endsSignIns = ({ name, password, flags }: AccountEdit, row: UserRow): boolean =>
  password !== undefined ||
  flags.isForbidden === true ||
  flags.isDeleted === true ||
  (name !== undefined && name !== row.name);

/** Hashing happens before the transaction begins: it takes longer than everything in it. */
async function hashed({ password, ...patch }: UserPatch): Promise<AccountEdit> {
  return password === undefined ? patch : { ...patch, password: await hashPassword(password) };
}

async function worded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ValueTakenError) throw new Refusal(TAKEN[error.field]);
    if (error instanceof LastAdministratorError) throw new Refusal(LAST_ADMINISTRATOR);
    throw error;
  }
}

import type { SignInRecords } from '../../storage/accounts/sign-in-records.ts';
import type { OrganizationRow, UserRow } from '../../storage/entities/index.ts';
import { networkOf } from './address.ts';
import { PasswordDummies } from './password-dummies.ts';
import { isVerifiable, verifyPassword } from './password.ts';
import { SignInLimits } from './sign-in-limits.ts';

/** An account as somebody named it, and what was found under that name. */
export interface NamedAccount {
  readonly typed: string;
  readonly user: UserRow | null;
  readonly organization: OrganizationRow | null;
}

/** Whether somebody knows the password of an account: with limits, and without telling which accounts exist. */
export class PasswordChecks {
  readonly #records: SignInRecords;
  readonly #dummies: PasswordDummies;
  readonly #limits = new SignInLimits();

  constructor(records: SignInRecords) {
    this.#records = records;
    this.#dummies = new PasswordDummies(records);
  }

  /** The database decides which spelling of a name means whom; whoever goes on uses the row's. */
  async find(organization: string, name: string): Promise<NamedAccount> {
    const typed = `${organization}/${name}`.slice(0, 400);
    return { typed, ...(await this.#records.find(organization, name)) };
  }

  /** @throws TooManyAttempts saying when to come back; the password was not looked at then */
  async isRight(address: string, { typed, user, organization }: NamedAccount, password: string): Promise<boolean> {
    const attempt = {
      address,
      account: user ? `${user.owner}/${user.name}` : typed,
      isUsualAddress: user !== null && networkOf(user.lastSigninIp ?? '') === networkOf(address),
    };
    this.#limits.begin(attempt);
    const stored = user ? { password: user.password ?? '', passwordType: user.passwordType ?? '' } : undefined;
    const dummy = isVerifiable(stored) ? undefined : await this.#dummies.of(organization);
    if (!(await verifyPassword(password, stored, dummy))) return false;
    this.#limits.succeed(attempt);
    return true;
  }
}

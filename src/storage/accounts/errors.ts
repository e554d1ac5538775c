/** There is an organization or a group of this name already. */
export class NameTakenError extends Error {
  override readonly name = 'NameTakenError';
}

/** Nobody could administer everything any more. */
export class LastAdministratorError extends Error {
  override readonly name = 'LastAdministratorError';
}

/** Another account of the organization has this value. */
export class ValueTakenError extends Error {
  override readonly name = 'ValueTakenError';
  constructor(readonly field: 'name' | 'email' | 'phone') {
    super(`Another account has this ${field}.`);
  }
}

/** An organization to which somebody belongs stays, under its name. */
export class OrganizationInUseError extends Error {
  override readonly name = 'OrganizationInUseError';
  constructor(
    readonly users: number,
    readonly syncers: number,
  ) {
    super(`The organization has ${users} users and ${syncers} syncers.`);
  }
}

/** What must not be done to a group. */
export class GroupError extends Error {
  override readonly name = 'GroupError';
  constructor(readonly reason: 'has-children' | 'has-users' | 'no-parent' | 'below-itself' | 'name-of-organization') {
    super(`This must not be done to a group: ${reason}.`);
  }
}

/** There is an account or an organization of this name already. */
export class NameTakenError extends Error {
  override readonly name = 'NameTakenError';
}

/** Nobody could administer everything any more. */
export class LastAdministratorError extends Error {
  override readonly name = 'LastAdministratorError';
}

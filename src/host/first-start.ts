import { WriteConflictError } from '../identity/errors.ts';
import type { UserDirectory } from '../storage/accounts/user-directory.ts';
import { BUILT_IN } from '../identity/account.ts';
import { newPassword } from './auth/password.ts';
import type { OrganizationDirectory } from './organizations/organization-directory.ts';
import { Refusal } from '../service/refusal.ts';
import type { UserEditor } from './accounts/user-editor.ts';

const ADMINISTRATOR = 'admin';

/** The administrator that was created, with the password that nobody can read again. */
export interface FirstAdministrator {
  readonly id: string;
  readonly password: string;
  /** False: it came from ADMIN_PASSWORD and needs no printing. */
  readonly isGenerated: boolean;
}

/** Organization and administrator: two races that hosts which start at the same moment can lose, and one more look. */
const TRIES = 3;

/** Makes sure that somebody can sign in. Undefined: there is an administrator already, and nothing was touched. */
export async function createAdministrator(
  ...parts: Parameters<typeof createOnce>
): Promise<FirstAdministrator | undefined> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await createOnce(...parts);
    } catch (error) {
      // Another host was quicker; what it made is there at the next look.
      const isTaken = error instanceof Refusal || error instanceof WriteConflictError;
      if (!isTaken || attempt === TRIES) throw error;
    }
  }
}

async function createOnce(
  users: UserDirectory,
  organizations: OrganizationDirectory,
  editor: UserEditor,
  adminPassword: string | undefined,
): Promise<FirstAdministrator | undefined> {
  if (!(await organizations.find(BUILT_IN)))
    await organizations.insert(BUILT_IN, { displayName: 'Built-in Organization' });
  if (await users.isAnyIn(BUILT_IN)) return undefined;
  const password = adminPassword ?? newPassword();
  const patch = {
    name: ADMINISTRATOR,
    password,
    texts: { displayName: 'Admin', type: 'normal-user' },
    flags: { isAdmin: true },
  };
  await editor.add(BUILT_IN, patch, `${BUILT_IN}/${ADMINISTRATOR}`);
  return { id: `${BUILT_IN}/${ADMINISTRATOR}`, password, isGenerated: adminPassword === undefined };
}

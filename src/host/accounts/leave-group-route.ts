import type { UserDirectory } from '../../storage/accounts/user-directory.ts';
import type { AuditLog } from '../../service/audit/audit-log.ts';
import { ok } from '../http/envelope.ts';
import { missing } from '../http/query.ts';
import { FLAG, input, TEXT } from '../http/schema.ts';
import { contradiction, namedIn, unambiguous } from '../request/named-object.ts';
import { organizationRoute, type Route } from '../request/route.ts';
import { noSuchUser, storedAccount } from './named-account.ts';
import type { UserEditor } from './user-editor.ts';

export interface LeaveGroupRouteNeeds {
  readonly users: UserDirectory;
  readonly userEditor: UserEditor;
  readonly audit: AuditLog;
}

/** One member less, as Casdoor's page sends it: a form. */
export const leaveGroupRoute = ({ users, userEditor, audit }: LeaveGroupRouteNeeds): Route =>
  organizationRoute({
    method: 'POST',
    path: '/api/remove-user-from-group',
    rule: 'organization',
    summary: 'Takes an account out of a group; data tells whether it was in it.',
    form: true,
    body: input({ owner: TEXT, name: TEXT, groupName: TEXT }, ['owner', 'name', 'groupName']),
    answers: { data: FLAG },
    find: (call) => storedAccount(users, call, false),
    answer: async (call, { object: found }) => {
      if (!found) throw noSuchUser(call);
      const { owner, name } = found.row;
      const { word, refusal } = unambiguous(namedIn(call, 'groupName'));
      if (refusal) throw refusal;
      if (word === '') throw missing('groupName');
      const group = word.includes('/') ? word : `${owner}/${word}`;
      if (!group.startsWith(`${owner}/`)) throw contradiction([owner, group]);
      const entry = { action: 'remove-user-from-group' as const, organization: owner, target: `${owner}/${name}` };
      const changes = await audit.during(
        call.actor,
        entry,
        () => userEditor.leaveGroup(owner, name, group),
        (done = []) => ({ changes: done, ...(done.length === 0 && { subject: '' }) }),
      );
      if (changes === undefined) throw noSuchUser(call);
      return ok(changes.length > 0);
    },
  });

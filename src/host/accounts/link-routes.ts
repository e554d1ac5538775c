import type { FieldChange } from '../../identity/change.ts';
import { required } from '../request/query-parameter.ts';
import { text } from '../../syncer/text.ts';
import { affected } from '../http/envelope.ts';
import { contradiction } from '../request/named-object.ts';
import { missing, splitId, textOf } from '../http/query.ts';
import { Refusal } from '../../service/refusal.ts';
import { organizationRoute, type Route } from '../request/route.ts';
import { AFFECTED, FLAG, input, TEXT } from '../http/schema.ts';
import { userIn } from '../../service/decisions/questions.ts';
import { readFlag } from '../../service/syncers/field-readers.ts';
import type { RunService } from '../../service/runs/run-service.ts';
import type { SyncerService } from '../../service/syncers/syncer-service.ts';
import type { AuditedDecisions } from '../../service/decisions/audited-decisions.ts';
import type { ChangeNames } from '../runs/change-names.ts';
import { namedSyncer } from '../runs/named-run.ts';
import { memberAnswer } from '../runs/run-json.ts';
import { noSuchUser, storedAccount } from './named-account.ts';
import type { UserDirectory } from '../../storage/accounts/user-directory.ts';
import { MEMBER_REPORT } from '../runs/run-schema.ts';

export interface LinkRoutesNeeds {
  readonly users: UserDirectory;
  readonly syncers: SyncerService;
  readonly runs: RunService;
  readonly changeNames: ChangeNames;
  readonly decisions: AuditedDecisions;
}

const NO_SYNCER = new Refusal(text('No member of a syncer has this account.', '没有同步器的成员拥有此账号。'));

/** Which account is which member's, decided by a person. */
export const linkRoutes = (needs: LinkRoutesNeeds): Route[] => [linkAccount(needs), unlinkAccount(needs)];

const linkAccount = ({ syncers, decisions, changeNames }: LinkRoutesNeeds): Route =>
  organizationRoute({
    method: 'POST',
    path: '/api/link-account',
    rule: 'organization',
    action: 'link-account',
    summary:
      'Says which account is a member’s, and syncs that member. Sessions, password and other bindings of before end, unless keepSignIn.',
    query: { id: required('ORG/NAME of the syncer') },
    body: input({ userid: TEXT, user: TEXT, keepSignIn: FLAG }, ['userid', 'user']),
    answers: { data: MEMBER_REPORT.ref, failed: MEMBER_REPORT.ref },
    find: (call) => namedSyncer(syncers, call),
    answer: async (call, { object: record }) => {
      const userid = textOf(call.body, 'userid').slice(0, 64);
      const user = textOf(call.body, 'user');
      if (userid === '') throw missing('userid');
      if (user === '') throw missing('user');
      const { owner, name: account } = splitId(userIn(user, record.organization));
      if (owner !== record.organization) throw contradiction([record.organization, owner]);
      const keepSignIn = call.body['keepSignIn'] !== undefined && readFlag('keepSignIn', call.body['keepSignIn']);
      const report = await decisions.link(record, { userid, account, keepSignIn }, call.actor);
      return memberAnswer(changeNames, report, call);
    },
  });

const unlinkAccount = ({ users, syncers, runs, decisions }: LinkRoutesNeeds): Route =>
  organizationRoute({
    method: 'POST',
    path: '/api/unlink-account',
    rule: 'organization',
    action: 'unlink-account',
    summary: 'Takes an account from its member: only its login binding goes, and no run links the two again.',
    query: { id: required('ORG/USER') },
    answers: { data: AFFECTED },
    find: (call) => storedAccount(users, call, false),
    answer: async (call, { object: found }) => {
      if (!found) throw noSuchUser(call);
      const { row, holding } = found;
      const { owner, name } = holding?.syncer ? splitId(holding.syncer) : { owner: '', name: '' };
      const record = name === '' ? undefined : await syncers.find(owner, name, owner);
      const unlink = async (): Promise<readonly FieldChange[]> => {
        if (!record) throw NO_SYNCER;
        return runs.unlink(record, row.name);
      };
      await decisions.unlink(`${row.owner}/${row.name}`, unlink, call.actor);
      return affected(true);
    },
  });

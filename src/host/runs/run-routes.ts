import { flag, required } from '../request/query-parameter.ts';
import type { Run } from '../../engine/run.ts';
import { gravest } from '../../engine/warnings.ts';
import type { AuditedSyncers } from '../../service/audit/audited-syncers.ts';
import type { SyncerService } from '../../service/syncers/syncer-service.ts';
import { DECIDE } from '../../service/webhook/webhook-message.ts';
import type { SyncerRecord } from '../../service/syncers/syncer-record.ts';
import { text, type Text } from '../../syncer/text.ts';
import { failed, ok, type Envelope } from '../http/envelope.ts';
import { sentence } from '../http/language.ts';
import { dryRunIn, flagIn, requiredIn } from '../http/query.ts';
import type { Call } from '../request/call.ts';
import { unambiguous, namedIn } from '../request/named-object.ts';
import { organizationRoute, type Route } from '../request/route.ts';
import type { ChangeNames } from './change-names.ts';
import { namedSyncer } from './named-run.ts';
import { endedAnswer, memberAnswer, runJson } from './run-json.ts';
import { MEMBER_REPORT, RUN } from './run-schema.ts';

export interface RunRoutesNeeds {
  readonly syncers: SyncerService;
  readonly auditedSyncers: AuditedSyncers;
  readonly changeNames: ChangeNames;
  /** Where people reach the page: its whole address, or its path, without a slash at the end. */
  readonly pageUrl: string;
}

/** Runs, begun. */
export const runRoutes = (needs: RunRoutesNeeds): Route[] => [
  postRunSyncer(needs),
  getRunSyncer(needs),
  syncMember(needs),
];

const postRunSyncer = (needs: RunRoutesNeeds): Route =>
  organizationRoute({
    method: 'POST',
    path: '/api/run-syncer',
    rule: 'organization',
    summary: 'Begins a run, also of a syncer that is not enabled; answers at once, or with wait=true at its end.',
    query: { id: required('ORG/NAME'), dryRun: flag('plan, apply nothing'), wait: flag('answer at the end') },
    answers: { data: RUN.ref, failed: RUN.ref },
    find: (call) => namedSyncer(needs.syncers, call),
    answer: (call, { object }) => runSyncer(needs, call, object, flagIn(call.query, 'wait')),
  });

const getRunSyncer = (needs: RunRoutesNeeds): Route =>
  organizationRoute({
    method: 'GET',
    path: '/api/run-syncer',
    rule: 'organization',
    summary: 'As Casdoor spells it: runs and waits for the end.',
    operation: 'runSyncerAndWait',
    query: { id: required('ORG/NAME'), dryRun: flag('plan, apply nothing') },
    answers: { data: RUN.ref, failed: RUN.ref },
    changes: true,
    find: (call) => namedSyncer(needs.syncers, call),
    answer: (call, { object }) => runSyncer(needs, call, object, true),
  });

const syncMember = ({ syncers, auditedSyncers, changeNames }: RunRoutesNeeds): Route =>
  organizationRoute({
    method: 'POST',
    path: '/api/sync-member',
    rule: 'organization',
    summary: 'Syncs one member now, and says what each step came to.',
    query: {
      id: required('ORG/NAME'),
      userid: required('the member'),
      dryRun: flag('plan, apply nothing'),
      keepSignIn: flag('an account that a person deleted comes back with its password, bindings and sessions'),
    },
    answers: { data: MEMBER_REPORT.ref, failed: MEMBER_REPORT.ref },
    find: (call) => namedSyncer(syncers, call),
    answer: async (call, { object: record }) => {
      const { word, refusal } = unambiguous(namedIn(call, 'userid'));
      if (refusal) throw refusal;
      const userid = (word || requiredIn(call.query, 'userid')).slice(0, 64);
      const asked = { userid, keepSignIn: flagIn(call.query, 'keepSignIn') };
      const report = await auditedSyncers.member(record, asked, dryRunIn(call.query), call.actor);
      return memberAnswer(changeNames, report, call);
    },
  });

/**
 * Casdoor's clients look at the status alone and its page says "Successfully synced" to every `ok`, so in its spelling a
 * run that waits for a person is no success.
 */
function answerOf(run: Run, call: Call, pageUrl: string): Envelope {
  const json = runJson(run, call.language);
  if (run.state === 'held' && call.request.method === 'GET') {
    const reason = gravest(run.warnings)?.message ?? HELD;
    return failed(sentence(call.language, reason, whereToDecide(run, pageUrl)), json);
  }
  return endedAnswer(run, call.language, json);
}

const HELD = text('The run waits for a person.', '同步等待审批。');

/** What to do, and the run that it is about, with its address where the host knows it. */
function whereToDecide({ id }: Run, pageUrl: string): Text {
  const place = `${pageUrl}/runs/${id}`;
  return text(`${DECIDE.en} (Syncers tab, ${place})`, `${DECIDE.zh}(同步器页面，${place})`);
}

async function runSyncer(
  { auditedSyncers, pageUrl }: RunRoutesNeeds,
  call: Call,
  record: SyncerRecord,
  waits: boolean,
): Promise<Envelope> {
  const dryRun = dryRunIn(call.query);
  const { run, ended } = await auditedSyncers.begin(record, { dryRun, joins: true }, call.actor);
  return waits ? answerOf(await ended, call, pageUrl) : ok(runJson(run, call.language));
}

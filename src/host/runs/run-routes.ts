import { CHANGE_KINDS, CHANGE_STATES } from '../../identity/change.ts';
import type { Run } from '../../engine/run.ts';
import { gravest } from '../../engine/warnings.ts';
import type { MemberReport } from '../../engine/steps/sync-member.ts';
import type { SyncerRecord } from '../../storage/syncers/syncer-records.ts';
import { text, type Text } from '../../syncer/text.ts';
import type { AuditAction } from '../auth/audit-log.ts';
import { administers } from '../auth/caller.ts';
import type { Call } from '../request/call.ts';
import { failed, ok, type Envelope } from '../http/envelope.ts';
import type { HostParts } from '../host-parts.ts';
import { sentence } from '../http/language.ts';
import { agreed, disagreement, distinct, saidIn } from '../request/named-object.ts';
import { listingIn, pageWithin } from '../http/paging.ts';
import { flagIn, requiredIn } from '../http/query.ts';
import { Refusal } from '../../service/refusal.ts';
import { organizationRoute, type Route, type Subject } from '../request/route.ts';
import { list, ref } from '../http/schema.ts';
import { changeJson, runJson } from './run-json.ts';
import { streamRun } from './run-stream.ts';
import { isAnyOwner } from '../../service/syncer-service.ts';
import { DECIDE } from '../../service/webhook/webhook-message.ts';
import { syncerNamesIn, syncerOf } from '../request/named-syncer.ts';

/** The syncer whose runs a call is about. */
export async function namedSyncer(parts: HostParts, call: Call): Promise<Subject<SyncerRecord>> {
  const id = requiredIn(call.query, 'id');
  const { names, owners } = syncerNamesIn(call);
  const subject = await syncerOf(parts, call, { owners, names, organizations: saidIn(call, 'organization') });
  if (subject.refusal) return subject;
  const { record } = subject.object;
  if (record) return { ...subject, object: record };
  return { ...subject, refusal: new Refusal(text(`The syncer: ${id} does not exist`, `同步器 ${id} 不存在`)) };
}

/** The run that `id` names. Strangers to its organization learn no more than for an id that nobody gave out. */
async function namedRun(parts: HostParts, call: Call): Promise<Subject<Run>> {
  requiredIn(call.query, 'id');
  const { word: id, refusal } = agreed(saidIn(call, 'id'));
  const run = id.length > 36 ? undefined : await parts.runs.find(id);
  const unseen = new Refusal(text('There is no such run.', '没有该同步记录。'));
  const owners = saidIn(call, 'owner').filter((owner) => !isAnyOwner(owner));
  const organizations = distinct([run?.organization ?? '', ...owners, ...saidIn(call, 'organization')]);
  const touched = { organizations, target: id, unseen };
  if (refusal) return { ...touched, refusal };
  if (!run) return { ...touched, refusal: unseen };
  if (organizations.length > 1) return { ...touched, refusal: disagreement(organizations) };
  return { ...touched, object: run };
}

/**
 * How an ended run is answered to whoever waited for it. Casdoor's clients look at the status alone and its page says
 * "Successfully synced" to every `ok`, so in its spelling a run that waits for a person is no success.
 */
function endedAnswer(run: Run, call: Call, parts: HostParts): Envelope {
  const json = runJson(run, call.language);
  if (run.state === 'failed' || run.state === 'cancelled') {
    return failed(run.error ? sentence(call.language, run.error.message, run.error.remedy) : run.state, json);
  }
  const problem = run.state === 'succeeded' ? undefined : gravest(run.warnings);
  if (run.state === 'held' && call.request.method === 'GET') {
    return failed(sentence(call.language, problem?.message ?? HELD, whereToDecide(run, parts)), json);
  }
  return ok(json, { msg: problem?.message[call.language] ?? '' });
}

const HELD = text('The run waits for a person.', '同步等待审批。');

/** What to do, and the run that it is about, with its address where the host knows it. */
function whereToDecide({ id }: Run, { settings: { publicUrl } }: HostParts): Text {
  const place = publicUrl === undefined ? `/runs/${id}` : `${publicUrl.replace(/\/+$/, '')}/runs/${id}`;
  return text(`${DECIDE.en} (Syncers tab, ${place})`, `${DECIDE.zh}(同步器页面，${place})`);
}

/** What became of one member, as it is answered. */
export async function memberAnswer(
  parts: HostParts,
  { run, steps, change }: MemberReport,
  call: Call,
): Promise<Envelope> {
  const report = {
    run: runJson(run, call.language),
    steps: steps.map((step) => ({ name: step.name, ok: step.ok, detail: step.detail[call.language] })),
    ...(change ? { change: changeJson(change, call.language, (await parts.changeNames.of([change]))[0]) } : {}),
  };
  return run.state === 'failed' && run.error
    ? failed(sentence(call.language, run.error.message, run.error.remedy), report)
    : ok(report);
}

async function runSyncer(parts: HostParts, call: Call, record: SyncerRecord, waits: boolean): Promise<Envelope> {
  const { organization, name } = record;
  const dryRun = flagIn(call.query, 'dryRun');
  const { run, ended } = await parts.audit.during(
    call,
    { action: 'run-syncer', organization, target: `${organization}/${name}` },
    () => parts.runs.beginByHand(record, dryRun),
    (active) => `${dryRun ? 'preview' : 'begun'} ${active.run.id}`,
  );
  return waits ? endedAnswer(await ended, call, parts) : ok(runJson(run, call.language));
}

/** A decision about one run. */
const decision = (
  parts: HostParts,
  path: string,
  action: AuditAction,
  summary: string,
  decide: (run: Run) => Promise<Run>,
): Route =>
  organizationRoute({
    method: 'POST',
    path,
    rule: 'organization',
    action,
    summary,
    query: { id: 'RUN' },
    answers: { data: ref('Run') },
    find: (call) => namedRun(parts, call),
    answer: async (call, { object: run }) => {
      const entry = { action, organization: run.organization, target: run.id };
      const decided = await parts.audit.during(
        call,
        entry,
        () => decide(run),
        ({ state }) => state,
      );
      return ok(runJson(decided, call.language));
    },
  });

/** Whether whoever follows a run may do so now: he may have signed out, been locked out or demoted meanwhile. */
async function mayStillSee({ authenticator }: HostParts, { request }: Call, { organization }: Run): Promise<boolean> {
  const caller = await authenticator.callerOf(request);
  return administers(caller, organization);
}

/** Runs: begun, watched, listed, decided. */
export const runRoutes = (parts: HostParts): Route[] => [
  organizationRoute({
    method: 'POST',
    path: '/api/run-syncer',
    rule: 'organization',
    summary: 'Begins a run, also of a syncer that is not enabled; answers at once, or with wait=true at its end.',
    query: { id: 'ORG/NAME', dryRun: 'true = plan, apply nothing', wait: 'true = answer at the end' },
    answers: { data: ref('Run'), failed: ref('Run') },
    find: (call) => namedSyncer(parts, call),
    answer: (call, { object }) => runSyncer(parts, call, object, flagIn(call.query, 'wait')),
  }),
  organizationRoute({
    method: 'GET',
    path: '/api/run-syncer',
    rule: 'organization',
    summary: 'As Casdoor spells it: runs and waits for the end.',
    query: { id: 'ORG/NAME', dryRun: 'true = plan, apply nothing' },
    answers: { data: ref('Run'), failed: ref('Run') },
    changes: true,
    find: (call) => namedSyncer(parts, call),
    answer: (call, { object }) => runSyncer(parts, call, object, true),
  }),
  organizationRoute({
    method: 'POST',
    path: '/api/sync-member',
    rule: 'organization',
    summary: 'Syncs one member now, and says what each step came to.',
    query: {
      id: 'ORG/NAME',
      userid: 'the member',
      dryRun: 'true = plan, apply nothing',
      keepSignIn: 'true = an account that a person deleted comes back with its password, bindings and sessions',
    },
    answers: { data: ref('MemberReport'), failed: ref('MemberReport') },
    find: (call) => namedSyncer(parts, call),
    answer: async (call, { object: record }) => {
      const { word, refusal } = agreed(saidIn(call, 'userid'));
      if (refusal) throw refusal;
      const userid = (word || requiredIn(call.query, 'userid')).slice(0, 64);
      const { organization, name } = record;
      const keepSignIn = flagIn(call.query, 'keepSignIn');
      const report = await parts.audit.during(
        call,
        { action: 'sync-member', organization, target: `${organization}/${name}` },
        () => parts.runs.member(record, { userid, keepSignIn }, flagIn(call.query, 'dryRun')),
        ({ run }) => run.state,
      );
      return memberAnswer(parts, report, call);
    },
  }),
  organizationRoute({
    method: 'GET',
    path: '/api/get-sync-runs',
    rule: 'organization',
    summary: 'Runs of a syncer, newest first.',
    query: { id: 'ORG/NAME' },
    listed: [],
    answers: { data: list(ref('Run')) },
    find: (call) => namedSyncer(parts, call),
    answer: async (call, { object: record }) => {
      const page = listingIn(call.query, []).page ?? { number: 1, size: 100 };
      const of = { syncerId: record.id, organization: record.organization };
      let { rows, total } = await parts.runStore.list(of, page.number, page.size);
      const last = pageWithin(page, total);
      if (last !== page.number) ({ rows, total } = await parts.runStore.list(of, last, page.size));
      return ok(
        rows.map((run) => runJson(run, call.language)),
        { data2: total },
      );
    },
  }),
  organizationRoute({
    method: 'GET',
    path: '/api/get-sync-run',
    rule: 'organization',
    summary: 'One run.',
    query: { id: 'RUN' },
    answers: { data: ref('Run') },
    find: (call) => namedRun(parts, call),
    answer: async (call, { object }) => ok(runJson(object, call.language)),
  }),
  organizationRoute({
    method: 'GET',
    path: '/api/get-sync-changes',
    rule: 'organization',
    summary: 'What a run did, would do, or could not do.',
    query: { id: 'RUN', kind: 'one kind of change', userid: 'one member', state: 'one state' },
    listed: [],
    answers: { data: list(ref('Change')) },
    find: (call) => namedRun(parts, call),
    answer: async (call, { object: run }) => {
      const [kind, userid] = [call.text('kind'), call.text('userid')];
      const known = CHANGE_KINDS.find((one) => one === kind);
      if (kind !== '' && !known) {
        throw new Refusal(
          text(
            `There is no such kind; known: ${CHANGE_KINDS.join(', ')}.`,
            `没有该类型；可用：${CHANGE_KINDS.join('、')}。`,
          ),
        );
      }
      const state = CHANGE_STATES.find((one) => one === call.text('state'));
      const filter = {
        ...(known ? { kind: known } : {}),
        ...(userid === '' ? {} : { userid }),
        ...(state ? { state } : {}),
      };
      const page = listingIn(call.query, []).page ?? { number: 1, size: 100 };
      let { rows, total } = await parts.runStore.changes(run.id, filter, page.number, page.size);
      const last = pageWithin(page, total);
      if (last !== page.number) ({ rows, total } = await parts.runStore.changes(run.id, filter, last, page.size));
      const names = await parts.changeNames.of(rows);
      return ok(
        rows.map((change, index) => changeJson(change, call.language, names[index])),
        { data2: total },
      );
    },
  }),
  organizationRoute({
    method: 'GET',
    path: '/api/sync-run-events',
    rule: 'organization',
    summary: 'Server-sent events: "progress" with the run, until "end".',
    query: { id: 'RUN' },
    answers: { contentType: 'text/event-stream', says: 'The run, as often as it changes' },
    find: (call) => namedRun(parts, call),
    answer: async (call, { object: run }) => {
      const giveBack = parts.streams.take(call.caller);
      try {
        await streamRun(parts.runs, run, call, () => mayStillSee(parts, call, run));
      } finally {
        giveBack();
      }
      return undefined;
    },
  }),
  decision(parts, '/api/cancel-sync-run', 'cancel-run', 'Ends a run after the page it is at.', (run) =>
    parts.runs.cancel(run),
  ),
  decision(
    parts,
    '/api/approve-sync-run',
    'approve-run',
    'Applies the held changes of a run, as far as they still stand today.',
    (run) => parts.runs.approve(run),
  ),
  decision(parts, '/api/reject-sync-run', 'reject-run', 'Leaves everything as it is.', (run) => parts.runs.reject(run)),
];

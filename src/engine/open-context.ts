import type { IdentityStore } from '../identity/identity-store.ts';
import type { BegunRun, LifecycleDeps, RunSession } from './lifecycle/run-lifecycle.ts';
import type { AbsenceStore } from './ports/absence-store.ts';
import type { ProtectionStore } from './ports/protection-store.ts';
import type { QuestionStore } from './ports/question-store.ts';
import { BUILT_IN, competingWarning, noOrganization } from './reasons.ts';
import type { StandingDecisions } from './run.ts';
import { lazyCandidates, scopeOf, takenNamesIn, type RunContext } from './steps/run-context.ts';
import { RunFreeze } from './steps/run-freeze.ts';
import { RunGrace } from './steps/run-grace.ts';
import { RunProtections } from './steps/run-protections.ts';
import { RunQuestions } from './steps/run-questions.ts';
import { externalId } from '../syncer/external-id.ts';
import { peopleIn } from './plan/lock-outs/standing-decisions.ts';

/** What an engine is made of. */
export interface EngineDeps extends LifecycleDeps {
  readonly identity: IdentityStore;
  /**
   * Absent: nobody is left alone by a person's word.
   *
   * @internal
   */
  readonly protections?: ProtectionStore;
  /**
   * Absent: leavers are given no time, and none of them is deleted whose syncer says to wait with that.
   *
   * @internal
   */
  readonly absences?: AbsenceStore;
  /**
   * Absent: nobody is asked anything, and what only a person can decide is listed in each run anew.
   *
   * @internal
   */
  readonly questions?: QuestionStore;
}

/** @param userid the one member that the run is about */
export async function openContext(
  deps: EngineDeps,
  { request, lease: { renewer } }: BegunRun,
  { lease, recorder, signal }: RunSession,
  standing: StandingDecisions,
  userid?: string,
): Promise<RunContext> {
  const { identity, runs, protections, absences, questions } = deps;
  const { syncer: settings, dryRun = false } = request;
  if (settings.organization === 'built-in') throw BUILT_IN;
  if (!(await identity.organizationExists(settings.organization))) throw noOrganization(settings.organization);
  const scope = scopeOf(settings);
  const limits = identity.columnLimits(scope);
  const candidates = lazyCandidates(identity, scope, settings.linkBy);
  const asker = { lease, scope, runId: recorder.run.id, dryRun };
  const context: RunContext = {
    settings,
    scope,
    syncer: await request.open(),
    store: identity,
    limits,
    lease,
    recorder,
    dryRun,
    recentLockOuts: () => runs.recentLockOuts(recorder.run),
    signal,
    protections: await RunProtections.open({ protections, identity, scope, lease, dryRun }),
    awaited: peopleIn(standing),
    freeze: new RunFreeze(settings.freeze, () => new Date(renewer.now())),
    grace: await RunGrace.open({ absences, settings, lease, dryRun, now: await runs.now() }),
    candidates,
    takenNames: takenNamesIn(identity, scope, candidates),
    questions: await RunQuestions.open(questions, asker, userid === undefined ? undefined : externalId(userid)),
  };
  const competing = await identity.competingSyncers(settings.organization);
  if (competing.length > 0) recorder.warn('casdoor-syncer-enabled', competingWarning(competing));
  await recorder.begin();
  return context;
}

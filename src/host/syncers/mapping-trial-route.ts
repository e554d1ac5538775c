import type { RunService } from '../../service/runs/run-service.ts';
import type { MappingTrial } from '../../service/syncers/mapping-trial.ts';
import type { SyncerService } from '../../service/syncers/syncer-service.ts';
import { ok } from '../http/envelope.ts';
import { inLanguage, type Language } from '../http/language.ts';
import { objectIn, textOf } from '../http/query.ts';
import { input, TEXT } from '../http/schema.ts';
import { Call } from '../request/call.ts';
import { draftIn } from '../request/named-syncer.ts';
import { organizationRoute, type Route } from '../request/route.ts';
import { MAPPING_TRIAL, type MappingTrialJson } from './mapping-trial-schema.ts';
import { SYNCER_INPUT } from './syncer-schema.ts';

export interface MappingTrialRouteNeeds {
  readonly syncers: SyncerService;
  /** A try-out ends with the host, as runs do. */
  readonly runs: Pick<RunService, 'closing'>;
}

/** Unsaved settings on a real member; nothing is stored. */
export const mappingTrialRoute = ({ syncers, runs }: MappingTrialRouteNeeds): Route =>
  organizationRoute({
    method: 'POST',
    path: '/api/try-mapping',
    rule: 'organization',
    summary: 'What settings, saved or not, make of one member, step by step; nothing is stored.',
    body: input({ syncer: SYNCER_INPUT, userid: TEXT }, ['syncer', 'userid']),
    answers: { data: MAPPING_TRIAL.ref },
    find: (call) => draftIn(syncers, aboutSyncer(call)),
    answer: async (call, { object: stored }) => {
      const { body } = aboutSyncer(call);
      const trial = await syncers.trials.tryMapping(body, textOf(call.body, 'userid'), stored, runs.closing);
      return ok(mappingTrialJson(trial, call.language));
    },
  });

/** The same call, as if the syncer in it were all of the body. */
const aboutSyncer = (call: Call): Call =>
  new Call(call.request, call.places, call.caller, objectIn(call.body['syncer']));

/** The member is what the directory said, whatever its keys are called. */
const mappingTrialJson = ({ member, ...trial }: MappingTrial, language: Language): MappingTrialJson => ({
  member,
  ...inLanguage(trial, language),
});

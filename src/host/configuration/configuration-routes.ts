import { changesShown, type ConfigurationChange } from '../../service/configuration/configuration-change.ts';
import type { ConfigurationService } from '../../service/configuration/configuration-service.ts';
import type { ConfigurationText } from '../../service/configuration/configuration-text.ts';
import { Refusal } from '../../service/refusal.ts';
import type { ServiceMetrics } from '../../service/service-metrics.ts';
import { isAnyOwner } from '../../service/syncers/syncer-service.ts';
import { text } from '../../syncer/text.ts';
import { ok } from '../http/envelope.ts';
import { described, input, list, TEXT } from '../http/schema.ts';
import { dryRunIn, flagIn } from '../http/query.ts';
import { flag } from '../request/query-parameter.ts';
import type { Call } from '../request/call.ts';
import { organizationRoute, type Route, type Subject } from '../request/route.ts';
import {
  CONFIGURATION,
  CONFIGURATION_CHANGES,
  CONFIGURATION_DRIFT,
  type ConfigurationChangesJson,
  type ConfigurationDriftJson,
} from './configuration-schema.ts';

export interface ConfigurationRoutesNeeds {
  readonly configuration: ConfigurationService;
  /** Absent: nobody counts. */
  readonly metrics?: Pick<ServiceMetrics, 'forget'>;
}

/** Settings as a text. No call follows a reference: a caller never makes the host read its environment or its files. */
export const configurationRoutes = (needs: ConfigurationRoutesNeeds): Route[] => [
  exportConfig(needs),
  applyConfig(needs),
  getDrift(needs),
];

const exportConfig = ({ configuration }: ConfigurationRoutesNeeds): Route =>
  organizationRoute({
    method: 'GET',
    path: '/api/export-config',
    rule: 'organization',
    summary: 'Syncers and protections as YAML, with "***" for each secret.',
    query: { owner: 'the organization; all that the caller administers when it is empty' },
    answers: { data: CONFIGURATION },
    find: ofOwner,
    answer: async (_call, { organization }) => ok({ yaml: await configuration.export(organization, 'masked') }),
  });

const applyConfig = ({ configuration, metrics }: ConfigurationRoutesNeeds): Route =>
  organizationRoute<ConfigurationText>({
    method: 'POST',
    path: '/api/apply-config',
    rule: 'organization',
    action: 'apply-config',
    summary: 'Makes syncers and protections what a text says, all or nothing; absent keys keep what is stored.',
    query: {
      dryRun: flag('tells the difference, and changes nothing'),
      prune: flag('deletes what the text does not name, in the organizations that it names'),
    },
    body: input(
      {
        yaml: TEXT,
        reviewed: described(
          CONFIGURATION_CHANGES,
          'What a dry run answered: where the difference is another one by now, nothing is done',
        ),
      },
      ['yaml'],
    ),
    answers: { data: CONFIGURATION_CHANGES },
    find: async (call) => {
      const { yaml } = call.body;
      if (typeof yaml !== 'string') throw NO_TEXT;
      const wanted = await configuration.read(yaml);
      return { organizations: wanted.organizations, target: wanted.organizations[0] ?? '', object: wanted };
    },
    answer: async (call, { object: wanted }) => {
      const prune = flagIn(call.query, 'prune');
      if (dryRunIn(call.query)) return ok(answerOf(await configuration.compare(wanted, { prune })));
      const options = { prune, actor: call.actor, ...reviewedIn(call.body) };
      const changes = await configuration.apply(wanted, options);
      for (const { kind, action, name } of changes) {
        if (kind === 'syncer' && action === 'delete') metrics?.forget(name);
      }
      return ok(answerOf(changes));
    },
  });

const getDrift = ({ configuration }: ConfigurationRoutesNeeds): Route =>
  organizationRoute({
    method: 'GET',
    path: '/api/get-sync-drift',
    rule: 'organization',
    summary: 'What was changed by hand since a text was applied, of what that text named; no organization without one.',
    query: { owner: 'the organization; all that the caller administers when it is empty' },
    answers: { data: list(CONFIGURATION_DRIFT) },
    find: ofOwner,
    answer: async (_call, { organization }) =>
      ok((await configuration.drift(organization)) satisfies readonly ConfigurationDriftJson[]),
  });

/** An organization, or all of them. */
const ofOwner = (call: Call): Subject<undefined> => {
  const owner = call.text('owner');
  return { organizations: isAnyOwner(owner) ? [] : [owner], target: owner, object: undefined };
};

const answerOf = (changes: readonly ConfigurationChange[]): ConfigurationChangesJson => ({
  changes: changesShown(changes),
});

function reviewedIn({ reviewed }: Readonly<Record<string, unknown>>): { readonly reviewed?: readonly unknown[] } {
  if (reviewed === undefined || reviewed === null) return {};
  const { changes } = reviewed as { readonly changes?: unknown };
  if (!Array.isArray(changes)) throw NO_REVIEW;
  return { reviewed: changes };
}

const NO_REVIEW = new Refusal(
  text('"reviewed" must be what a dry run answered in "data".', '“reviewed”必须是试运行返回的 data。'),
);
const NO_TEXT = new Refusal(text('"yaml" must be text.', '“yaml”必须是文本。'));

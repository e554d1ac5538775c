import { required } from '../request/query-parameter.ts';
import type { Run } from '../../engine/run.ts';
import type { RunService } from '../../service/runs/run-service.ts';
import { abilitiesOf, type Abilities } from '../../service/syncers/abilities.ts';
import type { SyncerService } from '../../service/syncers/syncer-service.ts';
import type { SyncerRecord } from '../../service/syncers/syncer-record.ts';
import type { SyncerDefinition } from '../../syncer/definition.ts';
import type { SyncerRegistry } from '../../syncer/registry.ts';
import { ok, okList } from '../http/envelope.ts';
import type { Language } from '../http/language.ts';
import { listed, listingIn } from '../http/paging.ts';
import { requiredIn } from '../http/query.ts';
import { list, orNull } from '../http/schema.ts';
import { listOwner } from '../request/named-object.ts';
import { organizationsIn, syncerNamesIn, syncerOf } from '../request/named-syncer.ts';
import { organizationRoute, type Route } from '../request/route.ts';
import { syncerFieldOf, syncerJson, SYNCER_FIELDS } from './syncer-json.ts';
import { SYNCER_TYPE, syncerTypeJson } from './syncer-type-json.ts';
import { SYNCER } from './syncer-schema.ts';

export interface SyncerRoutesNeeds {
  readonly registry: SyncerRegistry;
  readonly syncers: SyncerService;
  readonly runs: RunService;
  /** Where the page is, as far as it is known. */
  readonly pageUrl: string;
}

/** Syncers, seen, and the list of types that forms are drawn from. */
export const syncerRoutes = (needs: SyncerRoutesNeeds): Route[] => [
  getSyncerTypes(needs),
  getSyncers(needs),
  getSyncer(needs),
];

const getSyncerTypes = ({ registry, syncers, pageUrl }: SyncerRoutesNeeds): Route => {
  const abilities = new Map<string, Abilities>();
  const shownIn = (language: Language) => (definition: SyncerDefinition) => {
    const can = abilities.get(definition.type) ?? abilitiesOf(definition);
    abilities.set(definition.type, can);
    const defaults = syncers.fields.defaultsOf(definition);
    return syncerTypeJson(definition, { defaults, can, language, pageUrl });
  };
  return {
    method: 'GET',
    path: '/api/get-syncer-types',
    rule: 'signedIn',
    summary: 'Directory types, with the fields of their forms.',
    answers: { data: list(SYNCER_TYPE.ref) },
    answer: async (call) => ok(registry.list().map(shownIn(call.language))),
  };
};

const getSyncers = (needs: SyncerRoutesNeeds): Route =>
  organizationRoute({
    method: 'GET',
    path: '/api/get-syncers',
    rule: 'organization',
    summary: 'Configured syncers.',
    query: { owner: 'admin or the organization', organization: '"" = all that the caller administers' },
    listed: SYNCER_FIELDS,
    answers: { data: list(SYNCER) },
    find: (call) => listOwner(organizationsIn(syncerNamesIn(call))),
    answer: async (call, { organization }) => {
      const owner = call.text('owner') || 'admin';
      const listing = listingIn(call.query, SYNCER_FIELDS);
      const sorted = listing.sort ? listing : { ...listing, sort: { field: 'createdTime' as const, descending: true } };
      const { rows, total } = listed(await needs.syncers.list(organization), sorted, syncerFieldOf);
      const syncers = await Promise.all(rows.map((record) => shown(needs, record, owner, call.language)));
      return okList(syncers, listing.page, total);
    },
  });

const getSyncer = (needs: SyncerRoutesNeeds): Route =>
  organizationRoute({
    method: 'GET',
    path: '/api/get-syncer',
    rule: 'organization',
    summary: 'One syncer, or null.',
    query: { id: required('OWNER/NAME'), organization: 'with owner admin' },
    answers: { data: orNull(SYNCER) },
    find: (call) => {
      requiredIn(call.query, 'id');
      return syncerOf(needs.syncers, call, syncerNamesIn(call));
    },
    answer: async (call, { object: { owner, record } }) =>
      ok(record ? await shown(needs, record, owner, call.language) : null),
  });

async function shown({ syncers, runs }: SyncerRoutesNeeds, record: SyncerRecord, owner: string, language: Language) {
  return syncerJson(syncers.fields, record, owner, await lastRunOf(runs, record), language);
}

async function lastRunOf(runs: RunService, { lastRunId, organization }: SyncerRecord): Promise<Run | undefined> {
  const found = lastRunId === null ? undefined : await runs.find(lastRunId);
  return found?.organization === organization ? found : undefined;
}

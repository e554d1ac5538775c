import { required } from '../request/query-parameter.ts';
import type { ServiceMetrics } from '../../service/service-metrics.ts';
import type { AuditedSyncers } from '../../service/audit/audited-syncers.ts';
import { LEAVINGS } from '../../service/syncer-removal.ts';
import { isAnyOwner, type SyncerService } from '../../service/syncers/syncer-service.ts';
import type { SyncerRecord } from '../../service/syncers/syncer-record.ts';
import type { Text } from '../../syncer/text.ts';
import { confinedTo } from '../auth/caller.ts';
import { affected } from '../http/envelope.ts';
import { textOf, textsIn } from '../http/query.ts';
import { AFFECTED, input, oneOf, TEXT } from '../http/schema.ts';
import type { Call } from '../request/call.ts';
import { unambiguous, contradiction, distinct, namesInId } from '../request/named-object.ts';
import {
  NO_SYNCER,
  organizationsIn,
  ownerOfNew,
  syncerNamesIn,
  syncerOf,
  type NamedSyncer,
  type SyncerNames,
} from '../request/named-syncer.ts';
import { organizationRoute, type Route, type Subject } from '../request/route.ts';
import { SYNCER_INPUT } from './syncer-schema.ts';

export interface SyncerEditRoutesNeeds {
  readonly syncers: SyncerService;
  readonly auditedSyncers: AuditedSyncers;
  /** Absent: nobody counts. */
  readonly metrics?: Pick<ServiceMetrics, 'forget'>;
}

/** Syncers: added, changed, deleted. */
export const syncerEditRoutes = (needs: SyncerEditRoutesNeeds): Route[] => [
  addSyncer(needs),
  updateSyncer(needs),
  deleteSyncer(needs),
];

const sentencesOf = (call: Call, notes: readonly Text[]): string => notes.map((note) => call.say(note)).join(' ');

const addSyncer = ({ auditedSyncers }: SyncerEditRoutesNeeds): Route =>
  organizationRoute({
    method: 'POST',
    path: '/api/add-syncer',
    rule: 'organization',
    summary: 'Adds a syncer; never waits for a sync.',
    body: SYNCER_INPUT,
    answers: { data: AFFECTED },
    find: ownerOfNew,
    answer: async (call, { organization = '' }) => {
      const { body } = call;
      const { notes } = await auditedSyncers.add(body, { organization, name: textOf(body, 'name') }, call.actor);
      return affected(true, sentencesOf(call, notes));
    },
  });

const updateSyncer = ({ syncers, auditedSyncers, metrics }: SyncerEditRoutesNeeds): Route =>
  organizationRoute({
    method: 'POST',
    path: '/api/update-syncer',
    rule: 'organization',
    summary: 'Saves a syncer; absent keys keep what is stored, "***" keeps a stored secret.',
    query: { id: required('OWNER/NAME before the change') },
    body: SYNCER_INPUT,
    answers: { data: AFFECTED },
    find: (call) => storedFor(syncers, call),
    answer: async (call, { object: stored }) => {
      if (!stored) return affected(false);
      const { record, notes } = await auditedSyncers.update(stored, call.body, call.actor);
      if (record.name !== stored.name || record.organization !== stored.organization) {
        metrics?.forget(`${stored.organization}/${stored.name}`);
      }
      return affected(true, sentencesOf(call, notes));
    },
  });

const DELETION = input(
  {
    owner: TEXT,
    name: TEXT,
    organization: TEXT,
    leavings: {
      ...oneOf(LEAVINGS),
      description:
        'What becomes of what it made: keep (the default: held by nobody until a syncer of this name comes back), handover (another syncer holds it), remove (its groups and memberships go, never accounts or access)',
    },
    handoverTo: {
      ...TEXT,
      description: 'With handover: the name of a syncer of the same organization, type and directory',
    },
  },
  ['name'],
);

const deleteSyncer = ({ syncers, auditedSyncers, metrics }: SyncerEditRoutesNeeds): Route =>
  organizationRoute({
    method: 'POST',
    path: '/api/delete-syncer',
    rule: 'organization',
    summary: 'Deletes a syncer; accounts stay as they are, and "msg" says what nobody holds any more.',
    body: DELETION,
    answers: { data: AFFECTED },
    find: (call) => {
      const named = syncerNamesIn(call);
      const { organization } = call.body;
      const isAbsent = organization === undefined || organization === null;
      // An organization that is empty is none, and none has a syncer; one that is absent is the owner.
      const none = isAbsent ? organizationsIn(named).length === 0 : textOf(call.body, 'organization') === '';
      if (!none) return syncerOf(syncers, call, named);
      return { organizations: organizationsIn(named), target: named.names[0] ?? '', object: NO_SYNCER };
    },
    answer: async (call, { object: { record } }) => {
      if (!record) return affected(false);
      const wish = { leavings: textOf(call.body, 'leavings'), heir: textOf(call.body, 'handoverTo') };
      const outcome = await auditedSyncers.remove(record, wish, call.actor);
      metrics?.forget(`${record.organization}/${record.name}`);
      return affected(true, call.say(outcome));
    },
  });

/**
 * The syncer that an update is for: the one of `id` in the query, or of the body where there is none. The body of an
 * update says what is to be: another name renames, another organization moves.
 */
async function storedFor(syncers: SyncerService, call: Call): Promise<Subject<SyncerRecord | undefined>> {
  const { body } = call;
  const inId = namesInId(call);
  const [owner, organization] = [textOf(body, 'owner'), textOf(body, 'organization')];
  const isNamed = inId.names.length > 0;
  const named: SyncerNames = {
    owners: isNamed ? inId.organizations : [owner],
    organizations: textsIn(call.query, 'organization'),
    names: isNamed ? inId.names : [textOf(body, 'name')],
  };
  const subject = await updated(syncers, call, named);
  if (subject.refusal) return subject;
  const { record } = subject.object;
  // Another organization in the body moves the syncer there, so the caller must administer that one too.
  const target = organization || (record?.organization ?? '');
  const organizations = distinct([...subject.organizations, target]);
  const touched = { ...subject, organizations };
  if (record && !isAnyOwner(owner) && owner !== record.organization && owner !== target) {
    return {
      ...touched,
      organizations: [...organizations, owner],
      refusal: contradiction([record.organization, owner]),
    };
  }
  return { ...touched, object: record };
}

/**
 * With `admin/NAME` alone, several organizations may have one of that name, and what the body says is no proof: it may
 * be the syncer of one, to be moved to the other. Its `id` tells, where it came along.
 */
async function updated(syncers: SyncerService, call: Call, named: SyncerNames): Promise<Subject<NamedSyncer>> {
  const { word: name } = unambiguous(named.names);
  if (organizationsIn(named).length > 0 || confinedTo(call.caller) !== undefined) return syncerOf(syncers, call, named);
  const found = await syncers.named(name);
  const id = textOf(call.body, 'id');
  const one = found.length > 1 && id !== '' ? found.find((record) => record.id === id) : undefined;
  return syncerOf(syncers, call, one ? { ...named, organizations: [one.organization] } : named);
}

import type { SyncerRecord } from '../../storage/syncers/syncer-records.ts';
import type { Text } from '../../syncer/text.ts';
import { confinedTo } from '../auth/caller.ts';
import type { Call } from '../request/call.ts';
import { connectionReportJson } from './connection-report-json.ts';
import { affected, failed, ok } from '../http/envelope.ts';
import type { HostParts } from '../host-parts.ts';
import { sentence, type Language } from '../http/language.ts';
import { agreed, disagreement, distinct, namesInId } from '../request/named-object.ts';
import { listed, listingIn } from '../http/paging.ts';
import { requiredIn, textOf, textsIn } from '../http/query.ts';
import { organizationRoute, type Route, type Subject } from '../request/route.ts';
import { AFFECTED, input, list, oneOf, orNull, ref, TEXT } from '../http/schema.ts';
import { syncerFieldOf, syncerJson, SYNCER_FIELDS } from './syncer-json.ts';
import { LEAVINGS } from '../../service/syncer-removal.ts';
import { isAnyOwner } from '../../service/syncer-service.ts';
import {
  NO_SYNCER,
  OTHER,
  organizationsIn,
  sameIdIn,
  syncerNamesIn,
  syncerOf,
  type NamedSyncer,
  type SyncerNames,
} from '../request/named-syncer.ts';

/** The organization that a new or unsaved syncer is for. */
function ownerOfNew(call: Call): Subject<string> {
  const said = syncerNamesIn(call);
  const organizations = organizationsIn(said);
  const names = distinct(said.names);
  const organization = organizations[0] ?? confinedTo(call.caller) ?? '';
  const touched = { organizations, target: `${organization}/${names[0] ?? ''}` };
  for (const words of [organizations, names]) {
    if (words.length > 1) return { ...touched, refusal: disagreement(words) };
  }
  return { ...touched, object: organization };
}

async function shown(parts: HostParts, record: SyncerRecord, owner: string, language: Language) {
  const found = record.lastRunId === null ? undefined : await parts.runs.find(record.lastRunId);
  const lastRun = found?.organization === record.organization ? found : undefined;
  return syncerJson(parts.syncers.fields, record, owner, lastRun, language);
}

const sentencesOf = (call: Call, notes: readonly Text[]): string => notes.map((note) => call.say(note)).join(' ');

/** Casdoor's syncer calls, and the list of types that forms are drawn from. */
export const syncerRoutes = (parts: HostParts): Route[] => [
  {
    method: 'GET',
    path: '/api/get-syncer-types',
    rule: 'signedIn',
    summary: 'Directory types, with the fields of their forms.',
    answers: { data: list(ref('SyncerType')) },
    answer: async (call) =>
      ok(parts.registry.list().map(({ type, title, fields }) => ({ type, title: title[call.language], fields }))),
  },
  organizationRoute({
    method: 'GET',
    path: '/api/get-syncers',
    rule: 'organization',
    summary: 'Configured syncers.',
    query: { owner: 'admin or the organization', organization: '"" = all that the caller administers' },
    listed: SYNCER_FIELDS,
    answers: { data: list(ref('Syncer')) },
    find: (call) => {
      const owner = call.text('owner') || 'admin';
      const organizations = organizationsIn(syncerNamesIn(call));
      const touched = { organizations, target: organizations[0] ?? '' };
      if (organizations.length > 1) return { ...touched, refusal: disagreement(organizations) };
      return { ...touched, object: owner };
    },
    answer: async (call, { organization, object: owner }) => {
      const listing = listingIn(call.query, SYNCER_FIELDS);
      const sorted = listing.sort ? listing : { ...listing, sort: { field: 'createdTime' as const, descending: true } };
      const { rows, total } = listed(await parts.syncers.list(organization), sorted, syncerFieldOf);
      const syncers = await Promise.all(rows.map((record) => shown(parts, record, owner, call.language)));
      return ok(syncers, listing.page ? { data2: total } : {});
    },
  }),
  organizationRoute({
    method: 'GET',
    path: '/api/get-syncer',
    rule: 'organization',
    summary: 'One syncer, or null.',
    query: { id: 'OWNER/NAME', organization: 'with owner admin' },
    answers: { data: orNull(ref('Syncer')) },
    find: (call) => {
      requiredIn(call.query, 'id');
      return syncerOf(parts, call, syncerNamesIn(call));
    },
    answer: async (call, { object: { owner, record } }) =>
      ok(record ? await shown(parts, record, owner, call.language) : null),
  }),
  organizationRoute({
    method: 'POST',
    path: '/api/add-syncer',
    rule: 'organization',
    summary: 'Adds a syncer; never waits for a sync.',
    body: ref('SyncerInput'),
    answers: { data: AFFECTED },
    find: ownerOfNew,
    answer: async (call, { organization = '' }) => {
      const { body } = call;
      const target = `${organization}/${textOf(body, 'name')}`;
      const { record, notes } = await parts.audit.during(call, { action: 'add-syncer', organization, target }, () =>
        parts.syncers.add({ ...body, organization }),
      );
      await parts.schedule.refresh(record.id);
      return affected(true, sentencesOf(call, notes));
    },
  }),
  organizationRoute({
    method: 'POST',
    path: '/api/update-syncer',
    rule: 'organization',
    summary: 'Saves a syncer; absent keys keep what is stored, "***" keeps a stored secret.',
    query: { id: 'OWNER/NAME before the change' },
    body: ref('SyncerInput'),
    answers: { data: AFFECTED },
    find: (call) => storedFor(parts, call),
    answer: async (call, { object: stored }) => {
      const { body } = call;
      if (!stored) return affected(false);
      const entry = {
        action: 'update-syncer' as const,
        organization: stored.organization,
        target: `${stored.organization}/${stored.name}`,
      };
      const { record, notes } = await parts.audit.during(call, entry, () => parts.syncers.update(stored, body));
      if (record.name !== stored.name || record.organization !== stored.organization) {
        parts.metrics.forget(`${stored.organization}/${stored.name}`);
      }
      await parts.schedule.saved(record);
      return affected(true, sentencesOf(call, notes));
    },
  }),
  organizationRoute({
    method: 'POST',
    path: '/api/delete-syncer',
    rule: 'organization',
    summary: 'Deletes a syncer; accounts stay as they are, and "msg" says what nobody holds any more.',
    body: input(
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
    ),
    answers: { data: AFFECTED },
    find: (call) => {
      const said = syncerNamesIn(call);
      const { organization } = call.body;
      const isAbsent = organization === undefined || organization === null;
      // An organization that is empty is none, and none has a syncer; one that is absent is the owner.
      const none = isAbsent ? organizationsIn(said).length === 0 : textOf(call.body, 'organization') === '';
      if (!none) return syncerOf(parts, call, said);
      return { organizations: organizationsIn(said), target: said.names[0] ?? '', object: NO_SYNCER };
    },
    answer: async (call, { object: { record } }) => {
      if (!record) return affected(false);
      const { organization } = record;
      const target = `${organization}/${record.name}`;
      const wish = { leavings: textOf(call.body, 'leavings'), heir: textOf(call.body, 'handoverTo') };
      const outcome = await parts.audit.during(call, { action: 'delete-syncer', organization, target }, () =>
        parts.removal.remove(record, wish),
      );
      parts.metrics.forget(target);
      return affected(true, call.say(outcome));
    },
  }),
  organizationRoute({
    method: 'POST',
    path: '/api/test-syncer-db',
    rule: 'organization',
    summary: 'Test Connection: what works, what does not, and what to change; works before saving.',
    body: ref('SyncerInput'),
    answers: { data: ref('ConnectionReport'), failed: ref('ConnectionReport') },
    action: 'test-syncer',
    find: async (call) => {
      const subject = ownerOfNew(call);
      if (subject.refusal) return subject;
      const organization = subject.object;
      const name = textOf(call.body, 'name');
      // Without an organization a name is anybody's, and so would be the secret that "***" stands for.
      const found =
        organization === '' || name === '' || name.includes('/')
          ? undefined
          : await parts.syncers.find('admin', name, organization);
      if (found && !sameIdIn(call, found)) return { ...subject, refusal: disagreement([subject.target, OTHER]) };
      return { ...subject, object: found };
    },
    answer: async (call, { organization = '', object: stored }) => {
      const { body } = call;
      const report = await parts.audit.during(
        call,
        { action: 'test-syncer', organization, target: `${organization}/${textOf(body, 'name')}` },
        () => parts.syncers.test(body, stored, parts.runs.closing),
        ({ ok: passed }) => (passed ? 'ok' : 'failed'),
      );
      const json = connectionReportJson(report, call.language);
      const problem = report.checks.find((check) => !check.ok);
      return report.ok || !problem ? ok(json) : failed(sentence(call.language, problem.detail, problem.remedy), json);
    },
  }),
];

/**
 * The syncer that an update is for: the one of `id` in the query, or of the body where there is none. The body of an
 * update says what is to be: another name renames, another organization moves.
 */
async function storedFor(parts: HostParts, call: Call): Promise<Subject<SyncerRecord | undefined>> {
  const { body } = call;
  const inId = namesInId(call);
  const [owner, organization] = [textOf(body, 'owner'), textOf(body, 'organization')];
  const isNamed = inId.names.length > 0;
  const said: SyncerNames = {
    owners: isNamed ? inId.organizations : [owner],
    organizations: textsIn(call.query, 'organization'),
    names: isNamed ? inId.names : [textOf(body, 'name')],
  };
  const subject = await updated(parts, call, said);
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
      refusal: disagreement([record.organization, owner]),
    };
  }
  return { ...touched, object: record };
}

/**
 * With `admin/NAME` alone, several organizations may have one of that name, and what the body says is no proof: it may
 * be the syncer of one, to be moved to the other. Its `id` tells, where it came along.
 */
async function updated(parts: HostParts, call: Call, said: SyncerNames): Promise<Subject<NamedSyncer>> {
  const { word: name } = agreed(said.names);
  if (organizationsIn(said).length > 0 || confinedTo(call.caller) !== undefined) return syncerOf(parts, call, said);
  const found = await parts.syncers.named(name);
  const id = textOf(call.body, 'id');
  const one = found.length > 1 && id !== '' ? found.find((record) => record.id === id) : undefined;
  return syncerOf(parts, call, one ? { ...said, organizations: [one.organization] } : said);
}

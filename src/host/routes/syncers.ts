import type { SyncerRecord } from '../../storage/syncer-records.ts';
import type { Text } from '../../syncer/text.ts';
import { audited } from '../audited.ts';
import type { Touched } from '../auth/authorize.ts';
import { confinedTo } from '../auth/caller.ts';
import type { Call } from '../call.ts';
import { connectionReportJson } from '../connection-report-json.ts';
import { affected, failed, ok } from '../envelope.ts';
import type { HostParts } from '../host-parts.ts';
import { sentence, type Language } from '../language.ts';
import { listed, listingIn } from '../paging.ts';
import { requiredIn, splitId, textOf } from '../query.ts';
import { organizationRoute, type Route } from '../route.ts';
import { AFFECTED, input, list, orNull, ref, TEXT } from '../schema.ts';
import { organizationIn } from '../syncer-body.ts';
import { syncerFieldOf, syncerJson, SYNCER_FIELDS } from '../syncer-json.ts';
import { isAnyOwner } from '../syncer-service.ts';

/** A syncer as a call names it: the owner in the spelling of the call, and the one that is stored under it, if any. */
interface NamedSyncer {
  readonly owner: string;
  readonly name: string;
  readonly record: SyncerRecord | undefined;
}

/**
 * The syncer that an id names. Both spellings of the owner are good; with `admin` the organization comes from the query
 * or the body, and administrators of one organization mean their own.
 *
 * @param hint the organization that came along; "" = none
 */
export async function syncerOf(
  parts: HostParts,
  call: Call,
  id: string,
  hint: string,
): Promise<Touched & { readonly object: NamedSyncer }> {
  const { owner, name } = splitId(id);
  const named = isAnyOwner(owner) ? hint : owner;
  const record = await parts.syncers.find(owner, name, named || (confinedTo(call.caller) ?? ''));
  const organization = record?.organization ?? named;
  return {
    organizations: organization === '' ? [] : [organization],
    target: `${organization}/${name}`,
    object: { owner, name, record },
  };
}

/** The organization that a new or unsaved syncer is for. */
function ownerOfNew({ body, caller }: Call) {
  const organization = organizationIn(body) || (confinedTo(caller) ?? '');
  return {
    organizations: organization === '' ? [] : [organization],
    target: `${organization}/${textOf(body, 'name')}`,
  };
}

async function shown(parts: HostParts, record: SyncerRecord, owner: string, language: Language) {
  const lastRun = record.lastRunId === null ? undefined : await parts.runs.find(record.lastRunId);
  return syncerJson(parts.syncers.fields, record, owner, lastRun, language);
}

const saidIn = (call: Call, notes: readonly Text[]): string => notes.map((note) => call.say(note)).join(' ');

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
      const wanted = call.text('organization') || (isAnyOwner(owner) ? '' : owner);
      return { organizations: wanted === '' ? [] : [wanted], target: wanted, object: owner };
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
    find: (call) => syncerOf(parts, call, requiredIn(call.query, 'id'), call.text('organization')),
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
    find: (call) => ({ ...ownerOfNew(call), object: undefined }),
    answer: async (call, { organization = '' }) => {
      const { body } = call;
      const target = `${organization}/${textOf(body, 'name')}`;
      const { record, notes } = await audited(parts, call, { action: 'add-syncer', organization, target }, () =>
        parts.syncers.add({ ...body, organization }),
      );
      await parts.schedule.refresh(record.id);
      return affected(true, saidIn(call, notes));
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
      const { record, notes } = await audited(parts, call, entry, () => parts.syncers.update(stored, body));
      if (record.name !== stored.name || record.organization !== stored.organization) {
        parts.metrics.forget(`${stored.organization}/${stored.name}`);
      }
      await parts.schedule.saved(record);
      return affected(true, saidIn(call, notes));
    },
  }),
  organizationRoute({
    method: 'POST',
    path: '/api/delete-syncer',
    rule: 'organization',
    summary: 'Deletes a syncer; the accounts stay as they are.',
    body: input({ owner: TEXT, name: TEXT, organization: TEXT }, ['name']),
    answers: { data: AFFECTED },
    find: (call) => {
      const { body } = call;
      const id = `${textOf(body, 'owner') || 'admin'}/${textOf(body, 'name')}`;
      return syncerOf(parts, call, id, textOf(body, 'organization'));
    },
    answer: async (call, { object: { record } }) => {
      if (!record) return affected(false);
      const { organization } = record;
      const target = `${organization}/${record.name}`;
      await audited(parts, call, { action: 'delete-syncer', organization, target }, async () => {
        await parts.schedule.remove(record.id);
        await parts.runs.cancelAll(record.id);
        await parts.syncers.remove(record);
      });
      parts.metrics.forget(target);
      return affected(true);
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
      const { organizations, target } = ownerOfNew(call);
      const name = textOf(call.body, 'name');
      const stored =
        name === '' || name.includes('/') ? undefined : await parts.syncers.find('admin', name, organizations[0] ?? '');
      return { organizations: stored ? [stored.organization] : organizations, target, object: stored };
    },
    answer: async (call, { organization = '', object: stored }) => {
      const { body } = call;
      const report = await audited(
        parts,
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

/** SDKs send the organization in the body, and a body may carry a new one: then the stored syncer is in another. */
async function storedFor(
  parts: HostParts,
  call: Call,
): Promise<Touched & { readonly object: SyncerRecord | undefined }> {
  const { body } = call;
  const id = call.text('id') || `${textOf(body, 'owner')}/${textOf(body, 'name')}`;
  const hint = call.text('organization') || textOf(body, 'organization');
  let { object: named, ...touched } = await syncerOf(parts, call, id, hint);
  if (!named.record && isAnyOwner(named.owner) && hint !== '') {
    ({ object: named, ...touched } = await syncerOf(parts, call, id, ''));
  }
  const { record } = named;
  // Another organization in the body moves the syncer there, so the caller must administer that one too.
  const target = organizationIn(body, record);
  const organizations = target === '' ? touched.organizations : [...new Set([...touched.organizations, target])];
  return { ...touched, organizations, object: record };
}

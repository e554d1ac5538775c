import { PROTECTION_KINDS } from '../../identity/protection.ts';
import { NO_PROTECTION, type ProtectionObject, type ProtectionService } from '../../service/decisions/protections.ts';
import { isAnyOwner } from '../../service/syncers/syncer-service.ts';
import type { AuditedDecisions } from '../../service/decisions/audited-decisions.ts';
import { confinedTo } from '../auth/caller.ts';
import { affected, ok } from '../http/envelope.ts';
import { pageOf } from '../http/paging.ts';
import { requiredIn, textOf } from '../http/query.ts';
import { AFFECTED, input, list, oneOf, TEXT } from '../http/schema.ts';
import { contradiction, distinct, namedIn } from '../request/named-object.ts';
import { required } from '../request/query-parameter.ts';
import { organizationRoute, type Route } from '../request/route.ts';
import { PROTECTION, SYNCER, UNTIL, VALUE, type ProtectionJson } from './protection-schema.ts';

export interface ProtectionRoutesNeeds {
  readonly protections: ProtectionService;
  readonly decisions: AuditedDecisions;
}

/** Whom runs leave alone. */
export const protectionRoutes = (needs: ProtectionRoutesNeeds): Route[] => [
  getProtections(needs),
  protectUser(needs),
  unprotectUser(needs),
];

const getProtections = ({ protections }: ProtectionRoutesNeeds): Route =>
  organizationRoute({
    method: 'GET',
    path: '/api/get-sync-protections',
    rule: 'organization',
    summary: 'Whom no run locks out or takes from, newest first.',
    query: { owner: 'the organization; all when it is empty' },
    listed: [],
    answers: { data: list(PROTECTION.ref) },
    find: (call) => {
      const owner = call.text('owner');
      return { organizations: isAnyOwner(owner) ? [] : [owner], target: owner, object: undefined };
    },
    answer: async (call, { organization }) => {
      const { rows, total } = await pageOf(call.query, (page, size) => protections.list(organization, page, size));
      return ok(rows satisfies readonly ProtectionJson[], { data2: total });
    },
  });

const protectUser = ({ decisions }: ProtectionRoutesNeeds): Route =>
  organizationRoute({
    method: 'POST',
    path: '/api/protect-user',
    rule: 'organization',
    action: 'protect-user',
    summary:
      'Tells runs to leave somebody alone: neither access nor memberships are taken. Said again, it is replaced.',
    body: input(
      { owner: TEXT, kind: oneOf(PROTECTION_KINDS), value: VALUE, syncer: SYNCER, reason: TEXT, until: UNTIL },
      ['owner', 'kind', 'value', 'reason'],
    ),
    answers: { data: PROTECTION.ref },
    find: (call) => {
      const [kind, value] = [textOf(call.body, 'kind'), textOf(call.body, 'value')];
      const named = kind === 'user' || kind === 'group' ? ownerIn(value) : [];
      const organizations = distinct([...namedIn(call, 'owner'), ...named, ...ownerIn(textOf(call.body, 'syncer'))]);
      const target = value.slice(0, 300);
      if (organizations.length > 1) return { organizations, target, refusal: contradiction(organizations) };
      return { organizations, target, object: organizations[0] ?? confinedTo(call.caller) ?? '' };
    },
    answer: async (call, { object: owner }) => ok(await decisions.protect({ ...call.body, owner }, call.actor)),
  });

const unprotectUser = ({ protections, decisions }: ProtectionRoutesNeeds): Route =>
  organizationRoute({
    method: 'POST',
    path: '/api/unprotect-user',
    rule: 'organization',
    action: 'unprotect-user',
    summary: 'Takes a protection away: runs treat whom it was about like everybody.',
    query: { id: required('the protection, or ORG/NAME of the account that it is about') },
    answers: { data: AFFECTED },
    find: async (call) => {
      const id = requiredIn(call.query, 'id');
      const found: readonly ProtectionObject[] = id.length > 360 ? [] : await protections.find(id);
      const owners = namedIn(call, 'owner').filter((owner) => !isAnyOwner(owner));
      const organizations = distinct([...ownerIn(id), ...found.map(({ owner }) => owner), ...owners]);
      const target = found[0]?.value ?? id.slice(0, 300);
      // An id of nobody's account tells strangers no more than one that nobody gave out.
      const touched = { organizations, target, ...(id.includes('/') ? {} : { unseen: NO_PROTECTION }) };
      if (organizations.length > 1) return { ...touched, refusal: contradiction(organizations) };
      return found.length === 0 ? { ...touched, refusal: NO_PROTECTION } : { ...touched, object: found };
    },
    answer: async (call, { object: found }) => affected((await decisions.unprotect(found, call.actor)).length > 0),
  });

const ownerIn = (id: string): readonly string[] => (id.includes('/') ? [id.slice(0, id.indexOf('/'))] : []);

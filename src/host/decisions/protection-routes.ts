import { PROTECTION_KINDS } from '../../identity/protection.ts';
import { NO_PROTECTION, type ProtectionObject, type ProtectionService } from '../../service/decisions/protections.ts';
import { Refusal } from '../../service/refusal.ts';
import { isAnyOwner } from '../../service/syncers/syncer-service.ts';
import { text } from '../../syncer/text.ts';
import type { FieldValue } from '../../identity/change.ts';
import type { AuditLog, Done } from '../../service/audit/audit-log.ts';
import { callerName, confinedTo } from '../auth/caller.ts';
import { affected, ok } from '../http/envelope.ts';
import { pageOf } from '../http/paging.ts';
import { requiredIn, textOf } from '../http/query.ts';
import { AFFECTED, input, list, oneOf, TEXT } from '../http/schema.ts';
import type { Call } from '../request/call.ts';
import { contradiction, distinct, namedIn } from '../request/named-object.ts';
import { required } from '../request/query-parameter.ts';
import { organizationRoute, type Route } from '../request/route.ts';
import { PROTECTION, SYNCER, UNTIL, VALUE, type ProtectionJson } from './protection-schema.ts';

export interface ProtectionRoutesNeeds {
  readonly protections: ProtectionService;
  readonly audit: AuditLog;
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

const protectUser = ({ protections, audit }: ProtectionRoutesNeeds): Route =>
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
    answer: async (call, { object: owner }) => {
      const [value, reason] = [textOf(call.body, 'value'), textOf(call.body, 'reason')];
      const asked = {
        owner,
        value,
        reason,
        kind: textOf(call.body, 'kind'),
        syncer: textOf(call.body, 'syncer'),
        until: untilIn(call),
      };
      const entry = { action: 'protect-user', organization: owner, target: value } as const;
      const by = callerName(call.caller);
      const told = { ...entry, comment: reason };
      return ok(await audit.during(call.actor, told, () => protections.protect(asked, by), protectionMade));
    },
  });

const unprotectUser = ({ protections, audit }: ProtectionRoutesNeeds): Route =>
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
    answer: async (call, { object: [first] }) => {
      const entry = { action: 'unprotect-user', organization: first?.owner ?? '', target: first?.value ?? '' } as const;
      await audit.during(
        call.actor,
        entry,
        () => protections.unprotect(call.text('id')),
        () => protectionEnded(first),
      );
      return affected(true);
    },
  });

/** Of one account alone: part of its history. */
const accountOf = ({ kind, value }: ProtectionObject): string => (kind === 'user' ? value : '');

/** Until when, or that it has no end. */
const holds = ({ until }: ProtectionObject): FieldValue => until ?? true;

const protectionMade = (made: ProtectionObject): Done => ({
  subject: accountOf(made),
  changes: [{ field: 'protection', before: null, after: holds(made) }],
});

const protectionEnded = (ended: ProtectionObject | undefined): Done =>
  ended ? { subject: accountOf(ended), changes: [{ field: 'protection', before: holds(ended), after: null }] } : {};

const ownerIn = (id: string): readonly string[] => (id.includes('/') ? [id.slice(0, id.indexOf('/'))] : []);

/** @throws Refusal for what is no text */
function untilIn(call: Call): string {
  const { until = '' } = call.body;
  if (until === null) return '';
  if (typeof until !== 'string') throw NO_TEXT;
  return until.trim();
}

const NO_TEXT = new Refusal(text('"until" must be a text.', '“until”必须是文本。'));

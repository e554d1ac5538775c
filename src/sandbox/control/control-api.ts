import type { Company } from '../company/company.ts';
import { isActive, type Member } from '../company/member.ts';
import { ControlInput, ControlInputError, readRule } from './control-input.ts';
import type { CallLog } from '../api/call-log.ts';
import type { Access } from '../company/access.ts';
import type { Mailbox } from '../company/mailbox.ts';
import { PRIVATE_FIELDS } from '../company/sign-ins.ts';
import type { Faults, FaultSettings } from '../faults/faults.ts';
import { isWorldName, WORLD_NAMES, type WorldName } from './worlds.ts';

/** What a control call sees of the sandbox: the parts that it changes or tells of, and none of its server. */
export interface ControlledSandbox {
  readonly url: string;
  readonly company: Company;
  readonly faults: Faults;
  readonly calls: CallLog;
  readonly access: Access;
  readonly mailbox: Mailbox;
  readonly world: WorldName;
  use(world: WorldName): void;
}

export interface ControlAnswer {
  readonly status: number;
  readonly content: unknown;
}

type ControlCall = (sandbox: ControlledSandbox, input: ControlInput, query: URLSearchParams) => unknown;

const LISTED_CALLS = 1000;

const CALLS: ReadonlyMap<string, ControlCall> = new Map(
  Object.entries<ControlCall>({
    'GET state': (sandbox) => stateOf(sandbox),
    'GET headcount': ({ company }) => ({
      company: company.headcount(),
      visible: company.headcount(company.visibleMembers()),
    }),
    'GET member': ({ company }, _input, query) => company.wire(query.get('userid') ?? ''),
    'GET calls': ({ calls }) => ({
      total: calls.count(),
      maxInFlight: calls.maxInFlight,
      counts: calls.counts(),
      list: calls.list().slice(-LISTED_CALLS),
    }),
    'DELETE calls': ({ calls }) => {
      calls.clear();
      return {};
    },

    'POST world': (sandbox, input) => {
      const name = input.raw('name');
      if (!isWorldName(name)) throw new ControlInputError(`"name" is one of ${WORLD_NAMES.join(', ')}`);
      sandbox.use(name);
      return stateOf(sandbox);
    },
    'POST scope': ({ company }, input) => {
      company.scope = {
        departments: input.has('departments') ? input.numbers('departments') : [],
        users: input.has('users') ? input.texts('users') : [],
        tags: input.has('tags') ? input.numbers('tags') : [],
      };
      return company.scope;
    },
    'POST access': (sandbox, input) => setAccess(sandbox, input),
    'POST tag': ({ company }, input) =>
      company.setTag({
        id: input.whole('id'),
        name: input.text('name'),
        users: input.has('users') ? input.texts('users') : [],
        departments: input.has('departments') ? input.numbers('departments') : [],
      }),

    'POST remove-tag': ({ company }, input) => company.removeTag(input.whole('id')),

    'GET faults': ({ faults }) => ({ settings: faults.settings, rules: faults.rules }),
    'POST faults': ({ faults }, input) => {
      const settings = input.has('settings') ? readSettings(input.record('settings')) : undefined;
      const { settings: _settings, rules: several = [], expireTokens, revokeTokens, ...single } = input.all();
      const rules = input.has('respond') ? [single] : several;
      if (!Array.isArray(rules)) throw new ControlInputError('"rules" must be a list');
      // Read them all before the first is added: a request with a mistake in it changes nothing.
      const read = rules.map((rule: unknown) => readRule(new ControlInput({ rule }).record('rule')));
      if (settings !== undefined) faults.set(settings);
      for (const rule of read) faults.add(rule);
      if (expireTokens === true) faults.expireTokens();
      if (revokeTokens === true) faults.revokeTokens();
      return { settings: faults.settings, rules: faults.rules };
    },
    'DELETE faults': ({ faults }) => {
      faults.clear();
      return { settings: faults.settings, rules: faults.rules };
    },

    'POST after-answer': (sandbox, input) => {
      const act = input.text('act');
      const call = CALLS.get(`POST ${act}`);
      if (call === undefined || act === 'after-answer')
        throw new ControlInputError('"act" names a POST call of this API');
      const change = new ControlInput(input.has('with') ? input.record('with') : {});
      const { act: _act, with: _with, ...rule } = input.all();
      const { respond: _respond, times: _times, ...when } = readRule({ ...rule, respond: {} });
      sandbox.faults.afterAnswer({
        ...when,
        says: { act, with: change.all() },
        work: () => {
          try {
            call(sandbox, change, new URLSearchParams());
          } catch (error) {
            // By then it may no longer be possible, such as to move somebody who left; then nothing happens.
            if (!(error instanceof ControlInputError || error instanceof RangeError)) throw error;
          }
        },
      });
      return { waiting: sandbox.faults.turns.map(({ says }) => says) };
    },

    'POST sign-in': ({ company, access }, input) => {
      const userid = input.text('userid');
      const { scope = 'snsapi_base' } = input.all();
      if (scope !== 'snsapi_base' && scope !== 'snsapi_privateinfo') {
        throw new ControlInputError('"scope" is "snsapi_base" or "snsapi_privateinfo"');
      }
      const wanted: readonly string[] = input.has('fields') ? input.texts('fields') : PRIVATE_FIELDS;
      const fields = PRIVATE_FIELDS.filter((field) => wanted.includes(field));
      const agentId = input.has('agentid') ? input.whole('agentid') : access.agentId;
      // Whoever is of a linked corp comes as CorpId/userid, and is none of this company's members.
      if (userid.includes('/')) return { code: access.signIns.issueCode({ userid, scope, fields, agentId }) };
      const member = company.member(userid);
      if (member === undefined || !isActive(member)) throw new RangeError(`"${userid}" cannot sign in to WeCom`);
      return { code: access.signIns.issueCode({ userid: member.userid, scope, fields, agentId }) };
    },
    'GET messages': ({ mailbox }) => ({ messages: mailbox.list() }),
    'DELETE messages': ({ mailbox }) => {
      mailbox.clear();
      return {};
    },
    'POST hire': ({ company }, input) =>
      userids(input.has('member') ? [hireOne(company, input.record('member'))] : company.hire(countOf(input))),
    'POST leave': ({ company }, input) => userids(company.leave(input.choice())),
    'POST disable': ({ company }, input) => userids(company.disable(input.choice())),
    'POST enable': ({ company }, input) => userids(company.enable(input.choice())),
    'POST quit': ({ company }, input) => userids(company.quit(input.choice())),
    'POST activate': ({ company }, input) => userids(company.activate(input.choice())),
    'POST deactivate': ({ company }, input) => userids(company.deactivate(input.choice())),
    'POST rename': ({ company }, input) => ({
      renamed: company.rename(
        input.has('userid') ? { userid: input.text('userid'), name: input.text('name') } : countOf(input),
      ),
    }),
    'POST change-userid': ({ company }, input) => userids([company.changeUserid(input.text('from'), input.text('to'))]),
    'POST move': ({ company }, input) =>
      userids(
        input.has('userid')
          ? company.move(input.text('userid'), input.numbers('departments'))
          : company.move(countOf(input)),
      ),
    'POST set-field': ({ company }, input) => {
      const set = input.has('set') ? input.record('set') : {};
      const unset = input.has('unset') ? input.texts('unset') : [];
      const patch = { ...set, ...Object.fromEntries(unset.map((name) => [name, undefined])) };
      return userids([company.setField(input.text('userid'), patch)]);
    },
    'POST add-department': ({ company }, input) =>
      company.addDepartment({
        name: input.text('name'),
        ...input.given({ id: 'whole', parentid: 'whole', name_en: 'text', order: 'whole' }),
      }),
    'POST rename-department': ({ company }, input) => company.renameDepartment(input.whole('id'), input.text('name')),
    'POST move-department': ({ company }, input) => company.moveDepartment(input.whole('id'), input.whole('parentid')),
    'POST remove-department': ({ company }, input) => company.removeDepartment(input.whole('id')),
    'POST set-leaders': ({ company }, input) => company.setLeaders(input.whole('id'), input.texts('userids')),
  }),
);

/** One control call; a mistake in it is answered with 400 and a sentence, and changes nothing. */
export function control(sandbox: ControlledSandbox, method: string, url: URL, body: string): ControlAnswer {
  const name = url.pathname.replace(/^\/control\//, '');
  const call = CALLS.get(`${method} ${name}`);
  if (call === undefined) return { status: 404, content: { error: `there is no ${method} /control/${name}` } };
  try {
    return { status: 200, content: call(sandbox, ControlInput.parse(body), url.searchParams) };
  } catch (error) {
    // RangeError is the company's way to say that something cannot be: nobody of that userid, too few members.
    if (error instanceof ControlInputError || error instanceof RangeError) {
      return { status: 400, content: { error: error.message } };
    }
    throw error;
  }
}

function stateOf({ company, url, world, access }: ControlledSandbox): object {
  const { corpId, appSecret, contactsSecret, agentId } = access;
  return {
    url,
    corpId,
    appSecret,
    contactsSecret,
    agentId,
    world,
    access: access.rules,
    scope: company.scope,
    members: company.size,
    departments: company.tree.size,
  };
}

function setAccess({ access }: ControlledSandbox, input: ControlInput): object {
  const { trustedDomain: before } = access;
  const { withheld, contactsIp, appEnabled, trustedDomain } = {
    ...access.rules,
    trustedDomain: before,
    ...input.all(),
  };
  if (typeof withheld !== 'boolean') throw new ControlInputError('"withheld" is true or false');
  if (typeof appEnabled !== 'boolean') throw new ControlInputError('"appEnabled" is true or false');
  if (contactsIp !== 'new' && contactsIp !== 'old') throw new ControlInputError('"contactsIp" is "new" or "old"');
  if (typeof trustedDomain !== 'string') throw new ControlInputError('"trustedDomain" must be a text');
  access.trustedDomain = trustedDomain;
  return { ...Object.assign(access.rules, { withheld, contactsIp, appEnabled }), trustedDomain };
}

const NUMBER_SETTINGS = [
  'latencyMs',
  'clockSkewMs',
  'wrongSecretLimit',
  'concurrencyLimit',
  'callsPerMinute',
  'expireTokensEvery',
  'revokeTokensEvery',
  'tokenLifetime',
] as const satisfies readonly (keyof FaultSettings)[];
const TEXT_SETTINGS = ['untrustedIp', 'fromIp'] as const satisfies readonly (keyof FaultSettings)[];

/** A setting that is null goes off. */
function readSettings(fields: Record<string, unknown>): {
  [Key in keyof FaultSettings]: FaultSettings[Key] | undefined;
} {
  const input = new ControlInput(fields);
  const settings: Record<string, string | number | undefined> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value === null) settings[name] = undefined;
    else if (NUMBER_SETTINGS.some((known) => known === name)) settings[name] = input.whole(name);
    else if (TEXT_SETTINGS.some((known) => known === name)) settings[name] = input.text(name);
    else throw new ControlInputError(`there is no setting "${name}"`);
  }
  return settings;
}

/** Userid and departments are checked; any other key is set as it is, like `set-field` does. */
function hireOne(company: Company, fields: Record<string, unknown>): Member {
  const { userid: _userid, department: _department, ...rest } = fields;
  const input = new ControlInput(fields);
  const [member] = company.hire(input.given({ userid: 'text', department: 'numbers' }));
  if (member === undefined) throw new RangeError('nobody was hired');
  return company.setField(member.userid, rest);
}

function countOf(input: ControlInput): number {
  return input.has('count') ? input.whole('count') : 1;
}

function userids(members: readonly { readonly userid: string }[]): { readonly userids: readonly string[] } {
  return { userids: members.map(({ userid }) => userid) };
}

const LOOPBACK = /^(?:127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/;

/** Whether the address of a connection's other end is this machine itself: no other machine may give orders. */
export function isLoopback(address: string | undefined): boolean {
  return address !== undefined && LOOPBACK.test(address);
}

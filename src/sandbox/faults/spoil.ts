import { randomUUID } from 'node:crypto';
import { Random } from '../company/random.ts';

/** The ways in which a true answer can be made wrong. */
export const SPOILS = [
  'errcode-absent',
  'errcode-text',
  'lists-null',
  'list-missing',
  'null-entry',
  'no-userid',
  'userid-number',
  'userid-unusable',
  'department-text',
  'status-text',
  'repeated-cursor',
  'endless-cursor',
  'shuffled',
  'not-json',
] as const;

export type Spoil = (typeof SPOILS)[number];

type Fields = Record<string, unknown>;

const LISTS = ['userlist', 'department', 'department_id', 'dept_user', 'agentlist', 'ip_list', 'partylist'];

/**
 * The same answer, wrong in one respect; entries are spoilt in the first place of each list.
 *
 * @param seed of the order in which a shuffled list stands
 */
export function spoilt(body: string, spoil: Spoil, seed = 1): string {
  if (spoil === 'not-json') return `<!-- ${body} -->`;
  const fields = JSON.parse(body) as Fields;
  spoilFields(fields, spoil, seed);
  return JSON.stringify(fields);
}

function spoilFields(fields: Fields, spoil: Exclude<Spoil, 'not-json'>, seed: number): void {
  switch (spoil) {
    case 'errcode-absent':
      delete fields['errcode'];
      delete fields['errmsg'];
      return;
    case 'errcode-text':
      fields['errcode'] = String(fields['errcode']);
      return;
    case 'repeated-cursor':
      if ('next_cursor' in fields) fields['next_cursor'] = 'bmV2ZXItZW5kaW5n';
      return;
    case 'endless-cursor':
      fields['next_cursor'] = randomUUID();
      return;
    case 'lists-null':
      for (const name of presentLists(fields)) fields[name] = null;
      return;
    case 'list-missing':
      for (const name of presentLists(fields)) delete fields[name];
      return;
    // Nothing is wrong with it: the order of a list means nothing, and whoever reads one into it is found out.
    case 'shuffled':
      for (const name of presentLists(fields)) fields[name] = new Random(seed).shuffled(fields[name] as unknown[]);
      return;
    case 'null-entry':
      for (const name of presentLists(fields)) fields[name] = [null, ...(fields[name] as unknown[])];
      return;
    case 'no-userid':
      for (const member of firstMembers(fields)) delete member['userid'];
      return;
    case 'userid-number':
      for (const member of firstMembers(fields)) member['userid'] = 4711;
      return;
    case 'userid-unusable':
      for (const member of firstMembers(fields)) member['userid'] = '../张 三';
      return;
    case 'department-text':
      for (const member of firstMembers(fields)) member['department'] = String(member['department']);
      return;
    case 'status-text':
      for (const member of firstMembers(fields)) member['status'] = String(member['status']);
  }
}

function presentLists(fields: Fields): string[] {
  return LISTS.filter((name) => Array.isArray(fields[name]));
}

/** The member of user/get, or the first of a list. */
function firstMembers(fields: Fields): Fields[] {
  if ('userid' in fields) return [fields];
  const list = fields['userlist'] ?? fields['dept_user'];
  const first: unknown = Array.isArray(list) ? list[0] : undefined;
  return typeof first === 'object' && first !== null ? [first as Fields] : [];
}

export function isSpoil(text: unknown): text is Spoil {
  return SPOILS.some((spoil) => spoil === text);
}

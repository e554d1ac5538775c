import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { UserRow } from '../../../src/storage/entities/index.ts';
import { TestHost, type Answer, type Client } from '../test-host.ts';

type Who = 'admin' | 'app' | 'orgAdmin' | 'member' | 'nobody';

/** What a running Casdoor answered to one caller. */
interface Recorded {
  readonly who: Who;
  readonly call: string;
  readonly sent?: unknown;
  readonly http: number;
  readonly status?: string;
  readonly msg?: string;
  /** Its kind: `{}`, `list of 5`, `string`, `null`. */
  readonly data?: string;
  readonly data2?: string | number;
  readonly text?: string;
  readonly shape?: string;
}

interface Fixture {
  readonly shapes: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly answers: readonly Recorded[];
}

const PASSWORD = 'Secret-123';

const read = (path: string): Promise<string> => readFile(new URL(path, import.meta.url), 'utf8');

/** Calls of Casdoor's that this host does not have, beside those of its page and its SDKs. */
const OURS_LACKS =
  /^GET (?:get-records|get-version-info|get-system-info|get-email-and-phone|health|get-prometheus-info|metrics|no-such-call)\b|^POST no-such-call/;
const LISTS = /^GET get-(?:users|global-users|sorted-users)\b/;

/** Each difference that is meant: where it shows, and the first cell of its row in the document. */
const MEANT: readonly (readonly [row: string, differs: (recorded: Recorded) => boolean])[] = [
  ['a call that does not exist', ({ call }) => OURS_LACKS.test(call)],
  [
    'a call without a list’s `owner`, by an administrator of one organization',
    ({ who, call }) => who === 'orgAdmin' && /^GET (?:get-users|get-groups\??(?:owner=)?)$/.test(call),
  ],
  [
    'a syncer without `organization`, by an administrator of one organization',
    ({ who, call }) => who === 'orgAdmin' && /^GET get-syncers?\?(?:owner=admin|id=admin\/\w+)$/.test(call),
  ],
  [
    '`test-syncer-db`, by an administrator of one organization',
    ({ who, call }) => who === 'orgAdmin' && call === 'POST test-syncer-db',
  ],
  [
    'lists of what this host has none of, with `owner=admin`',
    ({ who, call }) => who === 'orgAdmin' && /^GET get-(?:certs|providers|tokens|webhooks)\?owner=admin$/.test(call),
  ],
  [
    '`get-form`, by others than global administrators',
    ({ who, call }) => ['orgAdmin', 'member'].includes(who) && call.startsWith('GET get-form'),
  ],
  [
    'certificates, providers, tokens, other applications',
    ({ call, status }) =>
      status === 'ok' &&
      /^GET get-(?:certs|global-certs|providers|global-providers|tokens|application\?id=admin\/app-acme)/.test(call),
  ],
  ['`get-ldaps`', ({ call, status }) => status === 'ok' && call.startsWith('GET get-ldaps')],
  [
    'a call by nobody',
    ({ who, call, msg }) =>
      who === 'nobody' &&
      !OURS_LACKS.test(call) &&
      msg !== 'Unauthorized operation' &&
      /get-(?:organization|user\b|group|syncer)/.test(call),
  ],
  ['`get-user` of nobody, by a member', ({ who, call }) => who === 'member' && call === 'GET get-user?id=acme/none'],
  [
    'an id that is none, by a member',
    ({ who, call }) => who === 'member' && ['GET get-group?id=x', 'GET get-syncer?id=corp'].includes(call),
  ],
  [
    '`get-organization` of one’s own, by a member',
    ({ who, call }) => who === 'member' && call === 'GET get-organization?id=admin/acme',
  ],
  ['an absent `id`', ({ who, call }) => !['member', 'nobody'].includes(who) && call === 'GET get-syncer'],
  ['a search by a field that the list does not have', ({ msg }) => /SQL logic error/.test(msg ?? '')],
  ['`p=x`', ({ call, http }) => http === 500 && call.includes('p=x')],
  ['lists of accounts', ({ call, shape }) => LISTS.test(call) && shape !== undefined],
  [
    '`get-account`, `userinfo`, by an application',
    ({ who, call }) => who === 'app' && /^GET (?:get-account|userinfo)$/.test(call),
  ],
  ['a name that is taken', ({ msg }) => /UNIQUE constraint/.test(msg ?? '')],
  ['a body that is no object', ({ msg }) => msg?.startsWith('json: cannot unmarshal') === true],
  ['`add-user`, `update-user`: an e-mail that is none', ({ sent }) => nameIn(sent) === 'badmail'],
  ['`add-user`, `update-user`: a weak password', ({ sent }) => nameIn(sent) === 'short'],
  ['`update-user` with `columns` that cannot be written', ({ call }) => call.endsWith('columns=nosuch')],
  ['`update-user` of an object without an `id`', ({ msg }) => msg === 'The ID is immutable.'],
  [
    '`update-user` of oneself, by a member',
    ({ who, call }) => who === 'member' && call.includes('update-user?id=acme/u04'),
  ],
  ['`check-user-password` with a wrong one', ({ msg }) => /remaining chances/.test(msg ?? '')],
  [
    '`delete-user` of oneself',
    ({ who, call, sent }) => who === 'admin' && call === 'POST delete-user' && nameIn(sent) === 'admin',
  ],
  ['`add-organization` without a name', ({ call, sent }) => call === 'POST add-organization' && nameIn(sent) === ''],
  [
    '`delete-organization`, and renaming one, with users or syncers',
    ({ call, sent }) => call === 'POST delete-organization' && ['acme', 'built-in'].includes(nameIn(sent)),
  ],
  [
    '`add-syncer` for an organization that is none',
    ({ call, sent }) => call === 'POST add-syncer' && nameIn(sent) === 's3',
  ],
  ['`delete-syncer`', ({ call, text }) => call === 'POST delete-syncer' && text === 'Affected'],
  ['`test-syncer-db`', ({ who, call }) => who === 'admin' && call === 'POST test-syncer-db'],
];

const nameIn = (sent: unknown): string => {
  const name = (sent as { name?: unknown } | undefined)?.name;
  return typeof name === 'string' ? name : '-';
};

/** As the recording says of what an answer holds; how long a list is depends on who was there. */
function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'list';
  if (value === null) return 'null';
  return typeof value === 'object' ? '{}' : typeof value;
}

/** Whether a value is of the type that Casdoor sent. Go's empty lists and maps are null. */
function isOf(type: string, value: unknown): boolean {
  if (type === 'null') return typeof value === 'object';
  if (type.startsWith('[')) return value === null || Array.isArray(value);
  if (type === '{}') return typeof value === 'object';
  return typeof value === type;
}

function mismatches(shape: Readonly<Record<string, string>>, { data }: Answer): string[] {
  const one = (Array.isArray(data) ? data[0] : data) as Readonly<Record<string, unknown>> | undefined;
  return Object.entries(shape).flatMap(([key, type]) => {
    if (one?.[key] === undefined) return [`without ${key}`];
    return isOf(type, one[key]) ? [] : [`${key} is no ${type}`];
  });
}

describe('what a running Casdoor answered', () => {
  let test: TestHost;
  let fixture: Fixture;
  const clients = new Map<Who, Client>();

  before(async () => {
    fixture = JSON.parse(await read('../../fixtures/casdoor/answers.json')) as Fixture;
    test = await TestHost.start({ members: 4, departments: 2 });
    const app = test.credential();
    const add = async (path: string, body: object): Promise<void> => {
      const answer = await app.post(`/api/${path}`, body);
      expect(answer.status, answer.text).to.equal('ok');
    };
    await add('add-organization', { name: 'acme', displayName: 'Acme' });
    for (const n of [2, 3, 4, 5, 6])
      await add('add-group', { owner: 'acme', name: `acme-corp-${n}`, parentId: n === 2 ? '' : 'acme-corp-2' });
    for (let n = 1; n <= 12; n += 1) {
      const number = String(n).padStart(2, '0');
      await add('add-user', {
        owner: 'acme',
        name: `u${number}`,
        displayName: `成员${number}`,
        email: `u${number}@example.com`,
        phone: `138001380${number}`,
        isAdmin: n === 3,
        ...([3, 4].includes(n) ? { password: PASSWORD } : {}),
        groups: n <= 3 ? ['acme/acme-corp-2'] : [],
      });
      const where = { owner: 'acme', name: `u${number}` };
      await test.host.database.transaction(({ manager }) => manager.update(UserRow, where, { id: where.name }));
    }
    await add('add-syncer', test.syncer('acme', 'corp'));
    clients.set('admin', await test.signedIn());
    clients.set('app', app);
    clients.set('orgAdmin', await test.signedIn('acme', 'u03', PASSWORD));
    clients.set('member', await test.signedIn('acme', 'u04', PASSWORD));
    clients.set('nobody', test.anonymous());
  });
  after(() => test.close());

  const replayed = async ({ who, call, sent }: Recorded): Promise<Answer> => {
    const [method = '', path = ''] = call.split(' ');
    const client = clients.get(who)!;
    const url = `/api/${encodeURI(path)}`;
    if (method === 'GET') return client.get(url);
    const body = JSON.stringify(sent)
      .replaceAll('"SECRET"', JSON.stringify(test.sandbox.appSecret))
      .replaceAll('"CORP"', JSON.stringify(test.sandbox.corpId));
    return client.post(url, body);
  };

  /** In what an answer differs from the recorded one. */
  const difference = (recorded: Recorded, answer: Answer): string => {
    const { http, status, msg, data = 'undefined', text } = recorded;
    const said = [http, status, msg, data.replace(/^list of \d+$/, 'list'), text].join(' | ');
    const plainText = typeof answer.data === 'string' ? answer.data : undefined;
    const ours = [answer.httpStatus, answer.status, answer.msg, kindOf(answer.data), plainText].join(' | ');
    if (said !== ours) return `${said} ≠ ${ours}`;
    const paged = typeof recorded.data2 === 'number' && typeof answer.data2 !== 'number' ? 'data2 ' : '';
    const shape = recorded.shape === undefined ? undefined : fixture.shapes[recorded.shape];
    return paged + (shape ? mismatches(shape, answer).join(', ') : '');
  };

  it('is answered here in status, sentence, keys and types, but for what the document lists', async () => {
    const shown = new Set<string>();
    const unexpected: string[] = [];
    for (const recorded of fixture.answers) {
      const answer = await replayed(recorded);
      const differs = difference(recorded, answer);
      const [row] = MEANT.find(([, means]) => means(recorded)) ?? [];
      if (differs !== '' && row === undefined) unexpected.push(`${recorded.who} ${recorded.call}: ${differs}`);
      if (differs !== '' && row !== undefined) shown.add(row);
      // A list of accounts has fewer keys, and those that it has are Casdoor's.
      if (row === 'lists of accounts') expect(differs, recorded.call).to.match(/^without \w+(?:, without \w+)*$/);
    }
    expect(unexpected).to.deep.equal([]);
    expect([...shown], 'each row of the table shows').to.have.members(MEANT.map(([row]) => row));
  });

  it('differs where the document has a row for it, and the document has no other row', async () => {
    const document = await read('../../../docs/beside-casdoor.md');
    // The table after it is about what SDKs see.
    const [table = ''] = /^\| Call [^]*?(?=\n\n)/m.exec(document) ?? [];
    const [, , ...rows] = [...table.matchAll(/^\| (.+?) +\|/gm)].map(([, first]) => first);
    expect(rows).to.have.ordered.members(MEANT.map(([row]) => row.replaceAll('’', "'")));
  });
});

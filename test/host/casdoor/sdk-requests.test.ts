import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { UserRow } from '../../../src/storage/entities/index.ts';
import { CLIENT_ID, CLIENT_SECRET, TestHost } from '../test-host.ts';

/** A request as an SDK sent it, and what was answered; a body that is a whole object says in what it differs from the others. */
interface Sent {
  readonly call: string;
  readonly type?: string;
  readonly auth?: string;
  readonly body?: string;
  readonly object?: {
    readonly like: string;
    readonly but?: Readonly<Record<string, unknown>>;
    readonly without?: readonly string[];
  };
  readonly answer: {
    readonly http: number;
    readonly status?: string;
    readonly msg?: string;
    readonly data?: unknown;
    readonly error?: string;
  };
}

type Fixture = { readonly objects: Readonly<Record<string, Readonly<Record<string, unknown>>>> } & Readonly<
  Record<'go' | 'python' | 'java', readonly Sent[]>
>;

const SDKS = { go: 'Go, v1.53.0', python: 'Python, 1.43.3', java: 'Java, 1.24.0' } as const;

/** What an answer holds, as the recording says it. */
function held(data: unknown): unknown {
  if (Array.isArray(data)) return 'list';
  return typeof data === 'object' && data !== null ? 'object' : data;
}

describe('the requests of Casdoor’s SDKs', () => {
  let fixture: Fixture;
  before(async () => {
    const path = new URL('../../fixtures/casdoor/sdk-requests.json', import.meta.url);
    fixture = JSON.parse(await readFile(path, 'utf8')) as Fixture;
  });

  for (const sdk of ['go', 'python', 'java'] as const) {
    describe(`for ${SDKS[sdk]}`, () => {
      let test: TestHost;
      const ids = new Map<string, string>();

      before(async () => {
        test = await TestHost.start({ members: 4, departments: 2 });
        const app = test.credential();
        const add = async (path: string, body: object): Promise<void> => {
          const answer = await app.post(`/api/${path}`, body);
          expect(answer.status, answer.text).to.equal('ok');
        };
        await add('add-organization', { name: 'acme' });
        await add('add-group', { owner: 'acme', name: 'acme-corp-2', displayName: '研发部' });
        for (let n = 1; n <= 12; n += 1) {
          const number = String(n).padStart(2, '0');
          const name = `u${number}`;
          await add('add-user', {
            owner: 'acme',
            name,
            displayName: `成员${number}`,
            email: `${name}@example.com`,
            phone: `138001380${number}`,
            isAdmin: n === 3,
            groups: n <= 3 ? ['acme/acme-corp-2'] : [],
          });
          await test.host.database.transaction(({ manager }) =>
            manager.update(UserRow, { owner: 'acme', name }, { id: name }),
          );
        }
        await add('add-syncer', test.syncer('acme', 'corp'));
      });
      after(() => test.close());

      /** The id that a user or syncer had when it was first spoken of: it may be called otherwise by now. */
      const idOf = async (kind: string, name: string): Promise<string> => {
        const known = ids.get(`${kind} ${name}`);
        if (known !== undefined) return known;
        const { data } = await test.credential().get(`/api/get-${kind}?id=${name}`);
        const id = String((data as { id?: unknown } | null)?.id);
        ids.set(`${kind} ${name}`, id);
        return id;
      };

      const filled = async (text: string): Promise<string> => {
        let result = text.replaceAll('{SECRET}', test.sandbox.appSecret).replaceAll('{CORP}', test.sandbox.corpId);
        for (const [place, kind = '', name = ''] of text.matchAll(/\{(user|syncer):([^{}]+)\}/g))
          result = result.replaceAll(place, await idOf(kind, name));
        return result;
      };

      const bodyOf = ({ body, object }: Sent): string | undefined => {
        if (!object) return body;
        const whole = { ...fixture.objects[object.like], ...object.but };
        return JSON.stringify(
          Object.fromEntries(Object.entries(whole).filter(([key]) => !object.without?.includes(key))),
        );
      };

      const AUTH: Readonly<Record<string, string>> = {
        Basic: `Basic ${Buffer.from(`${CLIENT_ID}:${CLIENT_SECRET}`).toString('base64')}`,
        wrong: `Basic ${Buffer.from(`${CLIENT_ID}:wrong`).toString('base64')}`,
      };

      it('are answered one after the other as they were when the SDK itself sent them', async () => {
        for (const sent of fixture[sdk]) {
          const [method = '', path = ''] = sent.call.split(' ');
          const { auth, type } = sent;
          const headers = {
            ...(auth ? { authorization: AUTH[auth] ?? auth } : {}),
            ...(type ? { 'content-type': type } : {}),
          };
          const body = bodyOf(sent);
          const response = await fetch(test.host.url + (await filled(path)), {
            method,
            headers,
            // Python's SDK names no type: a text would be given one here.
            ...(body === undefined ? {} : { body: Buffer.from(await filled(body)) }),
          });
          const answer = (await response.json()) as Readonly<Record<string, unknown>>;
          const { status, msg, data, error } = answer;
          const said = 'status' in answer ? { status, msg, data: held(data) } : { error };
          const msgSent = sent.answer.msg === undefined ? {} : { msg: await filled(sent.answer.msg) };
          const expected = { ...sent.answer, ...msgSent };
          expect({ http: response.status, ...said }, `${sent.call} ${body?.slice(0, 200)}`).to.deep.equal(expected);
        }
      });
    });
  }
});

import { request as httpRequest } from 'node:http';
import * as fc from 'fast-check';
import { expect } from 'chai';
import type { Route } from '../../src/host/request/route.ts';
import type { Schema } from '../../src/host/http/schema.ts';
import { Contract } from './contract.ts';
import { TestHost, type Client } from './test-host.ts';

/** How many requests each call gets; nightly runs set FUZZ_RUNS higher. */
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 25);

/** Calls that would end the caller's own session, or keep the connection open for good. */
const SKIPPED: ReadonlySet<string> = new Set(['/api/logout', '/api/sync-run-events']);

const LARGEST = 20 * 1024 * 1024;

const nasty = fc.constantFrom(
  '',
  ' ',
  '../../etc/passwd',
  "' OR 1=1 --",
  '%00',
  '\u0000',
  '\ud800',
  '张三 👩‍👩‍👧 \u202e',
  'a/b/c',
  'acme/',
  '/acme',
  'admin/wecom',
  '__proto__',
  'constructor',
  'toString',
  '***',
  '-1',
  '0',
  '1e999',
  '99999999999999999999',
  'NaN',
  '${7*7}',
  '<script>alert(1)</script>',
  'x'.repeat(5000),
);

/** Names that lead somewhere, so that more than the first check is met. */
const known = fc.constantFrom(
  'acme',
  'acme/wecom',
  'acme/chief',
  'admin/acme',
  'wecom',
  'chief',
  'RUN',
  'name',
  'true',
);

const word = fc.oneof(
  { weight: 3, arbitrary: known },
  { weight: 2, arbitrary: nasty },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
);

const deep = fc.integer({ min: 15, max: 60 }).map((depth) => {
  let value: unknown = 'bottom';
  for (let n = 0; n < depth; n += 1) value = n % 2 === 0 ? [value] : { value };
  return value;
});

const anything = fc.oneof(word, fc.jsonValue({ maxDepth: 3 }), deep, fc.double(), fc.bigInt().map(String));

/** A value as the document describes it. */
function conforming(schema: Schema, contract: Contract): fc.Arbitrary<unknown> {
  const { $ref, type, properties, items, anyOf } = schema as {
    readonly $ref?: string;
    readonly type?: string;
    readonly properties?: Readonly<Record<string, Schema>>;
    readonly items?: Schema;
    readonly anyOf?: readonly Schema[];
  };
  const options = schema['enum'] as readonly string[] | undefined;
  if ($ref !== undefined) return conforming(contract.document.components.schemas[$ref.split('/').at(-1)!]!, contract);
  if (options && options.length > 0) return fc.constantFrom(...options);
  if (anyOf) return fc.oneof(...anyOf.map((one) => conforming(one, contract)));
  if (items) return fc.array(conforming(items, contract), { maxLength: 3 });
  if (type === 'integer') return fc.integer();
  if (type === 'number') return fc.double({ noNaN: true });
  if (type === 'boolean') return fc.boolean();
  if (type === 'null') return fc.constant(null);
  if (type === 'object' && properties) return fields(properties, (part) => conforming(part, contract));
  return word;
}

/** Some of these keys, each with a value that fits or one that does not. */
function fields(
  properties: Readonly<Record<string, Schema>>,
  valueOf: (schema: Schema) => fc.Arbitrary<unknown>,
): fc.Arbitrary<unknown> {
  const model = Object.fromEntries(
    Object.entries(properties).map(([key, schema]) => [
      key,
      fc.oneof({ weight: 4, arbitrary: valueOf(schema) }, { weight: 1, arbitrary: anything }),
    ]),
  );
  return fc.record(model, { requiredKeys: [] });
}

const prototypes = fc.constantFrom(
  '{"__proto__":{"isAdmin":true}}',
  '{"constructor":{"prototype":{"isAdmin":true}}}',
  '{"name":{"__proto__":{"toString":1}}}',
  '{"hasOwnProperty":1,"toString":2,"valueOf":3}',
);

const garbage = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.constantFrom('{', '[', '"', 'null', '0', 'true', '[]', '{}', '[[[[', '{"a":', '\u0000', 'undefined', 'NaN'),
  fc.integer({ min: 1000, max: 30_000 }).map((depth) => '['.repeat(depth) + ']'.repeat(depth)),
);

const bodyFor = (route: Route, contract: Contract): fc.Arbitrary<string> => {
  const shaped = route.body
    ? [{ weight: 5, arbitrary: conforming(route.body, contract).map((body) => JSON.stringify(body)) }]
    : [];
  return fc.oneof(
    ...shaped,
    { weight: 1, arbitrary: fc.json({ maxDepth: 4 }) },
    { weight: 1, arbitrary: garbage },
    { weight: 1, arbitrary: prototypes },
    { weight: 1, arbitrary: deep.map((body) => JSON.stringify({ body })) },
  );
};

const LIST_PARAMETERS = ['p', 'pageSize', 'field', 'value', 'sortField', 'sortOrder'];

function queryFor(route: Route): fc.Arbitrary<string> {
  const names = [...Object.keys(route.query ?? {}), ...(route.listed ? LIST_PARAMETERS : []), 'organization'];
  const value = fc.oneof(
    { weight: 4, arbitrary: word },
    { weight: 1, arbitrary: fc.integer().map(String) },
    { weight: 1, arbitrary: fc.constantFrom(...(route.listed?.length ? route.listed : ['name'])) },
  );
  const pair = fc.tuple(fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...names) }, nasty), value);
  const encode = (text: string): string => encodeURIComponent(Buffer.from(text).toString());
  return fc.oneof(
    {
      weight: 8,
      arbitrary: fc
        .array(pair, { maxLength: 6 })
        .map((pairs) => pairs.map(([name, text]) => `${encode(name)}=${encode(text)}`).join('&')),
    },
    { weight: 1, arbitrary: fc.constantFrom('%', '%ff%fe=1', 'a[b][c]=1', 'id=1&id=2&id=3', '=', '&&&', '?', 'id') },
  );
}

/** Sends a body that is too large for anybody's patience; answers what came back before the connection ended. */
function sendHuge(url: string, authorization: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      url,
      { method: 'POST', headers: { authorization, accept: 'application/json' } },
      (response) => {
        let text = '';
        response.on('data', (chunk) => (text += String(chunk))).on('end', () => resolve(text));
      },
    );
    request.on('error', reject);
    request.end('x'.repeat(LARGEST));
  });
}

describe('every call, whatever it is sent', () => {
  let test: TestHost;
  let contract: Contract;
  let client: Client;
  let runId: string;

  before(async () => {
    test = await TestHost.start({ members: 5, departments: 2 });
    await test.addOrganization('acme');
    client = test.credential();
    await client.post('/api/add-syncer', test.syncer('acme'));
    runId = (await client.get('/api/run-syncer?id=acme/wecom')).data.id as string;
    contract = await Contract.of(test);
  });
  after(() => test.close());

  const check = async (route: Route, query: string, body: string | undefined): Promise<void> => {
    // What is a page to people is an envelope to programs.
    const wanted = { accept: 'application/json' };
    const url = `${route.path}?${query.replaceAll('RUN', runId)}`;
    const answer = route.method === 'GET' ? await client.get(url, wanted) : await client.post(url, body, wanted);
    expect(answer.httpStatus, `${route.method} ${url} ${body?.slice(0, 300)}: ${answer.text}`).to.be.below(500);
    if ('contentType' in route.answers) return;
    contract.check(route.method, route.path.replaceAll(/:(\w+)/g, '{$1}'), answer.json);
  };

  it('answers an envelope as documented, and stays up', async function () {
    this.timeout(120_000 + RUNS * 10_000);
    for (const route of test.host.routes) {
      if (SKIPPED.has(route.path)) continue;
      const requests = fc.tuple(
        queryFor(route),
        route.method === 'POST' ? bodyFor(route, contract) : fc.constant(undefined),
      );
      await fc.assert(
        fc.asyncProperty(requests, ([query, body]) => check(route, query, body)),
        { numRuns: RUNS, endOnFailure: true },
      );
    }
    expect((await client.get('/readyz')).text).to.equal('ready\n');
    expect(test.log.filter((line) => (JSON.parse(line) as { level: number }).level >= 50)).to.deep.equal([]);
    // Nobody became what a body's prototype said.
    expect((await client.get('/api/get-user?id=acme/plain')).data ?? { isAdmin: false }).to.include({ isAdmin: false });
    expect({}).to.not.have.property('isAdmin');
  });

  it('answers an envelope to 20 MB, and to whoever sends them without a right to', async () => {
    const basic = `Basic ${Buffer.from('test-client:test-client-secret-0123456789').toString('base64')}`;
    for (const { method, path } of test.host.routes) {
      if (method !== 'POST' || SKIPPED.has(path)) continue;
      for (const authorization of [basic, 'Basic bm86Ym9keQ==']) {
        const answer = JSON.parse(await sendHuge(test.host.url + path, authorization)) as unknown;
        expect(answer, path).to.include({ status: 'error', data: null });
      }
    }
    expect((await client.get('/healthz')).text).to.equal('ok\n');
  });
});

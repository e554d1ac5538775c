import type { Rule } from '../auth/authorize.ts';
import { SESSION_COOKIE } from '../auth/session.ts';
import type { EnvelopeAnswer, Route } from '../request/route.ts';
import { VERSION } from '../../package-json.ts';
import { parameterOf } from '../request/query-parameter.ts';
import { tagOf, TAGS } from './tags.ts';
import { NOTHING, oneOf, orNull, record, ref, TEXT, WHOLE, type Schema } from '../http/schema.ts';

export interface Parameter {
  readonly name: string;
  readonly in: 'query' | 'path';
  readonly description: string;
  readonly required?: true;
  readonly schema: Schema;
}

type Content = Readonly<Record<string, { readonly schema: Schema }>>;

export interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly description: string;
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly parameters: readonly Parameter[];
  readonly requestBody?: {
    readonly required: true;
    readonly content: Readonly<Record<string, { readonly schema: Schema }>>;
  };
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content: Content }>>;
}

/** An OpenAPI 3.1 document, as far as this host fills it in. */
export interface OpenApiDocument {
  readonly openapi: '3.1.0';
  readonly servers: readonly { readonly url: string }[];
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Partial<Record<'get' | 'post', Operation>>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly securitySchemes: Readonly<Record<string, Readonly<Record<string, string>>>>;
  };
}

const WHO: Readonly<Record<Rule, string>> = {
  public: 'Everybody.',
  signedIn: 'Whoever is signed in, about what is theirs to see.',
  organization: 'Administrators of the organization it is about; users of built-in and the API credential for all.',
  account:
    'The account it is about, and administrators of its organization; users of built-in and the API credential for all.',
  member: 'Whoever belongs to the organization it is about; users of built-in and the API credential for all.',
  global: 'Users of built-in, and the API credential.',
};

const ABOUT =
  `Casdoor’s conventions: every call under /api answers HTTP 200 with an envelope, whose "status" tells whether it worked and
whose "msg" says why not (in Chinese to whoever prefers it). What the caller may not do is refused with "Unauthorized operation".
Bodies are read as JSON whatever their content type says.`.replaceAll('\n', ' ');

const PAGING: readonly Parameter[] = [
  { name: 'p', in: 'query', description: 'Page, from 1; with pageSize', schema: { ...WHOLE, minimum: 1 } },
  {
    name: 'pageSize',
    in: 'query',
    description: 'Rows per page; data2 is then the total',
    schema: { ...WHOLE, minimum: 1, maximum: 1000 },
  },
];

const SECURITY_SCHEMES = {
  credential: {
    type: 'http',
    scheme: 'basic',
    description: 'CLIENT_ID and CLIENT_SECRET, as Casdoor’s SDKs send them',
  },
  credentialInQuery: { type: 'apiKey', in: 'query', name: 'clientSecret', description: 'Together with clientId' },
  session: { type: 'apiKey', in: 'cookie', name: SESSION_COOKIE, description: 'Set by /api/login' },
};

const envelope = (
  status: string,
  msg: Schema,
  data: Schema,
  data2: Schema = NOTHING,
  data3: Schema = NOTHING,
): Schema => record({ status: { type: 'string', const: status }, msg, sub: TEXT, name: TEXT, data, data2, data3 });

/** @param data what there is to show all the same */
const refusalWith = (data: Schema): Schema => envelope('error', { ...TEXT, minLength: 1 }, data);

const REFUSAL = refusalWith(NOTHING);

function envelopeSchema({ data, data2, data3, failed }: EnvelopeAnswer, isListed: boolean): Schema {
  const good = envelope('ok', TEXT, data, data2 ?? (isListed ? orNull(WHOLE) : NOTHING), data3);
  return { anyOf: [good, ref('Refusal'), ...(failed ? [refusalWith(failed)] : [])] };
}

function parametersOf({ query = {}, listed }: Route): Parameter[] {
  const own = Object.entries(query).map(([name, shape]): Parameter => {
    const { says, schema, isRequired } = parameterOf(shape);
    return { name, in: 'query', description: says, ...(isRequired ? { required: true } : {}), schema };
  });
  if (!listed) return own;
  if (listed.length === 0) return [...own, ...PAGING];
  const fields = oneOf(listed);
  return [
    ...own,
    ...PAGING,
    { name: 'field', in: 'query', description: 'Field to search', schema: fields },
    { name: 'value', in: 'query', description: 'What the field contains, without case', schema: TEXT },
    { name: 'sortField', in: 'query', description: 'Field to sort by', schema: fields },
    { name: 'sortOrder', in: 'query', description: 'Absent: descending', schema: oneOf(['ascend', 'descend']) },
  ];
}

/** A part of a path that the caller fills in. */
const PLACE = /:(\w+)/g;

const placesOf = ({ path }: Route): Parameter[] =>
  [...path.matchAll(PLACE)].map(([, name = '']) => ({
    name,
    in: 'path',
    description: `The ${name} of the syncer`,
    required: true,
    schema: TEXT,
  }));

const JSON_CONTENT = 'application/json';
const HTML_CONTENT = 'text/html';

/** What comes back for each status of HTTP. */
function responsesOf({ answers, listed }: Route): Operation['responses'] {
  const failure = {
    description: 'Something is wrong with the host itself',
    content: { [JSON_CONTENT]: { schema: ref('Refusal') } },
  };
  if (!('contentType' in answers)) {
    const schema = envelopeSchema(answers, listed !== undefined);
    const table = answers.isTable ? { 'text/csv': { schema: TEXT } } : {};
    const page = answers.isPage ? { [HTML_CONTENT]: { schema: TEXT } } : {};
    const refusal = { [JSON_CONTENT]: { schema: ref('Refusal') }, ...page };
    const others = Object.entries(answers.otherwise ?? {}).map(([code, says]) => [
      code,
      { description: says, content: refusal },
    ]);
    const good = { description: 'The envelope', content: { [JSON_CONTENT]: { schema }, ...table, ...page } };
    return { 200: good, ...Object.fromEntries(others), 500: failure };
  }
  const { contentType, says, status = 200, schema, otherwise = {}, failed } = answers;
  const refusals = [ref('Refusal'), ...(failed ? [refusalWith(failed)] : [])];
  const plain = schema ?? TEXT;
  const isJson = contentType === JSON_CONTENT;
  // Whoever may not use the call, or uses it wrongly, gets an envelope all the same.
  const content = isJson
    ? { [JSON_CONTENT]: { schema: status === 200 ? { anyOf: [plain, ...refusals] } : plain } }
    : { [contentType]: { schema: plain }, ...(status === 200 ? { [JSON_CONTENT]: { schema: ref('Refusal') } } : {}) };
  const others = Object.entries(otherwise).map(
    ([code, description]) => [code, { description, content: { [contentType]: { schema: TEXT } } }] as const,
  );
  return { [status]: { description: says, content }, ...Object.fromEntries(others), 500: failure };
}

/** `/api/get-user-count` is `getUserCount`. */
const methodName = ({ path, operation }: Route): string =>
  operation ??
  path.replace(/^\/api\//, '').replaceAll(/[^A-Za-z0-9]+(\w?)/g, (_, letter: string) => letter.toUpperCase());

function operationOf(route: Route): Operation {
  const { rule, summary, body, form, raw } = route;
  return {
    operationId: methodName(route),
    tags: [tagOf(route.path)],
    summary,
    description: `Who may: ${WHO[rule]}`,
    security: rule === 'public' ? [] : [{ credential: [] }, { credentialInQuery: [] }, { session: [] }],
    parameters: [...placesOf(route), ...parametersOf(route)],
    ...(body
      ? {
          requestBody: {
            required: true,
            content: {
              [raw ? 'text/xml' : JSON_CONTENT]: { schema: body },
              ...(form ? { 'multipart/form-data': { schema: body } } : {}),
            },
          },
        }
      : {}),
    responses: responsesOf(route),
  };
}

/** The document of these calls: made from the very list that the server is made from, so that it leaves none out. */
export function openApiDocument(
  routes: readonly Route[],
  schemas: Readonly<Record<string, Schema>>,
  prefix: string,
): OpenApiDocument {
  const paths: Record<string, Partial<Record<'get' | 'post', Operation>>> = {};
  for (const route of routes) {
    const key = route.method === 'GET' ? 'get' : 'post';
    const path = route.path.replaceAll(PLACE, '{$1}');
    paths[path] = { ...paths[path], [key]: operationOf(route) };
  }
  return {
    openapi: '3.1.0',
    servers: [{ url: prefix === '' ? '/' : prefix }],
    info: { title: 'wecom-syncer', version: VERSION, description: ABOUT },
    tags: TAGS.map((name) => ({ name })),
    paths,
    components: { schemas: { ...schemas, Refusal: REFUSAL }, securitySchemes: SECURITY_SCHEMES },
  };
}

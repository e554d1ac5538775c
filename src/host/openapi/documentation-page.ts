import type { OpenApiDocument, Operation } from './openapi.ts';
import type { Schema } from '../http/schema.ts';

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const html = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => ESCAPES[character] ?? '');

const REF = '#/components/schemas/';

/** A schema in a few words: `Run`, `list of text`, `one of a, b`. */
function inWords(schema: Schema): string {
  const {
    $ref,
    type,
    items,
    anyOf,
    enum: values,
  } = schema as {
    $ref?: string;
    type?: string;
    items?: Schema;
    anyOf?: readonly Schema[];
    enum?: readonly string[];
    const?: unknown;
  };
  if ($ref !== undefined) {
    const name = html($ref.slice(REF.length));
    return `<a href="#schema-${name}">${name}</a>`;
  }
  if (anyOf) return anyOf.map(inWords).join(' or ');
  if (values) return values.map((value) => `<code>${html(value)}</code>`).join(', ');
  if ('const' in schema) return `<code>${html(JSON.stringify(schema['const']))}</code>`;
  if (items) return Object.keys(items).length === 0 ? 'list' : `list of ${inWords(items)}`;
  return html(type ?? 'anything');
}

function rows(properties: Readonly<Record<string, Schema>>, required: readonly string[]): string {
  return Object.entries(properties)
    .map(([name, schema]) => {
      const note = typeof schema['description'] === 'string' ? schema['description'] : '';
      const must = required.includes(name) ? '' : ' <small>optional</small>';
      const nested = schema['properties'] === undefined ? '' : propertyTable(schema);
      return `<tr><th scope="row"><code>${html(name)}</code>${must}</th><td>${inWords(schema)}</td><td>${html(note)}${nested}</td></tr>`;
    })
    .join('\n');
}

function propertyTable(schema: Schema): string {
  const { properties = {}, required = [] } = schema as {
    properties?: Readonly<Record<string, Schema>>;
    required?: readonly string[];
  };
  return `<table><tbody>\n${rows(properties, required)}\n</tbody></table>`;
}

function bodyOf(operation: Operation): string {
  const schema = operation.requestBody?.content['application/json']?.schema;
  if (!schema) return '';
  return `<h4>Body</h4>${schema['properties'] === undefined ? `<p>${inWords(schema)}</p>` : propertyTable(schema)}`;
}

/** What the envelope's `data` holds, or the content type of an answer that is none. */
function answerOf({ responses }: Operation): string {
  const [first] = Object.entries(responses);
  const [status = '', response] = first ?? [];
  const [type, content] = Object.entries(response?.content ?? {})[0] ?? [];
  const [good] = (content?.schema['anyOf'] ?? []) as readonly { properties?: Readonly<Record<string, Schema>> }[];
  const answered = good?.properties?.['data'];
  return answered
    ? `<code>data</code>: ${inWords(answered)}`
    : html(`HTTP ${status}, ${type}: ${response?.description}`);
}

function section(path: string, method: string, operation: Operation): string {
  const query = operation.parameters.map(
    ({ name, description, schema, required }) =>
      `<tr><th scope="row"><code>${html(name)}</code>${required ? '' : ' <small>optional</small>'}</th><td>${inWords(schema)}</td><td>${html(description)}</td></tr>`,
  );
  return `<section id="${html(operation.operationId)}">
<h3><span class="method ${method}">${method.toUpperCase()}</span> <code>${html(path)}</code></h3>
<p>${html(operation.summary)}</p>
<p class="who">${html(operation.description)}</p>
${query.length > 0 ? `<h4>Query</h4><table><tbody>\n${query.join('\n')}\n</tbody></table>` : ''}
${bodyOf(operation)}
<h4>Answer</h4><p>${answerOf(operation)}</p>
</section>`;
}

/** The document for people: one page without a script, readable on its own. */
export function documentationPage({ info, servers, paths, components }: OpenApiDocument): string {
  const base = servers[0]?.url.replace(/\/$/, '') ?? '';
  const calls = Object.entries(paths).flatMap(([path, methods]) =>
    (['get', 'post'] as const).flatMap((method) => {
      const operation = methods[method];
      return operation ? [{ path, method, operation }] : [];
    }),
  );
  const contents = calls.map(
    ({ path, method, operation }) =>
      `<li><a href="#${html(operation.operationId)}"><span class="method ${method}">${method.toUpperCase()}</span> ${html(path)}</a></li>`,
  );
  const schemas = Object.entries(components.schemas).map(
    ([name, schema]) => `<section id="schema-${html(name)}"><h3>${html(name)}</h3>${propertyTable(schema)}</section>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${html(info.title)} API</title>
<link rel="stylesheet" href="${base}/api/docs.css">
</head>
<body>
<header><h1>${html(info.title)} API <small>${html(info.version)}</small></h1>
<p>${html(info.description)}</p>
<p>For programs: <a href="${base}/api/openapi.json">openapi.json</a></p></header>
<nav aria-label="Calls"><ul>
${contents.join('\n')}
</ul></nav>
<main>
<h2>Calls</h2>
${calls.map(({ path, method, operation }) => section(path, method, operation)).join('\n')}
<h2>Shapes</h2>
${schemas.join('\n')}
</main>
</body>
</html>
`;
}

export const DOCUMENTATION_STYLE = `:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 60rem; padding: 1rem; }
code { font: 0.9em ui-monospace, monospace; overflow-wrap: anywhere; }
small, .who { opacity: 0.75; }
nav ul { columns: 18rem; list-style: none; padding: 0; }
section { border-top: 1px solid #8886; margin-top: 1rem; }
h4 { margin: 0.5rem 0 0; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid #8883; padding: 0.2rem 0.6rem 0.2rem 0; text-align: left; vertical-align: top; }
th { font-weight: normal; width: 14rem; }
.method { border-radius: 0.25rem; color: #fff; font: 0.75em ui-monospace, monospace; padding: 0.1rem 0.4rem; }
.get { background: #06607a; }
.post { background: #8a3c00; }
`;

import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { expect } from 'chai';
import type { OpenApiDocument } from '../../src/host/openapi/openapi.ts';
import type { TestHost } from './test-host.ts';

/** The host's own OpenAPI document, held against what the host does. */
export class Contract {
  readonly document: OpenApiDocument;
  readonly #ajv: Ajv2020;
  readonly #compiled = new Map<string, ValidateFunction>();

  private constructor(document: OpenApiDocument) {
    this.document = document;
    this.#ajv = new Ajv2020({ strict: true, allErrors: false });
    this.#ajv.addKeyword('components');
    this.#ajv.addSchema({ $id: 'host', components: document.components });
  }

  static async of(test: TestHost): Promise<Contract> {
    const answer = await test.anonymous().get('/api/openapi.json');
    return new Contract(answer.json as OpenApiDocument);
  }

  /** Fails unless an answer is what the document says of the call. Answers the call's name. */
  check(method: 'GET' | 'POST', url: string, answer: unknown): string {
    const [path = ''] = url.split('?', 1);
    const name = `${method} ${path}`;
    const validate = this.#validator(name, path, method);
    const fits = validate(answer);
    expect(fits, `${name}: ${this.#ajv.errorsText(validate.errors)} in ${JSON.stringify(answer)}`).to.equal(true);
    return name;
  }

  #validator(name: string, path: string, method: 'GET' | 'POST'): ValidateFunction {
    const known = this.#compiled.get(name);
    if (known) return known;
    const operation = this.document.paths[path]?.[method === 'GET' ? 'get' : 'post'];
    const [first] = Object.values(operation?.responses ?? {});
    const schema = first?.content['application/json']?.schema;
    if (!schema) throw new Error(`the document says nothing of the answer of ${name}`);
    const absolute = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"host#/')) as object;
    const validate = this.#ajv.compile(absolute);
    this.#compiled.set(name, validate);
    return validate;
  }
}

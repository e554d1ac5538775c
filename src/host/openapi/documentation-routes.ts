import { componentSchemas, type ComponentNeeds } from './component-schemas.ts';
import { documentationPage, DOCUMENTATION_STYLE } from './documentation-page.ts';
import { openApiDocument } from './openapi.ts';
import { JSON_TYPE, PlainReply } from '../http/reply.ts';
import type { Route } from '../request/route.ts';

export interface DocumentationNeeds extends ComponentNeeds {
  /** Under which the calls are served, without a slash at its end. */
  readonly prefix: string;
}

/**
 * Every call, told to programs and to people.
 *
 * @param others all other calls; these three add themselves
 */
export function documentationRoutes(needs: DocumentationNeeds, others: readonly Route[]): Route[] {
  // Made at the first request: most hosts are never asked.
  const document = once(() => openApiDocument([...others, ...own], componentSchemas(needs), needs.prefix));
  const json = once(() => JSON.stringify(document()));
  const page = once(() => documentationPage(document()));
  const own: Route[] = [
    {
      method: 'GET',
      path: '/api/openapi.json',
      operation: 'getOpenApiDocument',
      rule: 'public',
      summary: 'Every call as an OpenAPI 3.1 document.',
      answers: { contentType: 'application/json', says: 'This document', schema: { type: 'object' } },
      answer: async () => new PlainReply(JSON_TYPE, json()),
    },
    {
      method: 'GET',
      path: '/api/docs',
      operation: 'getDocumentationPage',
      rule: 'public',
      summary: 'The same as a page to read.',
      answers: { contentType: 'text/html', says: 'The page' },
      answer: async () => new PlainReply('text/html; charset=utf-8', page()),
    },
    {
      method: 'GET',
      path: '/api/docs.css',
      operation: 'getDocumentationStyle',
      rule: 'public',
      summary: 'What makes that page look like one.',
      answers: { contentType: 'text/css', says: 'The style sheet' },
      answer: async () => new PlainReply('text/css; charset=utf-8', DOCUMENTATION_STYLE),
    },
  ];
  return own;
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

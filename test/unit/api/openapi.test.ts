import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { httpPage } from '../../../src/api/http-page.ts';
import { openApiDocument } from '../../../src/api/openapi.ts';
import { ROUTES } from '../../../src/api/routes.ts';

type Operation = {
  operationId: string;
  responses: Record<string, object>;
  parameters?: { name: string; in: string; required: boolean }[];
  requestBody?: {
    content: Record<string, { schema: { properties?: object; additionalProperties?: unknown } }>;
  };
};

describe('the OpenAPI document', () => {
  const { openapi, paths } = JSON.parse(JSON.stringify(openApiDocument('1.2.3'))) as {
    openapi: string;
    paths: Record<string, Record<string, Operation>>;
  };

  it('has every route once', () => {
    expect(openapi).toBe('3.1.0');
    const operations = Object.values(paths).flatMap((path) => Object.values(path));
    expect(operations.map((operation) => operation.operationId).sort()).toEqual(Object.keys(ROUTES).sort());
  });

  it('says what is required, what has a default, and that unknown keys are refused', () => {
    const ls = paths['/api/v1/fs/ls']!['get']!;
    expect(ls.parameters).toContainEqual(
      expect.objectContaining({ name: 'uri', in: 'query', required: true }),
    );
    expect(ls.parameters).toContainEqual(expect.objectContaining({ name: 'node_limit', required: false }));
    const write = paths['/api/v1/content/write']!['post']!.requestBody!.content['application/json']!.schema;
    expect(write).toMatchObject({
      additionalProperties: false,
      required: ['uri'],
      properties: { mode: { default: 'replace', enum: ['replace', 'append', 'create'] } },
    });
    expect(paths['/api/v1/skills/{name}']!['get']!.parameters).toContainEqual(
      expect.objectContaining({ name: 'name', in: 'path', required: true }),
    );
  });

  it('lists the errors of a route by status, and under default those of any route', () => {
    const { responses } = paths['/api/v1/content/write']!['post']!;
    expect(responses['409']).toMatchObject({ 'x-error-codes': ['ALREADY_EXISTS'] });
    expect(responses['401']).toMatchObject({ 'x-error-codes': ['UNAUTHENTICATED'] });
    expect(responses['default']).toMatchObject({ 'x-error-codes': expect.arrayContaining(['INTERNAL']) });
    expect(paths['/health']!['get']!.responses).not.toHaveProperty('401');
  });

  it('is what docs/http-api.md says', () => {
    const page = readFileSync(new URL('../../../docs/http-api.md', import.meta.url), 'utf8');
    expect(page, 'run: npx tsx scripts/http-page.ts').toBe(httpPage());
  });
});

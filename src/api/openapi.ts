import { z } from 'zod';
import { ERRORS, type ErrorCode } from '../errors/index.ts';
import { ROUTES, type Route, type RouteName } from './routes.ts';
import { ROUTE_TEXTS } from './schemas/by-route.ts';
import { ANY_ROUTE_ERRORS, errorsOf, OPEN_ROUTES } from './schemas/errors-by-route.ts';

type Json = Readonly<Record<string, unknown>>;

/** Routes that answer without an envelope, and as what. */
const BARE: Readonly<Record<string, string>> = {
  health: 'application/json',
  ready: 'application/json',
  metrics: 'text/plain',
  openapi: 'application/json',
  download: 'application/octet-stream',
};

/** The OpenAPI 3.1 description of every route, made from the same table and schemas that the server runs. */
export function openApiDocument(version: string): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const [name, route] of Object.entries(ROUTES) as [RouteName, Route][]) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(name, route) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'vikingfs',
      version,
      description:
        'A context filesystem for agents. On the Unix socket who connects is the credential; on TCP a key is.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    paths,
    components: {
      securitySchemes: {
        apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
        bearer: { type: 'http', scheme: 'bearer' },
      },
      schemas: { Error: ERROR_SCHEMA },
    },
    security: [{ apiKey: [] }, { bearer: [] }, {}],
  };
}

/** A schema as what a client may send. What JSON Schema cannot say is left open. */
export function inputSchema(schema: z.ZodType): Json {
  const { $schema: _schema, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return rest;
}

function operation(name: RouteName, route: Route): Json {
  const text = ROUTE_TEXTS[name];
  const parameters = [
    ...[...route.path.matchAll(/:(\w+)/g)].map((found) => ({
      name: found[1],
      in: 'path',
      required: true,
      schema: { type: 'string' },
    })),
    ...queryParameters(text.query),
  ];
  return {
    operationId: name,
    summary: text.summary,
    tags: [groupOf(route.path)],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...requestBody(route, text.body),
    ...(OPEN_ROUTES.has(name) ? { security: [] } : {}),
    responses: {
      '200': success(name),
      ...errorResponses(errorsOf(name)),
      default: errorResponse(ANY_ROUTE_ERRORS),
    },
  };
}

/** `fs` of `/api/v1/fs/ls`; `system` for what is outside of the API. */
export function groupOf(path: string): string {
  return /^\/api\/v1\/([^/]+)/.exec(path)?.[1] ?? 'system';
}

function queryParameters(query: z.ZodObject | undefined): Json[] {
  if (query === undefined) return [];
  const schema = inputSchema(query) as { properties?: Record<string, Json>; required?: readonly string[] };
  return Object.entries(schema.properties ?? {}).map(([name, property]) => ({
    name,
    in: 'query',
    required: schema.required?.includes(name) === true,
    schema: property,
  }));
}

function requestBody(route: Route, body: z.ZodType | undefined): Json {
  if (route.input === 'multipart') {
    const schema = {
      type: 'object',
      properties: { file: { type: 'string', contentMediaType: 'application/octet-stream' } },
      required: ['file'],
    };
    return { requestBody: { required: true, content: { 'multipart/form-data': { schema } } } };
  }
  if (body === undefined) return {};
  return { requestBody: { content: { 'application/json': { schema: inputSchema(body) } } } };
}

function success(name: RouteName): Json {
  const bare = BARE[name];
  if (bare !== undefined) return { description: 'The answer, without an envelope', content: { [bare]: {} } };
  const schema = {
    type: 'object',
    properties: {
      status: { const: 'ok' },
      result: {},
      time: { type: 'number', description: 'Seconds' },
      telemetry: { type: 'object', description: 'Only when the request asks for it' },
    },
    required: ['status', 'result', 'time'],
  };
  return { description: 'The answer', content: { 'application/json': { schema } } };
}

/** Errors by status, each with its codes. */
function errorResponses(codes: readonly ErrorCode[]): Record<string, Json> {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codes)
    byStatus.set(ERRORS[code].status, [...(byStatus.get(ERRORS[code].status) ?? []), code]);
  return Object.fromEntries([...byStatus].map(([status, some]) => [String(status), errorResponse(some)]));
}

function errorResponse(codes: readonly ErrorCode[]): Json {
  return {
    description: codes.join(', '),
    'x-error-codes': codes,
    content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
  };
}

const ERROR_SCHEMA = {
  type: 'object',
  properties: {
    status: { const: 'error' },
    error: {
      type: 'object',
      properties: {
        code: { enum: Object.keys(ERRORS) },
        message: { type: 'string' },
        details: { type: 'object' },
        hint: { type: 'string' },
      },
      required: ['code', 'message', 'details'],
    },
    time: { type: 'number' },
  },
  required: ['status', 'error', 'time'],
} as const;

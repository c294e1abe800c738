import { groupOf, inputSchema } from './openapi.ts';
import { ROUTES, type Route, type RouteName } from './routes.ts';
import { ROUTE_TEXTS, type RouteText } from './schemas/by-route.ts';

const HEAD = `# HTTP API

Made from the route table and its schemas by \`npx tsx scripts/http-page.ts\`; a test holds it in sync. The same as OpenAPI 3.1: \`GET /openapi.json\`.

Success is \`{"status":"ok","result":…,"time":seconds}\`, an error \`{"status":"error","error":{"code","message","details","hint"?},"time":seconds}\` with the status
of [its code](errors.md). \`null\` means absent; an unknown key of a body is refused and named; a query parameter without a value is absent. Query
booleans are \`true false 1 0 yes no on off t f y n\` in any case. A trailing slash of a path does not matter. \`HEAD\` is \`GET\` without the body. \`X-Request-ID\` is echoed, or made.
With \`telemetry\` a body asks what its request took: \`"telemetry":{"id","summary":{"operation","status","duration_ms"}}\` beside the result. Over TCP an error is
told by the codes that clients of the reference know, with the exact one in \`details.exact_code\` ([which](errors.md)).
\`*\` marks what is required, \`=\` a default. Which errors a route answers is in the OpenAPI document, by status (\`x-error-codes\`); a test asks every route for each of them. Of one user at most
100 uploads (8 GiB) wait to be used; what is not used goes after 12 hours.
`;

/** The page \`docs/http-api.md\`. */
export function httpPage(): string {
  const groups = new Map<string, string[]>();
  for (const [name, route] of Object.entries(ROUTES) as [RouteName, Route][]) {
    const group = groupOf(route.path);
    groups.set(group, [...(groups.get(group) ?? []), line(route, ROUTE_TEXTS[name])]);
  }
  const sections = [...groups].map(
    ([group, lines]) =>
      `## ${group}\n\n| route | what it does | parameters |\n|---|---|---|\n${lines.join('\n')}\n`,
  );
  return `${HEAD}\n${sections.join('\n')}`;
}

function line(route: Route, text: RouteText): string {
  const query = fields(text.query, '?');
  const body = route.input === 'multipart' ? ['multipart field `file`*'] : fields(text.body, '');
  return `| \`${route.method} ${route.path}\` | ${text.summary} | ${[...query, ...body].join(', ')} |`;
}

interface ObjectSchema {
  readonly properties?: Readonly<Record<string, { readonly default?: unknown }>>;
  readonly required?: readonly string[];
}

function fields(schema: RouteText['body'], mark: string): string[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = inputSchema(schema) as ObjectSchema;
  return Object.entries(properties).map(([name, property]) => {
    const value = property.default === undefined ? '' : `=${JSON.stringify(property.default)}`;
    return `\`${mark}${name}${value}\`${required.includes(name) ? '*' : ''}`;
  });
}

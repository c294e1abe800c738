import { isVikingError } from '../errors/index.ts';
import { type FrontMatterValue, parseFrontMatter } from './front-matter.ts';

/** The reference's limits. */
export const SKILL_NAME = /^[A-Za-z0-9_-]{1,64}$/;
const DESCRIPTION_MAX = 1_024;
/** Longer bodies belong into files of their own beside `SKILL.md`. */
const BODY_LINES_MAX = 500;

const KNOWN_FIELDS: ReadonlySet<string> = new Set([
  'name',
  'description',
  'allowed-tools',
  'allowed_tools',
  'tags',
  'metadata',
  'license',
  'version',
  'compatibility',
]);

/** What `SKILL.md` says of a skill, and what is wrong with it. */
export interface SkillText {
  readonly name: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly allowedTools: readonly string[];
  readonly bodyLines: number;
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}

/** Reads a `SKILL.md`. Never throws: what is wrong is in the answer. `strict` makes errors of warnings. */
export function readSkillText(
  text: string,
  options: { strict?: boolean; directory?: string } = {},
): SkillText {
  const errors: string[] = [];
  const warnings: string[] = [];
  const { fields, body } = split(text, errors);
  const name = asText(fields['name']);
  const description = asText(fields['description']);
  if (name === '') errors.push('name: required');
  else if (!SKILL_NAME.test(name)) errors.push('name: 1 to 64 of A-Z a-z 0-9 _ -');
  if (description === '') errors.push('description: required');
  else if (description.length > DESCRIPTION_MAX)
    errors.push(`description: at most ${DESCRIPTION_MAX} characters`);
  for (const key of Object.keys(fields)) if (!KNOWN_FIELDS.has(key)) warnings.push(`${key}: unknown field`);
  if (options.directory !== undefined && name !== '' && options.directory !== name)
    warnings.push(`name: ${name} is not the name of its directory, ${options.directory}`);
  const bodyLines = body.trim() === '' ? 0 : body.trim().split('\n').length;
  if (bodyLines === 0) warnings.push('body: empty');
  if (bodyLines > BODY_LINES_MAX)
    warnings.push(`body: ${bodyLines} lines; at most ${BODY_LINES_MAX} are advised`);
  const strict = options.strict === true;
  return {
    name,
    description,
    tags: asList(fields['tags']),
    allowedTools: asList(fields['allowed-tools'] ?? fields['allowed_tools']),
    bodyLines,
    errors: strict ? [...errors, ...warnings] : errors,
    warnings: strict ? [] : warnings,
  };
}

/** A `SKILL.md` from its fields, as the API takes them, or from an MCP tool definition (`inputSchema`). */
export function writeSkillText(given: Readonly<Record<string, unknown>>): string {
  const schema = given['inputSchema'];
  const name = String(given['name'] ?? '').replaceAll(
    schema === undefined ? '' : /[^A-Za-z0-9_-]/g,
    schema === undefined ? '' : '-',
  );
  const description = String(given['description'] ?? '');
  const body =
    schema === undefined
      ? String(given['content'] ?? given['body'] ?? '')
      : toolBody(name, description, schema);
  const lines = ['---', `name: ${JSON.stringify(name)}`, `description: ${JSON.stringify(description)}`];
  for (const [key, value] of [
    ['allowed-tools', given['allowed-tools'] ?? given['allowed_tools']],
    ['tags', given['tags']],
  ] as const) {
    const list = typeof value === 'string' ? asList(value) : Array.isArray(value) ? value.map(String) : [];
    if (list.length > 0) lines.push(`${key}: [${list.map((one) => JSON.stringify(one)).join(', ')}]`);
  }
  const metadata = given['metadata'];
  if (typeof metadata === 'object' && metadata !== null && Object.keys(metadata).length > 0) {
    lines.push('metadata:');
    for (const [key, value] of Object.entries(metadata))
      lines.push(
        `  ${key.replace(/[^\w.-]/g, '_')}: ${JSON.stringify(typeof value === 'string' ? value : JSON.stringify(value))}`,
      );
  }
  return [...lines, '---', '', body, ''].join('\n');
}

function toolBody(name: string, description: string, schema: unknown): string {
  const properties = Object.entries((schema as { properties?: Record<string, unknown> }).properties ?? {});
  const required = new Set((schema as { required?: readonly string[] }).required ?? []);
  const rows = properties.map(([key, value]) => {
    const { type = 'any', description: about = '' } = value as { type?: string; description?: string };
    return `- \`${key}\` (${String(type)}${required.has(key) ? ', required' : ''}): ${about}`;
  });
  return [
    `# ${name}`,
    '',
    description,
    '',
    '## Parameters',
    '',
    ...(rows.length > 0 ? rows : ['None.']),
  ].join('\n');
}

function split(
  text: string,
  errors: string[],
): { fields: Readonly<Record<string, FrontMatterValue>>; body: string } {
  try {
    const parsed = parseFrontMatter(text);
    if (parsed !== undefined) return parsed;
    errors.push('front matter: required (--- at the first line)');
  } catch (error) {
    if (!isVikingError(error)) throw error;
    errors.push(error.message);
  }
  return { fields: {}, body: text };
}

function asText(value: FrontMatterValue | undefined): string {
  return typeof value === 'string' ? value.trim() : '';
}

function asList(value: FrontMatterValue | undefined): readonly string[] {
  if (value === undefined) return [];
  if (typeof value !== 'string') return Array.isArray(value) ? (value as readonly string[]) : [];
  return value
    .split(/[\s,]+/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

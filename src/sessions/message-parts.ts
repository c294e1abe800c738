import { z } from 'zod';
import { VikingError } from '../errors/index.ts';
import { type UriContext, VikingUri } from '../uri/index.ts';
import { describeIssues } from './schema-issues.ts';

const optionalText = z.string().nullish();

const textPart = z.strictObject({ type: z.literal('text'), text: z.string() });
const contextPart = z.strictObject({
  type: z.literal('context'),
  uri: z.string().min(1),
  context_type: z.enum(['memory', 'resource', 'skill', 'session']).nullish(),
  abstract: optionalText,
});
const imagePart = z.strictObject({
  type: z.literal('image'),
  url: z.string().min(1),
  description: optionalText,
  detail: optionalText,
});
const imageUrlPart = z.strictObject({
  type: z.literal('image_url'),
  image_url: z.union([z.string().min(1), z.strictObject({ url: z.string().min(1), detail: optionalText })]),
  description: optionalText,
});
const toolPart = z.strictObject({
  type: z.literal('tool'),
  tool_id: z.string().min(1).max(256),
  tool_name: optionalText,
  tool_uri: optionalText,
  skill_uri: optionalText,
  tool_input: z.unknown().optional(),
  tool_output: z.unknown().optional(),
  tool_status: z.enum(['pending', 'running', 'completed', 'error']).nullish(),
  duration_ms: z.number().nonnegative().nullish(),
  prompt_tokens: z.int().nonnegative().nullish(),
  completion_tokens: z.int().nonnegative().nullish(),
  // Older spellings of the three fields above.
  input: z.unknown().optional(),
  output: z.unknown().optional(),
  success: z.boolean().nullish(),
  // What a server says of an output it keeps elsewhere: a client that hands a message on sends it along.
  tool_output_ref: optionalText,
  tool_output_truncated: z.boolean().nullish(),
  tool_output_original_chars: z.int().nonnegative().nullish(),
  tool_output_preview_chars: z.int().nonnegative().nullish(),
  tool_output_sha256: optionalText,
  tool_output_storage_uri: optionalText,
  tool_output_mime_type: optionalText,
});

export interface TextPart {
  readonly type: 'text';
  readonly text: string;
}
export interface ContextPart {
  readonly type: 'context';
  readonly uri: string;
  readonly context_type?: string;
  readonly abstract?: string;
}
export interface ImagePart {
  readonly type: 'image';
  readonly url: string;
  readonly description?: string;
  readonly detail?: string;
}
/** The last fields say where a large output is kept: of another session's output, as the client knows it. */
export interface ToolPart {
  readonly type: 'tool';
  readonly tool_id: string;
  readonly tool_name?: string;
  readonly tool_uri?: string;
  readonly skill_uri?: string;
  readonly tool_input?: unknown;
  readonly tool_output?: string;
  readonly tool_status?: string;
  readonly duration_ms?: number;
  readonly prompt_tokens?: number;
  readonly completion_tokens?: number;
  readonly tool_output_ref?: string;
  readonly tool_output_truncated?: boolean;
  readonly tool_output_original_chars?: number;
  readonly tool_output_preview_chars?: number;
  readonly tool_output_sha256?: string;
  readonly tool_output_storage_uri?: string;
  readonly tool_output_mime_type?: string;
}
export type StoredPart = TextPart | ContextPart | ImagePart | ToolPart;

/**
 * One part of a message in its present spelling: `input/output/success` become `tool_*`, `image_url` becomes `image`,
 * Viking URIs become canonical. `where` names the part in messages, e.g. `parts[2]`.
 * @throws INVALID_ARGUMENT for no type, an unknown key (named), a wrong value or a URI that cannot be
 */
export function normalisePart(raw: unknown, where: string, uris: UriContext): StoredPart {
  const type = typeof raw === 'object' && raw !== null ? (raw as { type?: unknown }).type : undefined;
  switch (type) {
    case 'text':
      return checked(textPart, raw, where);
    case 'context': {
      const { uri, ...rest } = checked(contextPart, raw, where);
      return { ...present(rest), type: 'context', uri: canonical(uri, `${where}.uri`, uris) };
    }
    case 'image': {
      const { url, ...rest } = checked(imagePart, raw, where);
      return { ...present(rest), type: 'image', url: maybeCanonical(url, `${where}.url`, uris) };
    }
    case 'image_url': {
      const { image_url, description } = checked(imageUrlPart, raw, where);
      const { url, detail } = typeof image_url === 'string' ? { url: image_url, detail: null } : image_url;
      const seen = maybeCanonical(url, `${where}.image_url`, uris);
      return { ...present({ description, detail }), type: 'image', url: seen };
    }
    case 'tool':
      return normaliseTool(checked(toolPart, withoutGroup(raw as object), where), where, uris);
    default:
      return unknownPart(raw, type, where);
  }
}

/** Clients group the tools of a step by fields of their own, which mean nothing here. */
function withoutGroup(raw: object): object {
  return Object.fromEntries(Object.entries(raw).filter(([key]) => !/^(tool_)?group(_|$)/.test(key)));
}

/** A part of a kind that other clients have and we do not is kept whole, as text (the reference's behaviour). */
function unknownPart(raw: unknown, type: unknown, where: string): TextPart {
  if (typeof type !== 'string' || type === '') {
    throw new VikingError('INVALID_ARGUMENT', `${where}: a part is an object with a "type"`, {
      hint: 'Known part types: text, context, tool, image, image_url; others are kept as text.',
    });
  }
  return { type: 'text', text: JSON.stringify(raw) };
}

function normaliseTool(raw: z.infer<typeof toolPart>, where: string, uris: UriContext): ToolPart {
  const { input, output, success, tool_input, tool_output, tool_status, skill_uri, tool_uri, ...rest } = raw;
  const outputText = textOf(tool_output ?? output);
  const olderStatus = success === undefined || success === null ? undefined : success ? 'completed' : 'error';
  return {
    ...present({
      ...withoutEmptyText(rest),
      tool_input: tool_input ?? input,
      tool_output: outputText,
      tool_status: tool_status ?? olderStatus,
      tool_uri: tool_uri === '' ? undefined : tool_uri,
      skill_uri: skill_uri ? canonical(skill_uri, `${where}.skill_uri`, uris) : undefined,
    }),
    type: 'tool',
    tool_id: raw.tool_id,
  };
}

/** Clients send an empty text for none. */
function withoutEmptyText<T extends object>(fields: T): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== '')) as Partial<T>;
}

function textOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function checked<S extends z.ZodType>(schema: S, raw: unknown, where: string): z.infer<S> {
  const parsed = schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  throw new VikingError('INVALID_ARGUMENT', `${where}: ${describeIssues(parsed.error)}`);
}

function canonical(text: string, where: string, uris: UriContext): string {
  try {
    return VikingUri.parse(text, uris).toString();
  } catch (error) {
    throw new VikingError('INVALID_ARGUMENT', `${where}: ${(error as Error).message}`, { cause: error });
  }
}

/** An image lives anywhere; only a Viking URI is ours to check. */
function maybeCanonical(url: string, where: string, uris: UriContext): string {
  return url.startsWith('viking://') ? canonical(url, where, uris) : url;
}

type Present<T> = { [K in keyof T]?: NonNullable<T[K]> };

/** Without the fields that are absent or null: clients in other languages send null for absent. */
export function present<T extends object>(fields: T): Present<T> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined && value !== null),
  ) as Present<T>;
}

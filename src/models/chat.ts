import { z } from 'zod';
import { estimateTokens } from '../base/tokens.ts';
import type { Chat, ChatMessage, ChatRequest, ModelCallOptions } from './contract.ts';
import { ModelFailure } from './failure.ts';
import type { Gateway } from './gateway.ts';

const DEFAULT_MAX_TOKENS = 1_024;

const answerSchema = z.object({
  choices: z
    .array(
      z.object({
        finish_reason: z.string().nullish(),
        message: z.object({ content: z.string().nullish(), refusal: z.string().nullish() }),
      }),
    )
    .min(1),
  usage: z
    .object({
      prompt_tokens: z.number().min(0).optional(),
      completion_tokens: z.number().min(0).optional(),
    })
    .nullish(),
});

/** What an endpoint understands of the request; it learns from what it refuses. */
interface Dialect {
  format: 'json_schema' | 'json_object' | 'none';
  tokens: 'max_tokens' | 'max_completion_tokens';
  temperature: boolean;
}

type AnyRequest = ChatRequest & { readonly schema?: z.ZodType };
type Prompt = readonly { readonly role: 'system' | 'user' | 'assistant'; readonly content: string }[];

export function createChat(gateway: Gateway): Chat {
  const dialect: Dialect = { format: 'json_schema', tokens: 'max_tokens', temperature: true };

  async function complete(request: AnyRequest, options: ModelCallOptions = {}): Promise<unknown> {
    const { schema } = request;
    const system =
      schema === undefined ? request.system : `${request.system}\n\n${schemaInstruction(schema)}`;
    const { texts, redactions } = gateway.redact(
      [system, ...request.messages.map(({ content }) => content)],
      request.cause,
    );
    const prompt: Prompt = texts.map((content, at) => ({
      role: at === 0 ? ('system' as const) : (request.messages[at - 1] as ChatMessage).role,
      content,
    }));
    try {
      return await gateway.bounded(options, (signal) => answer(prompt, { request, redactions, signal }));
    } catch (error) {
      throw gateway.asError(error);
    }
  }

  async function answer(prompt: Prompt, asking: Asking): Promise<unknown> {
    const { schema } = asking.request;
    const text = await ask(prompt, asking);
    if (schema === undefined) return text;
    const first = parsed(schema, text);
    if (first.success) return first.data;
    // Once more, with what was wrong: most models mend a missing brace or field when they are told.
    const again = await ask(
      [
        ...prompt,
        { role: 'assistant', content: text },
        { role: 'user', content: `That does not fit: ${first.problem}. Answer again, only with the JSON.` },
      ],
      { ...asking, redactions: 0 },
    );
    const second = parsed(schema, again);
    if (second.success) return second.data;
    throw new ModelFailure('malformed', `its answer does not fit the schema: ${second.problem}`);
  }

  interface Asking {
    readonly request: AnyRequest;
    readonly redactions: number;
    readonly signal: AbortSignal;
  }

  async function ask(prompt: Prompt, { request, redactions, signal }: Asking): Promise<string> {
    for (;;) {
      try {
        return await gateway.exchange(exchangeOf(prompt, request), { ...request, redactions }, signal);
      } catch (error) {
        if (!(error instanceof ModelFailure) || !learn(dialect, error)) throw error;
      }
    }
  }

  function exchangeOf(prompt: Prompt, { schema, maxTokens = DEFAULT_MAX_TOKENS }: AnyRequest) {
    return {
      path: '/chat/completions',
      body: {
        model: gateway.model,
        messages: prompt,
        [dialect.tokens]: maxTokens,
        ...(dialect.temperature ? { temperature: 0 } : {}),
        ...(schema === undefined ? {} : responseFormat(dialect, schema)),
      },
      read(answer: unknown) {
        const { text, usage } = readText(answer);
        const estimated = prompt.reduce((sum, { content }) => sum + estimateTokens(content), 0);
        return {
          value: text,
          spent: {
            inputTokens: usage?.prompt_tokens ?? estimated,
            outputTokens: usage?.completion_tokens ?? estimateTokens(text),
          },
        };
      },
    };
  }

  return { model: gateway.model, complete: complete as Chat['complete'] };
}

/** The text of an answer. @throws ModelFailure `malformed`, `refusal` or `length` */
function readText(answer: unknown): { text: string; usage: z.infer<typeof answerSchema>['usage'] } {
  const result = answerSchema.safeParse(answer);
  if (!result.success) throw new ModelFailure('malformed', 'its answer is no completion');
  const choice = result.data.choices[0]!;
  const { content, refusal } = choice.message;
  if (typeof refusal === 'string' && refusal !== '')
    throw new ModelFailure('refusal', `it refuses: ${refusal.slice(0, 120)}`);
  if (choice.finish_reason === 'content_filter')
    throw new ModelFailure('refusal', 'its content filter stopped the answer');
  if (choice.finish_reason === 'length')
    throw new ModelFailure('length', 'its answer was cut at the most tokens allowed');
  // Models that reason aloud put their thoughts before the answer.
  const text = (content ?? '').replace(/^\s*<think>[\s\S]*?<\/think>/, '').trim();
  if (text === '') throw new ModelFailure('malformed', 'its answer is empty');
  return { text, usage: result.data.usage };
}

function schemaInstruction(schema: z.ZodType): string {
  return `Answer only with one JSON value that fits this JSON schema:\n${JSON.stringify(jsonSchema(schema))}`;
}

function jsonSchema(schema: z.ZodType): Record<string, unknown> {
  const { $schema: _version, ...rest } = z.toJSONSchema(schema) as Record<string, unknown>;
  return rest;
}

function responseFormat({ format }: Dialect, schema: z.ZodType): Record<string, unknown> {
  if (format === 'none') return {};
  if (format === 'json_object') return { response_format: { type: 'json_object' } };
  return {
    response_format: {
      type: 'json_schema',
      json_schema: { name: 'answer', strict: false, schema: jsonSchema(schema) },
    },
  };
}

/** Whether a refused request can be put in other words; if so the dialect is changed. */
function learn(dialect: Dialect, { reason, status, message }: ModelFailure): boolean {
  if (reason !== 'request' || (status !== 400 && status !== 422)) return false;
  if (dialect.tokens === 'max_tokens' && /max_completion_tokens/.test(message)) {
    dialect.tokens = 'max_completion_tokens';
    return true;
  }
  if (dialect.temperature && /temperature/i.test(message)) {
    dialect.temperature = false;
    return true;
  }
  if (dialect.format !== 'none' && /response_format|json_schema|json_object/i.test(message)) {
    dialect.format = dialect.format === 'json_schema' ? 'json_object' : 'none';
    return true;
  }
  return false;
}

type Parsed =
  | { readonly success: true; readonly data: unknown }
  | { readonly success: false; readonly problem: string };

function parsed(schema: z.ZodType, text: string): Parsed {
  let value: unknown;
  try {
    value = JSON.parse(jsonIn(text));
  } catch (error) {
    return { success: false, problem: `it is not JSON (${(error as Error).message})` };
  }
  const result = schema.safeParse(value);
  if (result.success) return { success: true, data: result.data };
  const issues = result.error.issues.slice(0, 3);
  return {
    success: false,
    problem: issues.map((issue) => `${issue.path.join('.') || 'value'}: ${issue.message}`).join('; '),
  };
}

/** The JSON of an answer that may be fenced or introduced by a sentence. */
function jsonIn(text: string): string {
  const fenced = /```(?:json)?\s*\n([\s\S]*?)```/.exec(text)?.[1];
  const inner = (fenced ?? text).trim();
  const start = inner.search(/[[{]/);
  const end = Math.max(inner.lastIndexOf('}'), inner.lastIndexOf(']'));
  return start >= 0 && end > start ? inner.slice(start, end + 1) : inner;
}

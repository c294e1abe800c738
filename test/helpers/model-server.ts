import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { hash32 } from '../../src/base/text/hash32.ts';

/** What an endpoint can do wrong. `refused` closes the port; every other fault is an answer, or none. */
export const MODEL_FAULTS = [
  'refused',
  '401',
  '429',
  '429-retry-after',
  '500',
  'hang-headers',
  'hang-body',
  'truncated',
  'html',
  'empty',
  'wrong-dimension',
  'wrong-count',
  'shuffled',
  'duplicate-index',
  'nan',
  'null',
  'refusal',
  'length',
  'invalid-json',
  'slow',
] as const;

export type ModelFault = (typeof MODEL_FAULTS)[number];

export interface ChatRequest {
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly response_format?: { readonly type: string };
  readonly max_tokens?: number;
}

export interface ModelServerOptions {
  /** Length of the vectors. Default 8. */
  readonly dimensions?: number;
  /** The assistant's text for a request. Default: `{"answer":"…"}` with the last message's first words. */
  readonly answer?: (request: ChatRequest) => string;
  /** The vector of a text. Default: hashed words, so that equal words are near. */
  readonly vector?: (text: string) => readonly number[];
  /** How well a document answers a question, for `/rerank`. Default: 0 for all. */
  readonly relevance?: (question: string, document: string) => number;
  /** Requests it refuses with 400, whatever the fault. */
  readonly refuses?: (body: ModelRequest['body']) => boolean;
  /** Requests with another bearer key are answered 401. */
  readonly key?: string;
}

/** One request as it came in; `wrong-dimension` gives a reranker's answer an index that was not sent. */
export interface ModelRequest {
  readonly kind: 'embedding' | 'chat' | 'rerank';
  readonly body: ChatRequest & {
    readonly input?: readonly string[];
    readonly query?: string;
    readonly documents?: readonly string[];
  };
  readonly headers: IncomingMessage['headers'];
}

/** A small OpenAI-compatible endpoint on loopback that can be told to misbehave. */
export interface ModelServer {
  /** Base URL to configure, ending in `/v1`. The same after `refused`. */
  readonly url: string;
  /** Every request that was read whole, oldest first. */
  readonly requests: readonly ModelRequest[];
  /** Answers faulty until told otherwise (`undefined`), or for the next `times` requests. */
  fault(fault: ModelFault | undefined, times?: number): Promise<void>;
  /** Replaces how chat requests are answered. */
  answerWith(answer: (request: ChatRequest) => string): void;
  /** Replaces the vectors it gives. */
  vectorsBy(vector: (text: string) => readonly number[]): void;
  close(): Promise<void>;
}

export async function startModelServer(options: ModelServerOptions = {}): Promise<ModelServer> {
  const dimensions = options.dimensions ?? 8;
  const requests: ModelRequest[] = [];
  const sockets = new Set<Socket>();
  let answer = options.answer ?? defaultAnswer;
  let vector = options.vector ?? ((word: string) => hashed(word, dimensions));
  let fault: ModelFault | undefined;
  let left = Number.POSITIVE_INFINITY;
  let server: Server | undefined;

  function handle(request: IncomingMessage, response: ServerResponse): void {
    void body(request).then((text) => {
      const kind = kindOf(request.url ?? '');
      const parsed = JSON.parse(text) as ModelRequest['body'];
      requests.push({ kind, body: parsed, headers: request.headers });
      const now = left > 0 ? fault : undefined;
      left -= 1;
      if (options.key !== undefined && request.headers.authorization !== `Bearer ${options.key}`) {
        send(response, 401, errorBody('invalid api key'));
        return;
      }
      if (options.refuses?.(parsed) === true) {
        send(response, 400, errorBody('this input is not allowed'));
        return;
      }
      misbehave(now, response, () => {
        if (kind === 'embedding') return embeddings(parsed.input ?? [], now, vector);
        if (kind === 'rerank') return judgements(parsed, now, options.relevance ?? (() => 0));
        return completion(answer(parsed), now);
      });
    });
  }

  async function listen(port: number): Promise<number> {
    const opened = createServer(handle);
    opened.on('connection', (socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    });
    await new Promise<void>((resolve, reject) => {
      opened.once('error', reject);
      opened.listen(port, '127.0.0.1', resolve);
    });
    server = opened;
    return (opened.address() as AddressInfo).port;
  }

  async function shut(): Promise<void> {
    const open = server;
    server = undefined;
    for (const socket of sockets) socket.destroy();
    if (open !== undefined) await new Promise<void>((resolve) => open.close(() => resolve()));
  }

  const port = await listen(0);
  return {
    url: `http://127.0.0.1:${port}/v1`,
    requests,
    async fault(next, times = Number.POSITIVE_INFINITY) {
      fault = next;
      left = times;
      if (next === 'refused') await shut();
      else if (server === undefined) await listen(port);
    },
    answerWith(next) {
      answer = next;
    },
    vectorsBy(next) {
      vector = next;
    },
    close: shut,
  };
}

/** Words of each text hashed into a short vector: near when they share words. */
export function hashed(text: string, dimensions: number): number[] {
  const vector = new Array<number>(dimensions).fill(0);
  for (const word of text.toLowerCase().match(/\p{L}+/gu) ?? ['']) vector[hash32(word) % dimensions]! += 1;
  return vector;
}

function defaultAnswer(request: ChatRequest): string {
  return JSON.stringify({ answer: request.messages.at(-1)?.content.slice(0, 40) ?? '' });
}

function misbehave(
  fault: ModelFault | undefined,
  response: ServerResponse,
  answer: () => Record<string, unknown>,
): void {
  switch (fault) {
    case '401':
      send(response, 401, errorBody('invalid api key'));
      return;
    case '429':
      send(response, 429, errorBody('slow down'));
      return;
    case '429-retry-after':
      send(response, 429, errorBody('slow down'), { 'retry-after': '1' });
      return;
    case '500':
      send(response, 500, errorBody('internal'));
      return;
    case 'hang-headers':
      return;
    case 'hang-body':
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{"object":"list",');
      return;
    case 'truncated': {
      const text = JSON.stringify(answer());
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': String(text.length) });
      response.write(text.slice(0, Math.floor(text.length / 2)), () => response.destroy());
      return;
    }
    case 'html':
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end('<!doctype html><title>Sign in</title>');
      return;
    case 'empty':
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end();
      return;
    case 'slow':
      drip(response, JSON.stringify(answer()));
      return;
    default:
      send(response, 200, answer());
      return;
  }
}

function drip(response: ServerResponse, text: string): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  let at = 0;
  const timer = setInterval(() => {
    response.write(text.charAt(at++));
    if (at >= text.length) response.end();
  }, 1_000);
  response.on('close', () => clearInterval(timer));
}

function embeddings(
  inputs: readonly string[],
  fault: ModelFault | undefined,
  vector: (text: string) => readonly number[],
): Record<string, unknown> {
  let data = inputs.map((text, index) => ({
    object: 'embedding',
    index,
    embedding: [...vector(text)] as unknown,
  }));
  if (fault === 'wrong-count') data = data.slice(1);
  if (fault === 'shuffled') data.reverse();
  if (fault === 'duplicate-index') data = data.map((entry) => ({ ...entry, index: 0 }));
  const first = data[0];
  if (first !== undefined && fault === 'wrong-dimension') first.embedding = [1, 2, 3];
  // JSON has no NaN; servers that make one write `null` or a string.
  if (first !== undefined && fault === 'nan') (first.embedding as unknown[])[0] = 'NaN';
  if (first !== undefined && fault === 'null') first.embedding = null;
  if (fault === 'invalid-json' || fault === 'refusal' || fault === 'length') return { object: 'error' };
  return { object: 'list', data, model: 'test', usage: { prompt_tokens: 3, total_tokens: 3 } };
}

function judgements(
  { query = '', documents = [] }: ModelRequest['body'],
  fault: ModelFault | undefined,
  relevance: (question: string, document: string) => number,
): Record<string, unknown> {
  let results = documents.map((text, index) => ({
    index,
    relevance_score: relevance(query, text) as unknown,
  }));
  if (fault === 'wrong-count') results = results.slice(1);
  if (fault === 'shuffled') results.reverse();
  if (fault === 'duplicate-index') results = results.map((entry) => ({ ...entry, index: 0 }));
  if (fault === 'wrong-dimension') results = results.map((entry) => ({ ...entry, index: entry.index + 1 }));
  const [first] = results;
  if (first !== undefined && fault === 'nan') first.relevance_score = 'NaN';
  if (first !== undefined && fault === 'null') first.relevance_score = null;
  if (fault === 'invalid-json' || fault === 'refusal' || fault === 'length') return { object: 'error' };
  return { results, usage: { total_tokens: 5 } };
}

function kindOf(url: string): ModelRequest['kind'] {
  if (url.endsWith('/embeddings')) return 'embedding';
  return url.endsWith('/rerank') ? 'rerank' : 'chat';
}

function completion(text: string, fault: ModelFault | undefined): Record<string, unknown> {
  const isBroken = ['invalid-json', 'wrong-dimension', 'nan', 'shuffled', 'duplicate-index'].includes(
    fault ?? '',
  );
  let content: string | null = isBroken ? 'Certainly! { "answer": ' : text;
  if (fault === 'null' || fault === 'refusal') content = null;
  if (fault === 'length') content = text.slice(0, Math.floor(text.length / 2));
  const choice = {
    index: 0,
    finish_reason: fault === 'length' ? 'length' : 'stop',
    message: { role: 'assistant', content, refusal: fault === 'refusal' ? 'I cannot help with that.' : null },
  };
  return {
    id: 'chat-1',
    object: 'chat.completion',
    choices: fault === 'wrong-count' ? [] : [choice],
    usage: { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 },
  };
}

function errorBody(message: string): Record<string, unknown> {
  return { error: { message, type: 'test' } };
}

function send(
  response: ServerResponse,
  status: number,
  value: Record<string, unknown>,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(value));
}

async function body(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}

import { z } from 'zod';
import { estimateTokens } from '../base/tokens.ts';
import type { Embedding, ModelCall, ModelCallOptions, RemoteEmbedder } from './contract.ts';
import { ModelFailure } from './failure.ts';
import type { Gateway } from './gateway.ts';
import { splitInput } from './split-input.ts';

export interface RemoteEmbedderOptions {
  readonly gateway: Gateway;
  /** What is asked for and insisted on; undefined: whatever the model makes. */
  readonly dimensions: number | undefined;
  /** Most texts of one request. */
  readonly batchTexts: number;
  /** Most estimated tokens of one request. */
  readonly batchTokens: number;
  /** Most estimated tokens of one text; longer ones are embedded in pieces. */
  readonly inputTokens: number;
}

const answerSchema = z.object({
  data: z.array(z.object({ index: z.number().int().min(0), embedding: z.array(z.number()).min(1) })),
  usage: z
    .object({ prompt_tokens: z.number().min(0).optional(), total_tokens: z.number().min(0).optional() })
    .nullish(),
});

/** Answers in a row that must agree on another length before it is believed: an endpoint that is not well answers anything. */
const AGREEING_ANSWERS = 3;
/** Asked beside a single text while no length is known: one vector alone has no other to agree with. */
const SECOND_TEXT = 'dimensions';

/** A piece of one of the caller's texts. */
interface Piece {
  readonly of: number;
  readonly text: string;
  readonly tokens: number;
}

export function createRemoteEmbedder(options: RemoteEmbedderOptions): RemoteEmbedder {
  const { gateway } = options;
  let stamp: string | undefined;
  /** The length of its vectors, as configured or as it has shown. */
  let known = options.dimensions;
  let other = { length: 0, answers: 0 };

  /**
   * The same model under the same name does not change its length by chance: another one is an answer that cannot be used, until
   * several answers to more than one text agree on it. Then it is another model.
   */
  function checkLength(vectors: readonly Float32Array[]): void {
    const length = vectors[0]?.length ?? known;
    const hasAgreed = vectors.length >= Math.min(2, options.batchTexts);
    if (length === undefined) return;
    if (known === undefined && hasAgreed) known = length;
    if (known === undefined || length === known) {
      other = { length: 0, answers: 0 };
      return;
    }
    if (options.dimensions === undefined && hasAgreed) {
      other = { length, answers: other.length === length ? other.answers + 1 : 1 };
      if (other.answers >= AGREEING_ANSWERS) {
        known = length;
        return;
      }
    }
    throw malformed(`a vector has ${length} numbers instead of ${known}`);
  }

  async function embed(
    texts: readonly string[],
    call: ModelCall,
    callOptions: ModelCallOptions = {},
  ): Promise<Embedding> {
    const { texts: clean, redactions } = gateway.redact(texts, call.cause);
    const pieces = clean.flatMap((text, of) => piecesOf(text, of, options.inputTokens));
    const isAlone = known === undefined && pieces.length === 1;
    if (isAlone) pieces.push(...piecesOf(SECOND_TEXT, 1, options.inputTokens));
    try {
      const vectors = await gateway.bounded(callOptions, (signal) =>
        requestAll(pieces, { ...call, redactions }, signal),
      );
      const joined = joinPieces(texts.length + (isAlone ? 1 : 0), pieces, vectors).slice(0, texts.length);
      const dimensions = joined[0]?.length ?? options.dimensions ?? 0;
      if (joined.some((vector) => vector.length !== dimensions)) {
        throw new ModelFailure('malformed', 'its vectors changed their length between two answers');
      }
      if (dimensions > 0) stamp = `${gateway.model}/${dimensions}`;
      return { stamp: stamp ?? `${gateway.model}/${dimensions}`, dimensions, vectors: joined };
    } catch (error) {
      throw gateway.asError(error);
    }
  }

  async function requestAll(
    pieces: readonly Piece[],
    call: ModelCall & { readonly redactions: number },
    signal: AbortSignal,
  ): Promise<Float32Array[]> {
    const vectors: Float32Array[] = [];
    let uncounted = call.redactions;
    for (const batch of batches(pieces, options)) {
      vectors.push(...(await request(batch, { ...call, redactions: uncounted }, signal)));
      uncounted = 0;
    }
    return vectors;
  }

  /** One request; a batch that the endpoint refuses as too large is halved, and so is a text that is too long alone. */
  async function request(
    batch: readonly Piece[],
    call: ModelCall & { readonly redactions: number },
    signal: AbortSignal,
  ): Promise<Float32Array[]> {
    try {
      return await gateway.exchange(exchangeOf(batch), call, signal);
    } catch (error) {
      if (!isTooLarge(error)) throw error;
      if (batch.length > 1) {
        const middle = Math.ceil(batch.length / 2);
        const first = await request(batch.slice(0, middle), call, signal);
        return [...first, ...(await request(batch.slice(middle), { ...call, redactions: 0 }, signal))];
      }
      const only = batch[0];
      if (only === undefined || only.tokens < 64) throw error;
      const halves = piecesOf(only.text, 0, Math.ceil(only.tokens / 2));
      if (halves.length < 2) throw error;
      return joinPieces(1, halves, await request(halves, call, signal));
    }
  }

  function exchangeOf(batch: readonly Piece[]) {
    const { dimensions } = options;
    return {
      path: '/embeddings',
      body: {
        model: gateway.model,
        input: batch.map(({ text }) => text),
        encoding_format: 'float',
        ...(dimensions === undefined ? {} : { dimensions }),
      },
      read(answer: unknown) {
        const value = readVectors(answer, batch.length, dimensions);
        checkLength(value);
        const { usage } = answer as z.infer<typeof answerSchema>;
        const estimated = batch.reduce((sum, { tokens }) => sum + tokens, 0);
        return {
          value,
          spent: { inputTokens: usage?.prompt_tokens ?? usage?.total_tokens ?? estimated, outputTokens: 0 },
        };
      },
    };
  }

  return {
    model: gateway.model,
    get stamp() {
      return stamp;
    },
    embed,
  };
}

/** The vectors of an answer in the order of the question, unit length. @throws ModelFailure naming what is wrong */
function readVectors(answer: unknown, count: number, dimensions: number | undefined): Float32Array[] {
  const parsed = answerSchema.safeParse(answer);
  if (!parsed.success) throw malformed(`its answer is no list of vectors (${issueText(parsed.error)})`);
  const { data } = parsed.data;
  if (data.length !== count) throw malformed(`it answered ${data.length} vectors to ${count} texts`);
  const ordered = new Array<Float32Array | undefined>(count).fill(undefined);
  const length = dimensions ?? data[0]?.embedding.length ?? 0;
  for (const { index, embedding } of data) {
    if (index >= count || ordered[index] !== undefined)
      throw malformed(`its answer has index ${index} out of order`);
    if (embedding.length !== length)
      throw malformed(`a vector has ${embedding.length} numbers instead of ${length}`);
    const vector = Float32Array.from(embedding);
    if (!vector.every(Number.isFinite)) throw malformed('a vector has a number that is not finite');
    ordered[index] = normalise(vector);
  }
  return ordered as Float32Array[];
}

function malformed(message: string): ModelFailure {
  return new ModelFailure('malformed', message);
}

function issueText(error: z.ZodError): string {
  const issue = error.issues[0];
  return issue === undefined ? 'unknown' : `${issue.path.join('.') || 'answer'}: ${issue.message}`;
}

/** In place. A vector of zeros is near to nothing and stays as it is. */
function normalise(vector: Float32Array): Float32Array {
  let sum = 0;
  for (const value of vector) sum += value * value;
  if (sum === 0) return vector;
  const scale = 1 / Math.sqrt(sum);
  for (let at = 0; at < vector.length; at++) vector[at]! *= scale;
  return vector;
}

/** Endpoints refuse an empty text; a space has the same meaning. */
function piecesOf(text: string, of: number, maxTokens: number): Piece[] {
  return splitInput(text === '' ? ' ' : text, maxTokens).map((piece) => ({
    of,
    text: piece === '' ? ' ' : piece,
    tokens: estimateTokens(piece),
  }));
}

function* batches(pieces: readonly Piece[], limits: RemoteEmbedderOptions): Generator<Piece[]> {
  let batch: Piece[] = [];
  let tokens = 0;
  for (const piece of pieces) {
    const isFull = batch.length >= limits.batchTexts || tokens + piece.tokens > limits.batchTokens;
    if (batch.length > 0 && isFull) {
      yield batch;
      batch = [];
      tokens = 0;
    }
    batch.push(piece);
    tokens += piece.tokens;
  }
  if (batch.length > 0) yield batch;
}

/** One vector per text: of a text in pieces the mean of theirs, weighted by length. */
function joinPieces(
  count: number,
  pieces: readonly Piece[],
  vectors: readonly Float32Array[],
): Float32Array[] {
  const joined = new Array<Float32Array | undefined>(count).fill(undefined);
  const isSplit = pieces.length !== count;
  for (const [at, { of, tokens }] of pieces.entries()) {
    const vector = vectors[at]!;
    if (!isSplit) {
      joined[of] = vector;
      continue;
    }
    const sum = joined[of] ?? new Float32Array(vector.length);
    joined[of] = sum;
    if (sum.length !== vector.length) throw malformed('its vectors changed their length between two answers');
    for (let component = 0; component < sum.length; component++)
      sum[component]! += vector[component]! * Math.max(1, tokens);
  }
  return (joined as Float32Array[]).map((vector) => (isSplit ? normalise(vector) : vector));
}

function isTooLarge(error: unknown): boolean {
  if (!(error instanceof ModelFailure) || error.reason !== 'request') return false;
  if (error.status === 413) return true;
  return (
    error.status === 400 &&
    /too (?:long|large|many)|maximum|exceed|context|tokens|batch|length/i.test(error.message)
  );
}

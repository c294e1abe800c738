import { type Clock, systemClock } from '../base/clock.ts';
import { type Logger, silentLogger } from '../base/log.ts';
import { redactUrl } from '../base/redact-url.ts';
import { Breaker } from './breaker.ts';
import { createChat } from './chat.ts';
import type { EndpointHealth, ModelKind, Models, UsageStore } from './contract.ts';
import { createHashEmbedder } from './embedded/index.ts';
import { Gateway } from './gateway.ts';
import { createTransport } from './openai/transport.ts';
import { createRedaction } from './redaction.ts';
import { createRemoteEmbedder } from './remote-embedder.ts';
import { createChatReranker, createRemoteReranker, probeReranker } from './rerank.ts';
import { Turns } from './turns.ts';
import { Usage } from './usage.ts';

export interface EndpointSettings {
  readonly url: string;
  readonly model: string;
  readonly key?: string | undefined;
  /** Bounds a call that names no bound of its own. */
  readonly timeoutMs?: number | undefined;
}

export interface EmbeddingSettings extends EndpointSettings {
  readonly dimensions?: number | undefined;
  /** Most texts of one request. Default 32. */
  readonly batchTexts?: number | undefined;
  /** Most tokens of one text. Default 8000. */
  readonly inputTokens?: number | undefined;
}

/** What `openModels` needs to know; the configuration's `models` has this shape. */
export interface ModelSettings {
  readonly embedding?: EmbeddingSettings | undefined;
  readonly chat?: EndpointSettings | undefined;
  /** An endpoint of its own, or the chat model. Default: none, the order of an answer is nobody else's business. */
  readonly rerank?: EndpointSettings | 'chat' | undefined;
  /** Calls under way at most, for all endpoints together. Default 4. */
  readonly concurrency?: number | undefined;
  /** Tokens a day after which background work stops. Default: unlimited. */
  readonly dailyTokens?: number | undefined;
  /** Texts that look like secrets and are none. */
  readonly redactionAllowed?: readonly string[] | undefined;
}

export interface OpenModelsOptions {
  readonly store: UsageStore;
  readonly clock?: Clock;
  readonly log?: Logger;
  /** For tests: shorter waits. */
  readonly pace?: { readonly firstWaitMs?: number; readonly pauseMs?: number; readonly authPauseMs?: number };
}

const EMBEDDING_TIMEOUT_MS = 60_000;
const CHAT_TIMEOUT_MS = 120_000;
/** Somebody waits for each of its calls. */
const RERANK_TIMEOUT_MS = 3_000;
const PROBE_TIMEOUT_MS = 10_000;
const CONCURRENCY = 4;
const BATCH_TEXTS = 32;
const INPUT_TOKENS = 8_000;
/** Tokens of one request: far below what hosted endpoints take, and little enough that one answer stays small. */
const BATCH_TOKENS = 32_000;

/** Opens what is configured. Nothing is sent before somebody asks. */
export async function openModels(settings: ModelSettings, options: OpenModelsOptions): Promise<Models> {
  const clock = options.clock ?? systemClock;
  const log = options.log ?? silentLogger;
  const closing = new AbortController();
  const turns = new Turns(settings.concurrency ?? CONCURRENCY);
  const redaction = createRedaction(settings.redactionAllowed ?? []);
  const usage = new Usage({ store: options.store, clock, log, dailyTokens: settings.dailyTokens });
  await usage.load();

  function gatewayOf(kind: ModelKind, endpoint: EndpointSettings, timeoutMs: number): Gateway {
    const { firstWaitMs, ...pauses } = options.pace ?? {};
    return new Gateway({
      kind,
      model: endpoint.model,
      url: redactUrl(endpoint.url),
      transport: createTransport({ url: endpoint.url, key: endpoint.key }),
      breaker: new Breaker({ clock, ...pauses }),
      turns,
      usage,
      redaction,
      clock,
      timeoutMs: endpoint.timeoutMs ?? timeoutMs,
      closing: closing.signal,
      ...(firstWaitMs === undefined ? {} : { firstWaitMs }),
    });
  }

  const { embedding, chat: chatSettings } = settings;
  const embeddingGateway = embedding && gatewayOf('embedding', embedding, EMBEDDING_TIMEOUT_MS);
  const remote =
    embeddingGateway &&
    createRemoteEmbedder({
      gateway: embeddingGateway,
      dimensions: embedding.dimensions,
      batchTexts: embedding.batchTexts ?? BATCH_TEXTS,
      batchTokens: BATCH_TOKENS,
      inputTokens: embedding.inputTokens ?? INPUT_TOKENS,
    });
  const chatGateway = chatSettings && gatewayOf('chat', chatSettings, CHAT_TIMEOUT_MS);
  const chat = chatGateway && createChat(chatGateway);
  const { rerank } = settings;
  const rerankGateway =
    rerank === undefined || rerank === 'chat' ? undefined : gatewayOf('rerank', rerank, RERANK_TIMEOUT_MS);
  const ownReranker = rerankGateway && createRemoteReranker(rerankGateway);
  const reranker = ownReranker ?? (rerank === 'chat' && chat ? createChatReranker(chat) : undefined);

  function health(): EndpointHealth[] {
    return [
      ...(embeddingGateway === undefined ? [] : [embeddingGateway.health(remote?.stamp)]),
      ...(chatGateway === undefined ? [] : [chatGateway.health()]),
      ...(rerankGateway === undefined ? [] : [rerankGateway.health()]),
    ];
  }

  return {
    embedder: createHashEmbedder(),
    remote,
    chat,
    reranker,
    health,
    usage: () => usage.report(),
    async probe(signal) {
      const call = { priority: 'interactive', cause: 'probe' } as const;
      const bounds = { timeoutMs: PROBE_TIMEOUT_MS, ...(signal === undefined ? {} : { signal }) };
      await Promise.allSettled([
        remote?.embed(['ping'], call, bounds),
        chat?.complete(
          {
            ...call,
            system: 'Answer with the word pong.',
            messages: [{ role: 'user', content: 'ping' }],
            maxTokens: 64,
          },
          bounds,
        ),
        ownReranker && probeReranker(ownReranker, call, bounds),
      ]);
      return health();
    },
    async close() {
      closing.abort();
      await usage.close();
    },
  };
}

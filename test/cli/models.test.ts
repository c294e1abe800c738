import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../helpers/cli.ts';
import { startTestDaemon, type TestDaemon } from '../helpers/daemon.ts';
import { describingModel } from '../helpers/describing-model.ts';
import { type ModelServer, startModelServer } from '../helpers/model-server.ts';
import { rawRequest } from '../helpers/raw-http.ts';
import { type TempDir, tempDir } from '../helpers/temp-dir.ts';

const DOCS = 'viking://resources/docs';
const KEY = 'sk-loopback-0123456789abcdef';

let dir: TempDir;
let server: ModelServer;
let daemon: TestDaemon;

beforeAll(async () => {
  server = await startModelServer({ answer: describingModel, key: KEY });
  dir = await tempDir();
  const config = join(dir.path, 'config.jsonc');
  // A call that hangs is given up soon, so that the next one finds the endpoint well.
  await writeFile(config, JSON.stringify({ models: { chat: { timeout_ms: 1_000 }, rerank: 'chat' } }));
  daemon = await startTestDaemon({
    env: {
      VIKINGFS_CONFIG: config,
      VIKINGFS_CHAT_URL: server.url,
      VIKINGFS_CHAT_MODEL: 'small',
      VIKINGFS_CHAT_KEY: KEY,
      VIKINGFS_EMBEDDING_URL: server.url,
      VIKINGFS_EMBEDDING_MODEL: 'vectors',
      VIKINGFS_EMBEDDING_KEY: 'sk-another-key-that-is-wrong',
    },
  });
});
afterAll(async () => {
  await daemon?.close();
  await server?.close();
  await dir?.remove();
});

const ov = (...args: string[]) => runCli(args, { env: daemon.env });

/** Programs start slowly on a loaded machine, and these are many. */
describe('with a model endpoint', { timeout: 180_000 }, () => {
  it('overview --wait answers in its words, by the command line and by HTTP; without it at once', async () => {
    await server.fault('hang-headers');
    await ov('write', `${DOCS}/guide.md`, '# Guide\n\nHow to steer a boat.\n', '-p');
    const now = await ov('overview', DOCS);
    expect(now).toMatchObject({ code: 0, stdout: expect.stringContaining('How to steer a boat') as string });
    const late = await ov('overview', DOCS, '--wait', '--timeout', '0.3');
    expect(late.code).toBe(9);
    expect(late.stderr).toMatch(/model has not described/);
    const path = `/api/v1/content/overview?uri=${encodeURIComponent(DOCS)}&wait=true&timeout=0.3`;
    expect((await rawRequest(daemon.socketPath, { path })).status).toBe(504);
    await server.fault(undefined);
    const then = await ov('overview', DOCS, '--wait', '--timeout', '60', '--json');
    expect(then.code).toBe(0);
    expect(then.json().result).toContain('A modelled abstract of');
    const whole = await rawRequest(daemon.socketPath, { path: path.replace('0.3', '60') });
    expect(whole.status).toBe(200);
    expect(whole.text).toContain('Modelled guide');
    const file = await ov('abstract', `${DOCS}/guide.md`, '--wait');
    expect(file.stdout).toContain('Modelled words on guide.md');
  });

  it('doctor and models tell which endpoint answers and what is wrong with the other, without any key', async () => {
    const doctor = await ov('doctor');
    expect(doctor.stdout).toMatch(/ok +chat model: small at http:\/\/127\.0\.0\.1:\d+\/v1 answers/);
    expect(doctor.stdout).toMatch(/warn +embedding model: vectors at .*(?:401|key)/);
    expect(doctor.stdout).toContain('Check models.embedding');
    expect(doctor.code).toBe(0);
    const models = await ov('models', '--json');
    const { endpoints, budget } = models.json().result as {
      endpoints: { kind: string; state: string }[];
      budget: { limit_tokens: number | null; used_tokens: number };
    };
    expect(endpoints).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ kind: 'chat', state: 'ok' }),
        expect.objectContaining({ kind: 'embedding', state: 'paused' }),
      ]),
    );
    expect(budget.used_tokens).toBeGreaterThan(0);
    expect(doctor.stdout + models.stdout + (await ov('models')).stdout + daemon.log()).not.toMatch(
      /sk-loopback|sk-another/,
    );
  });

  it('an answer the model does not reorder keeps its order, and models and metrics count it', async () => {
    await ov('write', `${DOCS}/sail.md`, '# Sail\n\nHow to steer with a sail.\n', '-p');
    await ov('wait');
    // What this model says is no judgement.
    const found = await ov('find', 'how to steer', '--explain');
    expect(found).toMatchObject({ code: 0, stdout: expect.stringContaining('guide.md') as string });
    expect(found.stdout).toContain('not reranked: chat model small');
    expect((await ov('models')).stdout).toMatch(/rerank: small, the chat model, 0 answers reordered, 1 kept/);
    const metrics = await rawRequest(daemon.socketPath, { path: '/metrics' });
    expect(metrics.text).toContain('vikingfs_reranked_answers_total{outcome="fallback"} 1\n');
    expect((await ov('status')).stdout).toContain('rerank small');
  });

  it('doctor says so when no endpoint is there', async () => {
    await server.fault('refused');
    const doctor = await ov('doctor');
    expect(doctor.stdout).toMatch(/warn +chat model: small at /);
    expect(doctor.stdout).not.toMatch(/ok +chat model/);
    const read = await ov('overview', DOCS);
    expect(read.stdout).toContain('guide.md');
  });
});

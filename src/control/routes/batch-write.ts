import type { z } from 'zod';
import type { BatchWriteResult } from '../../api/results.ts';
import { BATCH_LIMITS, batchWriteBody } from '../../api/schemas/index.ts';
import { withDeadline } from '../../base/deadline.ts';
import { type BatchedWrite, type Core, writeAll } from '../../core/index.ts';
import { VikingError } from '../../errors/index.ts';
import type { Principal } from '../../tenancy/index.ts';
import type { VikingUri } from '../../uri/index.ts';
import type { Handler } from '../ask.ts';
import { writtenUri } from '../written-uri.ts';

type Operation = z.infer<typeof batchWriteBody>['operations'][number];

/** `POST /api/v1/content/batch-write`: everything is checked before the first write, and all is written or nothing. */
export function batchWriteRoutes(core: Core) {
  return {
    async batchWrite({ principal, body }) {
      const b = await body(batchWriteBody);
      const root = core.files.parseUri(principal, b.root_uri);
      const planned = plan(core, principal, root, b.operations);
      await checkTargets(core, principal, planned);
      const results = await writeAll(core.files, principal, planned);
      if (b.wait) {
        const timeoutMs = b.timeout === undefined ? undefined : b.timeout * 1_000;
        const work = core.system.wait(principal, timeoutMs);
        await (timeoutMs === undefined ? work : withDeadline(work, timeoutMs, `writing below ${root}`));
      }
      return {
        root_uri: String(root),
        results: b.wait
          ? results.map((result) => ({ ...result, vector_status: 'complete', semantic_status: 'complete' }))
          : results,
        written: results.length,
        written_bytes: results.reduce((sum, result) => sum + result.written_bytes, 0),
      } satisfies BatchWriteResult;
    },
  } satisfies Record<string, Handler>;
}

function plan(
  core: Core,
  principal: Principal,
  root: VikingUri,
  operations: readonly Operation[],
): BatchedWrite[] {
  const seen = new Set<string>();
  let totalBytes = 0;
  return operations.map((operation, index) => {
    const where = `operations.${index}`;
    const uri = writtenUri(core, principal, operation.uri);
    const prefix = `${root}/`;
    if (!`${uri}`.startsWith(prefix)) throw invalid(`${where}: ${uri} is not below ${root}`);
    if (seen.has(String(uri))) throw invalid(`${where}: ${uri} comes twice`);
    seen.add(String(uri));
    if (operation.mode === 'append' && uri.contextType === 'memory')
      throw invalid(`${where}: nothing can be appended to memories`);
    const data =
      operation.content === undefined
        ? Buffer.from(operation.content_base64 ?? '', 'base64')
        : Buffer.from(operation.content);
    totalBytes += data.length;
    if (data.length > BATCH_LIMITS.fileBytes || totalBytes > BATCH_LIMITS.totalBytes) {
      throw new VikingError(
        'TOO_LARGE',
        `${where}: a file has at most ${BATCH_LIMITS.fileBytes} bytes, a batch ${BATCH_LIMITS.totalBytes}`,
      );
    }
    return { uri, data, mode: operation.mode === 'upsert' ? 'replace' : operation.mode };
  });
}

/** @throws NOT_FOUND, ALREADY_EXISTS, IS_DIRECTORY: what a write in the middle would be refused for */
async function checkTargets(
  core: Core,
  principal: Principal,
  planned: readonly BatchedWrite[],
): Promise<void> {
  for (const { uri, mode } of planned) {
    const found = await core.files.stat(principal, uri).catch((error: unknown) => {
      if (error instanceof VikingError && error.code === 'NOT_FOUND') return undefined;
      throw error;
    });
    if (found?.isDir === true) throw new VikingError('IS_DIRECTORY', `${uri}: a directory is there`);
    if (mode === 'create' && found !== undefined) throw new VikingError('ALREADY_EXISTS', `${uri}: exists`);
    if (mode === 'append' && found === undefined) throw new VikingError('NOT_FOUND', `${uri}: no such entry`);
  }
}

function invalid(message: string): VikingError {
  return new VikingError('INVALID_ARGUMENT', message);
}

import { constants } from 'node:os';
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import type { DurableWaiter } from '../../base/durable-waiter.ts';
import { errnoOf, VikingError } from '../../errors/index.ts';
import type { DriverOptions, DriverSession } from '../driver.ts';
import type { Call, Mail, NativeChange, NativeSession } from './binding.ts';
import { createDurableWrites } from './durable-writes.ts';
import { createHeldHandles } from './held-handles.ts';
import { opName } from './protocol.ts';
import { createRequests } from './requests.ts';

/** How long files that are open at an unmount may finish. */
const GRACE_MS = 2_000;

/** Failures that are ordinary answers to a question. */
const EXPECTED: ReadonlySet<number> = new Set([constants.errno.ENOENT, constants.errno.ENODATA]);

/** Runs a native session over a vfs: answers its calls, tells the vfs of changes, ends with the mount. */
export async function createSession(
  options: DriverOptions,
  create: (onMail: (mail: Mail) => void) => NativeSession,
  reserved: readonly string[],
): Promise<DriverSession> {
  const { vfs, log, mountpoint } = options;
  const handles = createHeldHandles(vfs, (op, path, error) => report(op, path, error));
  const perform = createRequests(vfs, handles);
  const pending = new Map<number, Call>();
  let failures = 0;
  let end!: () => void;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  let unmounting: Promise<void> | undefined;

  /** Writes whose callers were answered before we heard of it. */
  let heard = 0;
  const native = create((mail) => {
    for (const one of mail.written ?? []) writes.end(one);
    heard += mail.written?.length ?? 0;
    // A caller that has its answer already may have asked again: of what we have yet to note.
    if (mail.written !== undefined && mail.calls.length > 0) setImmediate(take, mail);
    else take(mail);
  });
  const writes = createDurableWrites(native);

  function take(mail: Mail): void {
    for (const { slot, errno } of mail.abandoned) abandon(slot, errno);
    for (const call of mail.calls) void serve(call);
    for (const { node, path } of mail.listed) sayListed(node, path);
    if (mail.changes.length > 0) tellChanges(mail.changes);
    // Ended by another hand (umount in a shell, an abort): what is left is to join the threads.
    if (mail.ended)
      void unmount().catch((error: unknown) => log.error({ error: String(error) }, 'kernel session'));
  }

  async function serve(call: Call): Promise<void> {
    pending.set(call.slot, call);
    let isTold = false;
    /** Of a write: all its bytes are durable, so its caller goes on while we see to the rest. */
    const waiter: DurableWaiter = {
      write(fd, bytes) {
        // Several callers share one write, which is no one's.
        if (pending.size > 1) return undefined;
        const writing = writes.begin({ slot: call.slot, fd, bytes, answer: call.size });
        return writing?.then((written) => {
          isTold = written === bytes.length;
          return written;
        });
      },
      isTold: () => isTold,
      told() {
        if (isTold) return;
        isTold = true;
        native.answer(call.slot, 0, call.size);
      },
    };
    try {
      const { payload, answered } = await perform(call, waiter);
      if (isTold) return;
      const node = native.answer(call.slot, 0, payload);
      answered?.(node);
    } catch (error) {
      failures += 1;
      const errno = errnoOf(error);
      if (!isTold) native.answer(call.slot, errno || constants.errno.EIO);
      if (!EXPECTED.has(errno)) report(opName(call.opcode), call.path, error, call.pid);
    } finally {
      pending.delete(call.slot);
    }
  }

  function abandon(slot: number, errno: number): void {
    const call = pending.get(slot);
    if (call === undefined) return;
    handles.abandon(call);
    if (errno !== constants.errno.ETIMEDOUT) return;
    const text = `${call.path}: no answer within ${options.operationTimeoutMs} ms`;
    report(opName(call.opcode), call.path, new VikingError('DEADLINE_EXCEEDED', text), call.pid);
  }

  function report(op: string, path: string, error: unknown, pid?: number): void {
    try {
      options.onError(op, path, error, pid);
    } catch (reportError) {
      log.error({ error: String(reportError) }, 'an error could not be recorded');
    }
  }

  /** Which sidecars a listing of a directory shows. */
  function sayListed(node: number, path: string): void {
    let mask = 0;
    try {
      for (const name of vfs.layers(path)) mask |= 1 << reserved.indexOf(name);
    } catch (error) {
      log.debug({ path, error: String(error) }, 'listing without layers');
    }
    native.setListed(node, mask);
  }

  function tellChanges(changes: readonly NativeChange[]): void {
    for (const { kind, path, to } of changes) {
      if (to !== undefined) vfs.changed(path, { to });
      else vfs.changed(path, { gone: kind === 'removed' || kind === 'rescan' });
    }
  }

  function hear(): Promise<void> | undefined {
    const before = heard;
    native.takeMail?.();
    // What is noted of a write waits for promises only: a turn later all of it is.
    return heard === before ? undefined : nextTurn();
  }

  async function unmount(): Promise<void> {
    unmounting ??= stop().catch((error: unknown) => {
      unmounting = undefined;
      throw error;
    });
    return unmounting;
  }

  async function stop(): Promise<void> {
    try {
      await native.unmount(GRACE_MS);
    } catch (error) {
      throw new VikingError('CONFLICT', `${mountpoint}: cannot be unmounted: ${(error as Error).message}`, {
        hint: `Close what uses it (fuser -vm ${mountpoint}), then: ov umount ${mountpoint}.`,
        cause: error,
      });
    }
    process.off('exit', onExit);
    // An open that never ends must not keep the mount's end back.
    const late = new AbortController();
    await Promise.race([
      handles.close(),
      delay(GRACE_MS, undefined, { signal: late.signal }).catch(() => undefined),
    ]);
    late.abort();
    end();
  }

  const onExit = (): void => native.abort();
  native.enableChanges();
  await native.mount();
  process.on('exit', onExit);
  return {
    mountpoint,
    invalidate: (path) => native.invalidate(path),
    stale: (path) => native.stale(path),
    hear,
    unmount,
    ended,
    stats: () => ({ ...native.stats(), heldHandles: handles.size, openHandles: vfs.openHandles, failures }),
  };
}

import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { VikingError } from '../../errors/index.ts';
import { isStagingName, MAGIC_NAMES } from '../../uri/index.ts';
import type { DriverOptions, DriverSession, MountDriver } from '../driver.ts';
import {
  type Binding,
  loadBinding,
  type NativeOptions,
  type NativeSession,
  WATCHDOG_PROGRAM,
} from './binding.ts';
import { type Frame, readFrame } from './frame.ts';
import { createSession } from './session.ts';

/** What this driver can do beyond the contract; all of it has defaults. */
export interface KernelOptions {
  /** Threads that serve requests. Default 4. */
  readonly workers?: number;
  /** How long a thread looks for the next request before it sleeps, in microseconds. Default 50. */
  readonly spinUs?: number;
  /** Requests that may wait for JavaScript at once; one more gets EAGAIN. Default 4096. */
  readonly maxCalls?: number;
  /** With passthrough: files of at least this size are passed through. Default 1 MiB. */
  readonly passthroughBytes?: number;
  /** The kernel ends the connection when a request stays unanswered this long. Default 120. */
  readonly watchdogSeconds?: number;
  /** A process of its own ends the connection when this one is stopped while somebody waits. Default true. */
  readonly watchdog?: boolean;
  /** How much longer than an operation may take it waits for a sign of life. Default 5000. */
  readonly watchdogGraceMs?: number;
  /** Watch content for changes made behind the mount. Default true. */
  readonly watch?: boolean;
  /** Use fusermount3 even as root. Default false. */
  readonly helper?: boolean;
}

const STAGING = { prefix: '.vikingfs-', suffix: '.tmp' };
const XATTR_PREFIX = 'user.viking.';

/** Our own driver: content is served by native threads, JavaScript answers what has a meaning. Linux only. */
export const kernelDriver: MountDriver = createKernelDriver();

export function createKernelDriver(settings: KernelOptions = {}, load = loadBinding): MountDriver {
  return {
    name: 'kernel',
    unavailable: () => unavailable(load),
    mount: (options) => mount(options, settings),
  };
}

async function unavailable(load: () => Binding): Promise<string | undefined> {
  if (process.platform !== 'linux') return `not supported on ${process.platform}`;
  try {
    load();
  } catch (error) {
    return `the native addon cannot be loaded; run: npm run build:native (${firstLine(error)})`;
  }
  if (!canAccess('/dev/fuse', constants.R_OK | constants.W_OK)) {
    return 'no access to /dev/fuse; load the fuse module, or give the container --device /dev/fuse';
  }
  if (process.geteuid?.() !== 0 && !hasHelper()) {
    return 'fusermount3 is not installed, and mounting without it needs root; install the package fuse3';
  }
  return undefined;
}

async function mount(options: DriverOptions, settings: KernelOptions): Promise<DriverSession> {
  const binding = loadBinding();
  const frame = await readFrame(options.vfs, options.readOnly);
  const listedXattrs = await xattrsOf(options, frame);
  const base = nativeOptions(options, settings, frame, listedXattrs);
  const asRoot = process.geteuid?.() === 0 && settings.helper !== true;
  try {
    return await start(binding, { ...base, privileged: asRoot }, options);
  } catch (error) {
    // Root without CAP_SYS_ADMIN (a container): the setuid helper may still be allowed to.
    if (!asRoot || !firstLine(error).includes('not permitted') || !hasHelper())
      throw mountFailed(options, error);
  }
  try {
    return await start(binding, { ...base, privileged: false }, options);
  } catch (error) {
    throw mountFailed(options, error);
  }
}

async function start(
  binding: Binding,
  native: NativeOptions,
  options: DriverOptions,
): Promise<DriverSession> {
  return createSession(
    options,
    (onMail): NativeSession => new binding.Session(native, onMail),
    native.reserved,
  );
}

function nativeOptions(
  options: DriverOptions,
  settings: KernelOptions,
  frame: Frame,
  listedXattrs: readonly string[],
): Omit<NativeOptions, 'privileged'> {
  const { helper: _helper, watchdog = true, ...tuning } = settings;
  return {
    ...tuning,
    allowOther: options.allowOther === true,
    passthrough: options.passthrough === true,
    mountpoint: options.mountpoint,
    source: options.source,
    readOnly: options.readOnly,
    reserved: [...MAGIC_NAMES],
    hiddenPrefix: isStagingName(`${STAGING.prefix}${STAGING.suffix}`) ? STAGING.prefix : '',
    hiddenSuffix: STAGING.suffix,
    xattrPrefix: XATTR_PREFIX,
    listedXattrs,
    grafts: frame.grafts,
    statics: frame.statics,
    asksListed: true,
    timeoutMs: options.operationTimeoutMs,
    ...(watchdog && canAccess(WATCHDOG_PROGRAM, constants.X_OK) ? { watchdogProgram: WATCHDOG_PROGRAM } : {}),
  };
}

/** Names every entry of content answers to, so that listing them needs no JavaScript. */
async function xattrsOf(options: DriverOptions, frame: Frame): Promise<readonly string[]> {
  const graft = frame.grafts[0];
  if (graft === undefined) return [];
  const names = await options.vfs.listxattr(graft.path).catch(() => []);
  return names.filter((name) => name.startsWith(XATTR_PREFIX));
}

function mountFailed(options: DriverOptions, error: unknown): VikingError {
  return new VikingError(
    'UNAVAILABLE',
    `${options.mountpoint}: the kernel driver cannot mount: ${firstLine(error)}`,
    {
      hint: 'See: ov doctor.',
      cause: error,
    },
  );
}

function hasHelper(): boolean {
  const directories = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/bin', '/bin'];
  return directories.some((directory) => canAccess(join(directory, 'fusermount3'), constants.X_OK));
}

function canAccess(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}

#!/usr/bin/env node
/** The daemon's entry: composes config, core, doors and mounts, and ends them in the right order. */
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { withDeadline } from '../base/deadline.ts';
import { createLogger, type Logger, writeStderr } from '../base/log.ts';
import { assertHomeUsable, type Config, loadConfig } from '../config/index.ts';
import { createAuthentication, createControlServer } from '../control/index.ts';
import { createCore, VERSION } from '../core/index.ts';
import { toVikingError } from '../errors/index.ts';
import { attributeCopier, cachedReader, giveMemoryBack, surviveTruncatedMaps } from '../mount/index.ts';
import { createWebdavDoor } from '../webdav/index.ts';
import { fsck } from './fsck.ts';
import { createMounts } from './mounts.ts';
import { notifySystemd } from './notify.ts';
import { createPeerUid } from './peer-uid.ts';

/** Longest an orderly end may take before the process goes anyway. */
const SHUTDOWN_MS = 20_000;

const { values: flags } = parseArgs({
  options: {
    fsck: { type: 'boolean', default: false },
    repair: { type: 'boolean', default: false },
  },
});

try {
  const config = loadConfig({ env: process.env });
  assertHomeUsable(config.home);
  if (flags.fsck) await runFsck(config, flags.repair);
  else await run(config);
} catch (error) {
  const failure = toVikingError(error);
  writeStderr(`vikingfs: ${failure.message}\n`);
  if (failure.hint !== undefined) writeStderr(`hint: ${failure.hint}\n`);
  process.exit(failure.exitCode);
}

async function runFsck(config: Config, repair: boolean): Promise<void> {
  const report = await fsck(config, repair);
  process.stdout.write(`${JSON.stringify(report)}\n`);
  process.exitCode = report.ok ? 0 : 11;
}

async function run(config: Config): Promise<void> {
  // Before threads that allocate.
  giveMemoryBack();
  // Before anything opens a store, whose files are mapped.
  surviveTruncatedMaps();
  const log = createLogger(config.logLevel);
  for (const warning of config.warnings) log.warn({}, warning);
  let listMounts: () => ReturnType<ReturnType<typeof createMounts>['list']> = () => [];
  const core = await createCore({
    home: config.home,
    contentDir: config.contentDir,
    recordsDir: config.recordsDir,
    indexDir: config.indexDir,
    stagingDir: config.stagingDir,
    account: config.account,
    user: config.user,
    timeZone: config.timeZone,
    logLevel: config.logLevel,
    models: config.models,
    privateSources: config.privateSources,
    ...(config.configFile === undefined
      ? {}
      : { memoryTemplatesDir: join(dirname(config.configFile), 'memory-templates') }),
    log,
    readCached: cachedReader(),
    copyAttributes: attributeCopier(),
    mounts: () => listMounts(),
  });
  const mounts = createMounts(core, config, log);
  listMounts = mounts.list;
  const authenticate = createAuthentication({
    tenancy: core.tenancy,
    mode: config.authMode,
    rootKey: config.rootKey,
    owner: { account: config.account, user: config.user },
    prepare: core.prepare,
    peerUid: createPeerUid(log),
  });
  const control = createControlServer({
    core,
    mounts,
    socketPath: config.socketPath,
    uploadDir: config.stagingDir,
    log,
    version: VERSION,
    authMode: config.authMode,
    ...(config.http === undefined ? {} : { tcp: { ...config.http, keyed: config.rootKey !== undefined } }),
    // Every request of every door passes here, before anything is looked up for it.
    async resolvePrincipal(approach) {
      await mounts.hear();
      return authenticate(approach);
    },
    doors: [createWebdavDoor(core.files, log)],
    onStop: () => void stop('stop request', 0),
  });

  let stopping = false;
  async function stop(cause: string, exitCode: number): Promise<void> {
    if (stopping) return;
    stopping = true;
    log.info({ cause }, 'stopping');
    notifySystemd('STOPPING=1', log);
    process.exitCode = exitCode;
    try {
      await withDeadline(shutDown(), SHUTDOWN_MS, 'an orderly end');
    } catch (error) {
      log.error({ error: String(error) }, 'the end was not orderly');
      process.exit(exitCode || 1);
    }
    process.exit(exitCode);
  }

  /** Doors first, so that nothing new comes in; then what they stood on. */
  async function shutDown(): Promise<void> {
    await mounts.closeAll();
    await control.close();
    await core.close();
  }

  handleSignals(log, stop);
  try {
    await control.listen();
  } catch (error) {
    await core.close();
    throw error;
  }
  const { tcpAddress } = control;
  if (tcpAddress !== undefined) log.info({ ...tcpAddress, mode: config.authMode }, 'listening on TCP');
  log.info({ socket: config.socketPath, home: config.home, pid: process.pid, version: VERSION }, 'ready');
  notifySystemd('READY=1', log);
}

function handleSignals(log: Logger, stop: (cause: string, exitCode: number) => Promise<void>): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop(signal, 0));
  // The terminal that started us may close; the mount must not go with it.
  process.on('SIGHUP', () => log.info({}, 'SIGHUP ignored'));
  process.on('unhandledRejection', (reason) => {
    log.error({ error: reason instanceof Error ? reason.stack : String(reason) }, 'unhandled rejection');
  });
  process.on('uncaughtException', (error) => {
    log.error({ error: error.stack }, 'uncaught exception');
    void stop('uncaught exception', 1);
  });
}

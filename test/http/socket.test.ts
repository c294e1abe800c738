import { chmodSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createClient } from '../../src/client/index.ts';
import type { ControlServer } from '../../src/control/index.ts';
import { controlServer } from '../helpers/control.ts';
import { type TempDir, tempDir } from '../helpers/temp-dir.ts';

let dir: TempDir;
let server: ControlServer | undefined;

beforeEach(async () => {
  dir = await tempDir();
});
afterEach(async () => {
  await server?.close();
  server = undefined;
  await dir.remove();
});

function mode(path: string): number {
  return statSync(path).mode & 0o777;
}

/** A socket file whose owner has died: what `kill -9` of a daemon leaves behind. */
async function staleSocket(path: string): Promise<void> {
  const { execFileSync } = await import('node:child_process');
  mkdirSync(join(path, '..'), { recursive: true });
  const program = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
  try {
    execFileSync(process.execPath, ['-e', program], { stdio: 'ignore' });
  } catch {
    // It was killed, as told.
  }
  expect(statSync(path).isSocket()).toBe(true);
}

describe('the control socket', () => {
  it('is private, in a private directory, whatever the umask', async () => {
    const before = process.umask(0);
    try {
      server = controlServer(dir.path);
      await server.listen();
      expect(process.umask()).toBe(0);
    } finally {
      process.umask(before);
    }
    expect(mode(server.socketPath)).toBe(0o600);
    expect(mode(join(dir.path, 'run'))).toBe(0o700);
  });

  it('closes the doors of a run directory that was open', async () => {
    mkdirSync(join(dir.path, 'run'));
    chmodSync(join(dir.path, 'run'), 0o777);
    server = controlServer(dir.path);
    await server.listen();
    expect(mode(join(dir.path, 'run'))).toBe(0o700);
  });

  it('refuses a directory of another name that others may write to, and leaves its mode alone', async () => {
    mkdirSync(join(dir.path, 'shared'));
    chmodSync(join(dir.path, 'shared'), 0o777);
    const refused = controlServer(dir.path, { socketPath: join(dir.path, 'shared', 'c.sock') });
    await expect(refused.listen()).rejects.toMatchObject({ code: 'PERMISSION_DENIED' });
    expect(mode(join(dir.path, 'shared'))).toBe(0o777);
  });

  it('replaces the socket of a daemon that was killed', async () => {
    server = controlServer(dir.path);
    await staleSocket(server.socketPath);
    await server.listen();
    expect((await createClient({ socketPath: server.socketPath }).health()).healthy).toBe(true);
  });

  it('does not take the socket of a daemon that answers', async () => {
    server = controlServer(dir.path);
    await server.listen();
    const second = controlServer(dir.path);
    await expect(second.listen()).rejects.toMatchObject({
      code: 'CONFLICT',
      hint: expect.stringContaining('ov stop'),
    });
    expect((await createClient({ socketPath: server.socketPath }).health()).healthy).toBe(true);
  });

  it('does not take the socket of a process that accepts and says nothing', async () => {
    mkdirSync(join(dir.path, 'run'));
    const path = join(dir.path, 'run', 'control.sock');
    const silent: Server = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(path, resolve));
    try {
      await expect(controlServer(dir.path).listen()).rejects.toMatchObject({ code: 'CONFLICT' });
    } finally {
      await new Promise((resolve) => silent.close(resolve));
    }
  });

  it.each(['file', 'symlink'])('does not remove a %s that has its name', async (kind) => {
    mkdirSync(join(dir.path, 'run'));
    const path = join(dir.path, 'run', 'control.sock');
    const precious = join(dir.path, 'precious');
    writeFileSync(precious, 'x');
    if (kind === 'file') writeFileSync(path, 'x');
    else symlinkSync(precious, path);
    await expect(controlServer(dir.path).listen()).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(statSync(path).size).toBe(1);
  });

  it('is gone after close', async () => {
    const own = controlServer(dir.path);
    await own.listen();
    await own.close();
    await own.close();
    expect(() => statSync(own.socketPath)).toThrow();
    await expect(createClient({ socketPath: own.socketPath }).health()).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining(own.socketPath),
      hint: 'start it with: ov mount DIR, or: ov daemon',
    });
  });
});

describe('the client', () => {
  it('keeps trying while the daemon starts, when asked to', async () => {
    const own = controlServer(dir.path);
    server = own;
    const patient = createClient({ socketPath: own.socketPath, connectRetryMs: 10_000 }).health();
    await expect(createClient({ socketPath: own.socketPath }).health()).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
    await own.listen();
    expect((await patient).healthy).toBe(true);
  });

  it('says so when something else listens there', async () => {
    mkdirSync(join(dir.path, 'run'));
    const path = join(dir.path, 'run', 'other.sock');
    const other = createServer((socket) => {
      socket.on('error', () => undefined).resume();
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello');
    });
    await new Promise<void>((resolve) => other.listen(path, resolve));
    try {
      await expect(createClient({ socketPath: path }).mounts()).rejects.toMatchObject({
        code: 'UNAVAILABLE',
        hint: expect.stringContaining('VIKINGFS_SOCKET'),
      });
    } finally {
      await new Promise((resolve) => other.close(resolve));
    }
  });

  it('says after ten seconds that a daemon which takes connections does not answer', async () => {
    const socketPath = join(dir.path, 'silent.sock');
    const server = createServer(() => undefined);
    await new Promise<void>((resolve) => server.listen(socketPath, resolve));
    try {
      await expect(createClient({ socketPath }).status()).rejects.toMatchObject({
        code: 'DEADLINE_EXCEEDED',
        message: expect.stringContaining(socketPath),
        hint: expect.stringContaining('ov doctor'),
      });
    } finally {
      server.close();
    }
  }, 30_000);

  it('does not wait for ever', async () => {
    const path = join(dir.path, 'mute.sock');
    // What it is told it reads: an unread request would keep the connection half open.
    const mute = createServer((socket) => void socket.on('error', () => undefined).resume());
    await new Promise<void>((resolve) => mute.listen(path, resolve));
    try {
      await expect(createClient({ socketPath: path, timeoutMs: 50 }).mounts()).rejects.toMatchObject({
        code: 'DEADLINE_EXCEEDED',
      });
    } finally {
      await new Promise((resolve) => mute.close(resolve));
    }
  });
});

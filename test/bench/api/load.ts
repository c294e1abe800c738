/**
 * The load generator, a process of its own: raw keep-alive connections, no HTTP library. Arguments: socket path, request
 * target, requests per second (0: as fast as answers come), seconds, seconds before that whose answers are not counted,
 * connections. Prints one JSON line.
 */
import { connect, type Socket } from 'node:net';

const [socketPath = '', target = '', rateText = '0', secondsText = '5', warmText = '1', widthText = '8'] =
  process.argv.slice(2);
const rate = Number(rateText);
const request = Buffer.from(`GET ${target} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
const HEAD_END = Buffer.from('\r\n\r\n');
const latenciesMs: number[] = [];
const lateMs: number[] = [];
let failures = 0;
let fromMs = 0;
let endMs = 0;

interface Connection {
  /** Sends the next request; `dueMs` is when it should have been. */
  send(dueMs: number): void;
  end(): void;
}

/** One connection, one request at a time; one that the server ends between two requests is opened again. */
function open(answered: (connection: Connection) => void): Promise<Connection> {
  return new Promise((resolve, reject) => {
    let socket: Socket;
    let dueMs = 0;
    let missing = -1;
    /** Whether a request is under way: then the server may not hang up. */
    let asked = false;
    const write = (): void => {
      if (socket.writable) socket.write(request);
      else connectAnd(write);
    };
    const connection: Connection = {
      send(due) {
        dueMs = due;
        asked = true;
        write();
      },
      end: () => void socket.destroy(),
    };
    const take = (piece: Buffer): void => {
      missing = missing < 0 ? bodyMissing(piece) : missing - piece.length;
      if (missing > 0) return;
      missing = -1;
      asked = false;
      if (dueMs >= fromMs) latenciesMs.push(performance.now() - dueMs);
      answered(connection);
    };
    // One buffer for all answers of a connection: garbage of our own would be measured as latency of the server.
    const buffer = Buffer.allocUnsafe(64 * 1024);
    const connectAnd = (connected: () => void): void => {
      const onread = {
        buffer,
        callback(size: number) {
          take(buffer.subarray(0, size));
          return true;
        },
      };
      socket = connect({ path: socketPath, onread });
      socket.on('error', (error) => {
        if (asked) failures += 1;
        else if (latenciesMs.length === 0) reject(error);
      });
      // Hung up on a request that had begun to be idle's last moment: asked again, its latency still counts.
      socket.once('close', () => asked && performance.now() < endMs && connectAnd(write));
      socket.once('connect', connected);
    };
    connectAnd(() => resolve(connection));
  });
}

/** Bytes still to come after the first piece of an answer; our heads are small and come in one piece. */
function bodyMissing(piece: Buffer): number {
  const head = piece.indexOf(HEAD_END);
  const text = piece.toString('latin1', 0, head);
  if (!text.startsWith('HTTP/1.1 200')) failures += 1;
  const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? Number.NaN);
  if (head < 0 || Number.isNaN(length)) throw new Error(`not understood: ${text}`);
  return length - (piece.length - head - HEAD_END.length);
}

/**
 * Asks `rate` times a second, whatever the server does: what is due while no connection is free, or while we ourselves
 * do not get the processor, is late, and its latency counts from when it was due. What is due within a millisecond is
 * due at its end, when the timer wakes us.
 */
function pace(idle: Connection[]): Promise<void> {
  const startMs = performance.now();
  let sent = 0;
  let wakeMs = startMs;
  return new Promise((resolve) => {
    const tick = (): void => {
      const nowMs = performance.now();
      if (nowMs >= fromMs) lateMs.push(nowMs - wakeMs);
      while (idle.length > 0) {
        const dueMs = startMs + Math.ceil(((sent + 1) * 1_000) / rate);
        if (dueMs > nowMs) break;
        if (dueMs >= endMs) {
          resolve();
          return;
        }
        sent += 1;
        idle.pop()!.send(dueMs);
      }
      if (nowMs > endMs + 10_000) resolve();
      else setTimeout(tick, 1);
      wakeMs = performance.now() + 1;
    };
    tick();
  });
}

const idle: Connection[] = [];
const back = (connection: Connection): void => {
  if (rate > 0) idle.push(connection);
  else if (performance.now() < endMs) connection.send(performance.now());
  else idle.push(connection);
};
const width = Number(widthText);
const connections = await Promise.all(Array.from({ length: width }, () => open(back)));
fromMs = performance.now() + Number(warmText) * 1_000;
endMs = fromMs + Number(secondsText) * 1_000;
if (rate > 0) {
  idle.push(...connections);
  await pace(idle);
} else for (const connection of connections) connection.send(performance.now());
// The last answers: as late as they come, they count.
for (const patienceMs = endMs + 10_000; idle.length < width && performance.now() < patienceMs; )
  await new Promise((resolve) => setTimeout(resolve, 10));
if (idle.length < width) failures += width - idle.length;
for (const connection of connections) connection.end();

const at = (all: number[], share: number): number => {
  all.sort((a, b) => a - b);
  return all[Math.min(all.length - 1, Math.floor(all.length * share))] ?? 0;
};
process.stdout.write(
  `${JSON.stringify({
    requests: latenciesMs.length,
    perSecond: latenciesMs.length / Number(secondsText),
    p50Ms: at(latenciesMs, 0.5),
    p99Ms: at(latenciesMs, 0.99),
    maxMs: at(latenciesMs, 1),
    lateP99Ms: at(lateMs, 0.99),
    failures,
  })}\n`,
);
process.exit(0);

/**
 * The load generator, a process of its own: raw keep-alive connections, no HTTP library. Arguments: socket path, request
 * target, requests per second (0: as fast as answers come), seconds, connections. Prints one JSON line.
 */
import { connect, type Socket } from 'node:net';

const [socketPath = '', target = '', rateText = '0', secondsText = '5', widthText = '8'] =
  process.argv.slice(2);
const rate = Number(rateText);
const endMs = performance.now() + Number(secondsText) * 1_000;
const width = Number(widthText);
const request = Buffer.from(`GET ${target} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
const latenciesMs: number[] = [];
let failures = 0;
let nextDueMs = performance.now();

/** When the next request is due. Latency counts from there, so that a server that stalls is not asked less. */
function take(): number {
  if (rate === 0) return performance.now();
  const due = nextDueMs;
  nextDueMs += 1_000 / rate;
  return due;
}

/** One connection's share of the load; a connection that the server ends between two requests is opened again. */
function run(): Promise<void> {
  return new Promise((resolve, reject) => {
    let socket: Socket;
    let dueMs = 0;
    let missing = -1;
    /** Whether a request is under way: then the server may not hang up. */
    let asked = false;
    const write = (): void => {
      asked = true;
      if (socket.writable) socket.write(request);
      else open(write);
    };
    const send = (): void => {
      dueMs = take();
      if (dueMs >= endMs) {
        socket.destroy();
        resolve();
        return;
      }
      const waitMs = dueMs - performance.now();
      if (waitMs > 1) setTimeout(write, waitMs);
      else write();
    };
    const answered = (piece: Buffer): void => {
      missing = missing < 0 ? bodyMissing(piece) : missing - piece.length;
      if (missing > 0) return;
      missing = -1;
      asked = false;
      latenciesMs.push(performance.now() - dueMs);
      send();
    };
    const open = (connected: () => void): void => {
      socket = connect(socketPath);
      socket.on('data', answered);
      socket.on('error', (error) => {
        if (asked) failures += 1;
        else if (latenciesMs.length === 0) reject(error);
      });
      socket.once('close', () => {
        // Hung up on a request that had begun to be idle's last moment: asked again, its latency still counts.
        if (asked && performance.now() < endMs) open(write);
        else if (asked) resolve();
      });
      socket.once('connect', connected);
    };
    open(send);
  });
}

/** Bytes still to come after the first piece of an answer; our heads are small and come in one piece. */
function bodyMissing(piece: Buffer): number {
  const head = piece.indexOf('\r\n\r\n');
  const text = piece.toString('latin1', 0, head);
  if (!text.startsWith('HTTP/1.1 200')) failures += 1;
  const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? Number.NaN);
  if (head < 0 || Number.isNaN(length)) throw new Error(`not understood: ${text}`);
  return length - (piece.length - head - 4);
}

const startedMs = performance.now();
await Promise.all(Array.from({ length: width }, () => run()));
const elapsedMs = performance.now() - startedMs;
latenciesMs.sort((a, b) => a - b);
const at = (share: number): number =>
  latenciesMs[Math.min(latenciesMs.length - 1, Math.floor(latenciesMs.length * share))] ?? 0;
process.stdout.write(
  `${JSON.stringify({
    requests: latenciesMs.length,
    perSecond: (latenciesMs.length / elapsedMs) * 1_000,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    maxMs: at(1),
    failures,
  })}\n`,
);

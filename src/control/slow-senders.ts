import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';

/** What a body that is still coming must bring at least: far below any line that a large upload makes sense on. */
const LEAST_BYTES_PER_SECOND = 4 * 1024;

/**
 * Cuts requests whose body does not get on: each `windowMs` must bring its share, for as long as the body takes. A bound
 * on the whole request, as Node has, would cut every large upload on a slow line.
 */
export function cutSlowSenders(
  server: Server,
  windowMs: number,
  cut: (error: NodeJS.ErrnoException, socket: Socket) => void,
): void {
  const leastBytes = (LEAST_BYTES_PER_SECOND * windowMs) / 1_000;
  server.on('request', (incoming: IncomingMessage, outgoing) => {
    if (incoming.complete) return;
    const { socket } = incoming;
    let seenBytes = socket.bytesRead;
    const timer = setInterval(() => {
      if (incoming.complete || socket.destroyed) {
        clearInterval(timer);
        // What waits unread waits for us, not for the sender.
      } else if (socket.bytesRead - seenBytes < leastBytes && incoming.readableLength === 0) {
        clearInterval(timer);
        cut(
          Object.assign(new Error('the body does not get on'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' }),
          socket,
        );
      }
      seenBytes = socket.bytesRead;
    }, windowMs);
    timer.unref();
    outgoing.once('close', () => clearInterval(timer));
  });
}

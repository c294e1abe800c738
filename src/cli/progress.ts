import cliProgress from 'cli-progress';

/** Work that ends sooner is not worth a line. */
const SHOW_AFTER_MS = 1_000;
const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 100;

export interface ProgressStream {
  readonly isTTY?: boolean;
  write(text: string): boolean;
}

/** `work` with a sign of life, and what it is about at the time, on standard error while it lasts, on a terminal only. */
export async function withProgress<T>(
  what: string | (() => string),
  work: Promise<T>,
  stream: ProgressStream & NodeJS.WritableStream = process.stderr,
): Promise<T> {
  if (stream.isTTY !== true) return work;
  const startedMs = Date.now();
  const bar = new cliProgress.SingleBar({
    stream,
    clearOnComplete: true,
    hideCursor: true,
    format: '{frame} {what} ({seconds} s)',
    forceRedraw: true,
  });
  let frame = 0;
  let shown = false;
  const timer = setInterval(() => {
    if (Date.now() - startedMs < SHOW_AFTER_MS) return;
    const payload = {
      what: typeof what === 'string' ? what : what(),
      frame: FRAMES[frame++ % FRAMES.length],
      seconds: Math.round((Date.now() - startedMs) / 1_000),
    };
    if (shown) bar.update(0, payload);
    else bar.start(1, 0, payload);
    shown = true;
  }, FRAME_MS);
  try {
    return await work;
  } finally {
    clearInterval(timer);
    if (shown) bar.stop();
  }
}

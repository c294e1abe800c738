import { VikingError } from '../errors/index.ts';

/** Longest block of part headers, and longest value of an ordinary field. */
const HEADERS_MAX_BYTES = 16 * 1024;
const FIELD_MAX_BYTES = 64 * 1024;
const PARTS_MAX = 64;

export interface PartHead {
  readonly name: string;
  /** Set for a file. */
  readonly filename: string | undefined;
}

/** Receives the bytes of a file part, in order. */
export type PartSink = (bytes: Buffer) => Promise<void>;

/**
 * Reads a `multipart/form-data` body (RFC 7578) as it arrives. Files go to the sink that `onFile` opens; ordinary
 * fields are returned.
 * @throws INVALID_ARGUMENT when the body is not what its content type says, or ends early
 */
export async function readMultipart(
  body: AsyncIterable<Buffer>,
  contentType: string | undefined,
  onFile: (head: PartHead) => Promise<PartSink>,
): Promise<Map<string, string>> {
  const delimiter = Buffer.from(`\r\n--${boundaryOf(contentType)}`);
  const reader = new DelimitedReader(body);
  const fields = new Map<string, string>();
  await reader.until(delimiter, async () => undefined);
  for (let parts = 0; ; parts++) {
    const mark = await reader.take(2);
    if (mark === '--') return fields;
    if (mark !== '\r\n') throw malformed('a boundary is followed by neither a part nor the end');
    if (parts === PARTS_MAX) throw malformed(`more than ${PARTS_MAX} parts`);
    const head = parseHead(await reader.text(Buffer.from('\r\n\r\n'), HEADERS_MAX_BYTES));
    if (head.filename === undefined) fields.set(head.name, await reader.text(delimiter, FIELD_MAX_BYTES));
    else await reader.until(delimiter, await onFile(head));
  }
}

class DelimitedReader {
  readonly #source: AsyncIterator<Buffer>;
  // The first boundary has no line end before it; this one lets it look like the others.
  #pending: Buffer = Buffer.from('\r\n');

  constructor(body: AsyncIterable<Buffer>) {
    this.#source = body[Symbol.asyncIterator]();
  }

  /** Hands everything before `delimiter` to `sink` and steps over it. */
  async until(delimiter: Buffer, sink: PartSink): Promise<void> {
    for (;;) {
      const at = this.#pending.indexOf(delimiter);
      if (at >= 0) {
        if (at > 0) await sink(this.#pending.subarray(0, at));
        this.#pending = this.#pending.subarray(at + delimiter.length);
        return;
      }
      // The delimiter may be cut in two by the end of what has arrived.
      const safe = Math.max(0, this.#pending.length - delimiter.length + 1);
      if (safe > 0) await sink(this.#pending.subarray(0, safe));
      this.#pending = this.#pending.subarray(safe);
      await this.#more();
    }
  }

  async text(delimiter: Buffer, maxBytes: number): Promise<string> {
    const pieces: Buffer[] = [];
    let size = 0;
    await this.until(delimiter, async (bytes) => {
      size += bytes.length;
      if (size > maxBytes) throw malformed(`a part's headers or field have more than ${maxBytes} bytes`);
      pieces.push(bytes);
    });
    return Buffer.concat(pieces).toString('utf8');
  }

  async take(length: number): Promise<string> {
    while (this.#pending.length < length) await this.#more();
    const taken = this.#pending.subarray(0, length).toString('latin1');
    this.#pending = this.#pending.subarray(length);
    return taken;
  }

  async #more(): Promise<void> {
    const next = await this.#source.next();
    if (next.done === true) throw malformed('the body ends in the middle of a part');
    this.#pending = Buffer.concat([this.#pending, next.value]);
  }
}

function boundaryOf(contentType: string | undefined): string {
  const match = /^multipart\/form-data\s*;.*?boundary=(?:"([^"]{1,70})"|([^\s;]{1,70}))/i.exec(
    contentType ?? '',
  );
  const boundary = match?.[1] ?? match?.[2];
  if (boundary === undefined) throw malformed('the content type is not multipart/form-data with a boundary');
  return boundary;
}

function parseHead(text: string): PartHead {
  const disposition = /^content-disposition:\s*form-data\s*;(.*)$/im.exec(text)?.[1];
  const name = parameter(disposition, 'name');
  if (name === undefined) throw malformed('a part has no name');
  return { name, filename: extended(disposition) ?? parameter(disposition, 'filename') };
}

/** `filename*=UTF-8''…` (RFC 5987), as some clients send names beyond ASCII. One that is malformed counts as not sent. */
function extended(disposition: string | undefined): string | undefined {
  const encoded = /(?:^|;)\s*filename\*=utf-8'[^']*'([^;\s]+)/i.exec(disposition ?? '')?.[1];
  if (encoded === undefined) return undefined;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
}

function parameter(disposition: string | undefined, key: string): string | undefined {
  const match = new RegExp(`(?:^|;)\\s*${key}="((?:[^"\\\\]|\\\\.)*)"`, 'i').exec(disposition ?? '');
  // Browsers write a quote in a name as %22 (WHATWG form encoding); others escape it with a backslash.
  return match?.[1]?.replaceAll('%22', '"').replace(/\\(["\\])/g, '$1');
}

function malformed(reason: string): VikingError {
  return new VikingError('INVALID_ARGUMENT', `multipart body: ${reason}`, {
    hint: 'Send one file in the field "file", as in: curl -F file=@docs.zip.',
  });
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VikingError } from '../../../src/errors/index.ts';
import { MESSAGE_MAX_BYTES, normaliseMessage } from '../../../src/sessions/message.ts';
import {
  encodeMessage,
  parseLines,
  parseMessages,
  readKeptLines,
} from '../../../src/sessions/message-lines.ts';
import { messageTokens } from '../../../src/sessions/message-tokens.ts';
import { ADA } from '../../helpers/session-home.ts';

const NOW = Date.parse('2026-02-03T04:05:06.000Z');
const CONTEXT = { principal: ADA, now: NOW };

function refusal(raw: unknown, context = CONTEXT): VikingError {
  try {
    normaliseMessage(raw, context);
  } catch (error) {
    expect(error).toBeInstanceOf(VikingError);
    return error as VikingError;
  }
  throw new Error('the message was accepted');
}

describe('a message', () => {
  it('gets an id, a time and one text part from content', () => {
    const message = normaliseMessage({ role: 'user', content: 'hi' }, CONTEXT);
    expect(message).toEqual({
      id: expect.stringMatching(/^msg_[0-9a-f]{24}$/) as string,
      role: 'user',
      parts: [{ type: 'text', text: 'hi' }],
      created_at: '2026-02-03T04:05:06.000Z',
    });
  });

  it('takes parts when both are given, and empty content as a message', () => {
    const both = normaliseMessage(
      { role: 'user', content: 'a', parts: [{ type: 'text', text: 'b' }] },
      CONTEXT,
    );
    expect(both.parts).toEqual([{ type: 'text', text: 'b' }]);
    expect(normaliseMessage({ role: 'assistant', content: '' }, CONTEXT).parts).toEqual([
      { type: 'text', text: '' },
    ]);
  });

  it('reads the older spellings of tool and image parts', () => {
    const { parts } = normaliseMessage(
      {
        role: 'assistant',
        parts: [
          {
            type: 'tool',
            tool_id: 't1',
            tool_name: 'sh',
            input: { cmd: 'ls' },
            output: { files: 2 },
            success: false,
          },
          { type: 'image_url', image_url: { url: 'https://x.test/a.png', detail: 'high' } },
          { type: 'image_url', image_url: 'viking://resources//a.png' },
          { type: 'context', uri: 'viking://user/memories/a.md', context_type: 'memory', abstract: null },
        ],
      },
      CONTEXT,
    );
    expect(parts).toEqual([
      {
        type: 'tool',
        tool_id: 't1',
        tool_name: 'sh',
        tool_input: { cmd: 'ls' },
        tool_output: '{"files":2}',
        tool_status: 'error',
      },
      { type: 'image', url: 'https://x.test/a.png', detail: 'high' },
      { type: 'image', url: 'viking://resources/a.png' },
      { type: 'context', uri: 'viking://user/ada/memories/a.md', context_type: 'memory' },
    ]);
  });

  it('keeps a part of a kind it does not know whole, as text', () => {
    const video = { type: 'video', url: 'https://x.test/a.mp4', seconds: 4 };
    const { parts } = normaliseMessage({ role: 'user', parts: [video] }, CONTEXT);
    expect(parts).toEqual([{ type: 'text', text: JSON.stringify(video) }]);
  });

  it('names what it refuses', () => {
    expect(refusal({ role: 'user', content: 'x', mood: 1, 'a b': 2 }).message).toContain('"mood", "a b"');
    expect(refusal({ role: 'user', content: 'x', id: 'msg_1' }).message).toContain('"id"');
    expect(refusal({ role: 'system', content: 'x' }).message).toContain('role');
    expect(refusal({ role: 'user' }).message).toContain('content');
    expect(refusal({ role: 'user', parts: [] }).message).toContain('parts');
    expect(refusal({ role: 'user', content: ['x'] }).message).toContain('content');
    expect(refusal('hello').message).toContain('object');
    expect(refusal([{ role: 'user', content: 'x' }]).message).toContain('object');
    expect(refusal({ role: 'user', parts: [{ text: 'x' }] }).message).toContain('parts[0]');
    expect(refusal({ role: 'user', parts: [{ type: 'text', text: 'x', colour: 1 }] }).message).toContain(
      '"colour"',
    );
    expect(
      refusal({ role: 'user', parts: [{ type: 'context', uri: 'viking://queue/x' }] }).message,
    ).toContain('internal');
    expect(refusal({ role: 'user', parts: [{ type: 'tool', tool_output: 'x' }] }).message).toContain(
      'tool_id',
    );
    expect(refusal(JSON.parse('{"role":"user","content":"x","__proto__":{"a":1}}')).message).toContain(
      '__proto__',
    );
    expect(refusal({ role: 'user', content: 'x', peer_id: '../x' }).message).toContain('peer_id');
  });

  it.each(['yesterday', '2026-13-01T00:00:00Z', '1700000000', '2026-01-01T25:00:00Z', ''])(
    'refuses the time %j',
    (created_at) => {
      expect(refusal({ role: 'user', content: 'x', created_at }).code).toBe('INVALID_ARGUMENT');
    },
  );

  it.each([
    ['2026-01-01T10:00:00+02:00', '2026-01-01T08:00:00.000Z'],
    ['2026-01-01T10:00:00.123456', '2026-01-01T10:00:00.123Z'],
    ['2026-01-01 10:00', '2026-01-01T10:00:00.000Z'],
    ['2026-01-01', '2026-01-01T00:00:00.000Z'],
  ])('keeps the time %s as %s', (created_at, kept) => {
    expect(normaliseMessage({ role: 'user', content: 'x', created_at }, CONTEXT).created_at).toBe(kept);
  });

  it('lets only those who speak for others name another author', () => {
    const message = { role: 'user', content: 'x', role_id: 'bob' };
    expect(refusal(message).code).toBe('PERMISSION_DENIED');
    expect(normaliseMessage({ ...message, role_id: 'ada' }, CONTEXT).role_id).toBe('ada');
    const admin = { ...CONTEXT, principal: { ...ADA, role: 'admin' as const } };
    expect(normaliseMessage(message, admin).role_id).toBe('bob');
  });

  it('counts the tokens of what a model reads', () => {
    const message = normaliseMessage(
      {
        role: 'user',
        parts: [
          { type: 'text', text: '你好' },
          { type: 'text', text: 'abcd' },
        ],
      },
      CONTEXT,
    );
    expect(messageTokens(message)).toBe(4);
    const image = {
      role: 'user',
      parts: [{ type: 'image', url: `data:image/png;base64,${'A'.repeat(4000)}` }],
    };
    expect(messageTokens(normaliseMessage(image, CONTEXT))).toBe(0);
  });
});

describe('lines of messages', () => {
  it('names the bad line, counting blank ones', () => {
    const bytes = Buffer.from('{"role":"user","content":"a"}\n\n{"role":"user"\n');
    expect(() => parseLines(bytes, CONTEXT)).toThrow(/^line 3: not JSON/);
    expect(() => parseMessages([{ role: 'user', content: 'a' }, { role: 'x' }], CONTEXT)).toThrow(
      /^message 2: /,
    );
  });

  it('takes a last line without newline, CRLF and a byte order mark', () => {
    const bytes = Buffer.from('\ufeff{"role":"user","content":"a"}\r\n  \r\n{"role":"user","content":"b"}');
    expect(parseLines(bytes, CONTEXT)).toHaveLength(2);
    expect(parseLines(Buffer.from('\n \n'), CONTEXT)).toEqual([]);
  });

  it('refuses bytes that are not UTF-8', () => {
    const bytes = Buffer.concat([
      Buffer.from('{"role":"user","content":"'),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('"}'),
    ]);
    expect(() => parseLines(bytes, CONTEXT)).toThrow(/line 1: not valid UTF-8/);
  });

  it('refuses a message of more than 8 MiB and a call of more than 64 MiB', () => {
    const big = Buffer.from(`{"role":"user","content":"${'x'.repeat(MESSAGE_MAX_BYTES)}"}`);
    expect(() => parseLines(big, CONTEXT)).toThrow(expect.objectContaining({ code: 'TOO_LARGE' }));
    expect(() => parseMessages([{ role: 'user', content: 'x'.repeat(MESSAGE_MAX_BYTES) }], CONTEXT)).toThrow(
      expect.objectContaining({ code: 'TOO_LARGE' }),
    );
    expect(() => parseLines(Buffer.alloc(100_000_000, 'x'), CONTEXT)).toThrow(
      /100000000 bytes: the limit is/,
    );
  });

  it('refuses nesting without end instead of ending the process', () => {
    const deep = `{"role":"user","parts":[{"type":"tool","tool_id":"t","tool_input":${'['.repeat(200_000)}${']'.repeat(200_000)}}]}`;
    expect(() => parseLines(Buffer.from(deep), CONTEXT).map(encodeMessage)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });

  it('come back as they were, whatever is said', async () => {
    const text = fc.string({ unit: 'binary', maxLength: 200 });
    const part = fc.oneof(
      fc.record({ type: fc.constant('text'), text }),
      fc.record({
        type: fc.constant('image'),
        url: fc.string({ minLength: 1 }).map((url) => `https://x/${url}`),
      }),
      fc.record({
        type: fc.constant('tool'),
        tool_id: fc.string({ minLength: 1, maxLength: 20 }),
        tool_input: fc.jsonValue(),
        tool_output: text,
      }),
    );
    const input = fc.record(
      {
        role: fc.constantFrom('user', 'assistant'),
        parts: fc.array(part, { minLength: 1, maxLength: 4 }),
        peer_id: fc.constantFrom('bob', 'a.b-c@d', null),
      },
      { requiredKeys: ['role', 'parts'] },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(input, { maxLength: 6 }), async (raw) => {
        const kept = parseMessages(raw, CONTEXT);
        const read = await readKeptLines(Buffer.concat(kept.map(encodeMessage)));
        expect(read.map((line) => line.message)).toEqual(JSON.parse(JSON.stringify(kept)));
      }),
      { numRuns: 200 },
    );
  });

  it('are either all taken or refused by name, whatever the bytes', () => {
    const line = fc.oneof(
      fc.constant('{"role":"user","content":"ok"}'),
      fc.constant('{"role":"user"'),
      fc.constant(''),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), (lines) => {
        try {
          const messages = parseLines(Buffer.from(lines.join('\n')), CONTEXT);
          expect(messages.length).toBeLessThanOrEqual(lines.length);
        } catch (error) {
          expect((error as VikingError).message).toMatch(/^line \d+: /);
        }
      }),
      { numRuns: 300 },
    );
  });
});

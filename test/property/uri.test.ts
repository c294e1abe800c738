import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isVikingError } from '../../src/errors/index.ts';
import { VikingUri } from '../../src/uri/index.ts';

const me = { user: 'ada' };
const segment = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  .filter(
    (text) =>
      !/[/\\\0{]/.test(text) && text !== '.' && text !== '..' && text.trim() === text && text.isWellFormed(),
  );

describe('VikingUri properties', () => {
  it('round-trips through text', () => {
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 6 }), (segments) => {
        const uri = VikingUri.resources(...segments);
        expect(VikingUri.parse(String(uri), me).segments).toEqual(uri.segments);
      }),
    );
  });

  it('never crashes and never leaves its scope, whatever the text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' })), (tail) => {
        try {
          const uri = VikingUri.parse(`viking://resources/${tail}`, me);
          expect(uri.scope).toBe('resources');
          expect(uri.segments).not.toContain('..');
          expect(uri.contentPath.startsWith('resources')).toBe(true);
        } catch (error) {
          expect(isVikingError(error)).toBe(true);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('join and parent undo each other', () => {
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 4 }), segment, (segments, name) => {
        const uri = VikingUri.resources(...segments);
        expect(uri.join(name).parent().equals(uri)).toBe(true);
        expect(uri.join(name).isWithin(uri)).toBe(true);
      }),
    );
  });
});

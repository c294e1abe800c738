import { describe, expect, it } from 'vitest';
import { HASH32_SEED, hash32, hash32Twice } from '../../../../src/base/text/hash32.ts';

describe('hash32', () => {
  it('gives by two seeds at once what it gives by each', () => {
    for (const text of ['', 'a', 'passage\nof some text', '使用 文件 é', 'x'.repeat(10_000)]) {
      expect(hash32Twice(text, [HASH32_SEED, 0x9747b28c])).toEqual([hash32(text), hash32(text, 0x9747b28c)]);
    }
    expect(hash32('a')).not.toBe(hash32('b'));
  });

  it('stays what it was: stored fingerprints are made of it', () => {
    expect(hash32('viking')).toBe(3526236005);
  });
});

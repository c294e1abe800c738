import { describe, expect, it } from 'vitest';
import { nearest } from '../../../src/config/index.ts';

describe('nearest', () => {
  it.each([
    ['mkdri', 'mkdir'],
    ['raed', 'read'],
    ['sesion', 'session'],
    ['OVERVIEW', 'overview'],
    ['sl', 'ls'],
  ])('%s is near %s', (word, expected) => {
    expect(nearest(word, ['ls', 'mkdir', 'read', 'session', 'overview'])).toBe(expected);
  });

  it('answers nothing when nothing is near', () => {
    expect(nearest('xylophone', ['ls', 'mkdir'])).toBeUndefined();
    expect(nearest('', [])).toBeUndefined();
  });
});

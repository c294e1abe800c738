import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  ERRORS,
  errnoNumber,
  errnoOf,
  isVikingError,
  toVikingError,
  VikingError,
} from '../../../src/errors/index.ts';

describe('errors', () => {
  it('documents every code with its errno, status and exit code, and no other', () => {
    const text = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8');
    const documented = [...text.matchAll(/^\| `(\w+)` \| (\w+) \| (\d+) \| (\d+) \|$/gm)].map((match) =>
      match.slice(1),
    );
    const table = Object.entries(ERRORS).map(([code, row]) => [
      code,
      row.errno,
      String(row.status),
      String(row.exit),
    ]);
    expect(documented).toEqual(table);
  });

  it('knows every errno of the table on this platform', () => {
    for (const row of Object.values(ERRORS)) {
      if (row.errno !== 'EIO') expect(errnoNumber(row.errno), row.errno).not.toBe(errnoNumber('EIO'));
    }
  });

  it('keeps the meaning of a system error and says what it was about', () => {
    const cause = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    const error = toVikingError(cause, 'viking://resources/a.md');
    expect(error.code).toBe('NO_SPACE');
    expect(error.message).toContain('viking://resources/a.md');
    expect(errnoOf(error)).toBe(errnoNumber('ENOSPC'));
  });

  it('keeps an exact errno that shares a code with others', () => {
    const cause = Object.assign(new Error('EPERM: operation not permitted'), { code: 'EPERM' });
    expect(errnoOf(toVikingError(cause))).toBe(errnoNumber('EPERM'));
  });

  it('turns anything else into INTERNAL without losing its text', () => {
    expect(toVikingError('boom').code).toBe('INTERNAL');
    expect(toVikingError(new TypeError('x is not a function')).message).toContain('x is not a function');
  });

  it('survives a thread boundary', () => {
    const error = new VikingError('CONFLICT', 'a: busy', { hint: 'wait', details: { uri: 'a' } });
    const back = VikingError.fromJSON(structuredClone(error.toJSON()));
    expect(isVikingError(back)).toBe(true);
    expect(back.toJSON()).toEqual(error.toJSON());
    expect(back.status).toBe(409);
  });
});

import { describe, expect, it } from 'vitest';
import {
  asReferenceError,
  type ErrorEnvelope,
  errorEnvelope,
  errorOf,
  isEnvelope,
  okEnvelope,
  REFERENCE_CODES,
} from '../../../src/api/index.ts';
import { ERRORS, type ErrorCode, VikingError } from '../../../src/errors/index.ts';

describe('envelope', () => {
  it('carries a result and the time in seconds', () => {
    expect(okEnvelope([1], 12.3456)).toEqual({ status: 'ok', result: [1], time: 0.012346 });
  });

  it.each(Object.keys(ERRORS) as ErrorCode[])('brings %s to the other side whole', (code) => {
    const error = new VikingError(code, 'what went wrong', {
      hint: 'what to do',
      details: { uri: 'viking://a' },
    });
    const back = errorOf(JSON.parse(JSON.stringify(errorEnvelope(error, 1))) as ErrorEnvelope);
    expect(back.toJSON()).toEqual(error.toJSON());
    expect(back.exitCode).toBe(error.exitCode);
  });

  it('tells codes the reference has not by its own, with the same status, and brings them back exact', () => {
    for (const [code, told] of Object.entries(REFERENCE_CODES) as [ErrorCode, ErrorCode][]) {
      expect(ERRORS[told].status, code).toBe(ERRORS[code].status);
      const error = new VikingError(code, 'm', { details: { uri: 'viking://a' } });
      const sent = errorEnvelope(asReferenceError(error), 1);
      expect(sent.error).toMatchObject({ code: told, details: { uri: 'viking://a', exact_code: code } });
      expect(errorOf(sent).toJSON()).toEqual(error.toJSON());
    }
    const same = new VikingError('NOT_FOUND', 'm');
    expect(asReferenceError(same)).toBe(same);
  });

  it('tells what the request took only when it is asked', () => {
    expect(okEnvelope(1, 2, { requestId: 'r', operation: 'find' })).toMatchObject({
      telemetry: { id: 'r', summary: { operation: 'find', status: 'ok', duration_ms: 2 } },
    });
  });

  it('always has details, and a hint only where there is one', () => {
    expect(errorEnvelope(new VikingError('NOT_FOUND', 'm'), 0)).toEqual({
      status: 'error',
      error: { code: 'NOT_FOUND', message: 'm', details: {} },
      time: 0,
    });
  });

  it('takes a code it does not know for INTERNAL, and keeps its name', () => {
    const envelope = { status: 'error', error: { code: 'toString', message: 'm', details: {} }, time: 0 };
    const error = errorOf(envelope as unknown as ErrorEnvelope);
    expect(error.code).toBe('INTERNAL');
    expect(error.message).toContain('toString');
  });

  it.each([
    [null],
    ['ok'],
    [{}],
    [{ status: 'ok' }],
    [{ status: 'error' }],
    [{ status: 'error', error: { code: 1 } }],
    [[]],
  ])('is not %j', (value) => {
    expect(isEnvelope(value)).toBe(false);
  });
});

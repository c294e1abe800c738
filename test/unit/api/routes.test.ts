import { describe, expect, it } from 'vitest';
import { methodsAt, pathOf, ROUTES } from '../../../src/api/index.ts';

describe('routes', () => {
  it('are distinct, and start where the reference has them', () => {
    const keys = Object.values(ROUTES).map((route) => `${route.method} ${route.path}`);
    expect(new Set(keys).size).toBe(keys.length);
    for (const { path } of Object.values(ROUTES))
      expect(path).toMatch(/^\/(health|ready|metrics|openapi\.json|api\/v1\/[a-z])/);
  });

  it('fill their parameters in, encoded', () => {
    expect(pathOf('sessionArchive', { id: 'a b', archive: '../x' })).toBe(
      '/api/v1/sessions/a%20b/archives/..%2Fx',
    );
    expect(pathOf('ls')).toBe('/api/v1/fs/ls');
  });

  it('know which methods a path has', () => {
    expect(methodsAt('/api/v1/system/mounts').sort()).toEqual(['DELETE', 'GET', 'HEAD', 'POST']);
    expect(methodsAt('/api/v1/sessions/x').sort()).toEqual(['DELETE', 'GET', 'HEAD']);
    expect(methodsAt('/api/v1/sessions/')).toEqual([]);
    expect(methodsAt('/api/v1/sessions/x/y')).toEqual([]);
    expect(methodsAt('/etc/passwd')).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { holdsSecret } from '../../../src/base/secrets.ts';

// Made up, and put together here so that no scanner takes this file for a leak.
const key = (...parts: string[]): string => parts.join('');

describe('secrets', () => {
  it.each([
    `use ${key('sk-', 'proj-abcdefghijklmnop1234')}`,
    `token ${key('ghp_', 'abcdefghijklmnopqrstuvwxyz0123')}`,
    key('AKIA', 'ABCDEFGHIJKLMNOP'),
    key('xoxb-', '1234567890-abcdef'),
    key('eyJhbGciOiJI', '.eyJzdWIiOiIx', '.c2lnbmF0dXJl'),
    'curl -H "Authorization: Bearer abcdefghijklmnop123456"',
    key('-----BEGIN RSA ', 'PRIVATE KEY-----'),
    'My password is hunter2',
    'the API key for staging is a1b2c3',
    'remember that the pin code is 4711',
    'set the passphrase to correct-horse',
    'postgres://app:s3cr3t@db.internal/app',
    '密码是 abc123',
    '密码:abc123',
    'use aB3dE5fG7hI9jK1lM3nO5pQ7rS9t for signing',
  ])('sees the secret in %j', (text) => {
    expect(holdsSecret(text)).toBe(true);
  });

  it.each([
    'I prefer tabs over spaces.',
    'We decided to rotate tokens every month.',
    'The password field is too narrow.'.replace('is too', 'looks too'),
    'commit 3f2a9c1d4e5b6a7980112233445566778899aabb',
    'see https://example.com/docs/getting-started/installation-guide',
    'src/components/settings/notifications/NotificationSettings',
    'user@example.com wrote this',
    '我们决定定期更换密码。',
  ])('sees none in %j', (text) => {
    expect(holdsSecret(text)).toBe(false);
  });

  it('answers at once for long runs of anything', () => {
    const started = performance.now();
    for (const unit of ['x', 'a:', 'password ', '密码', 'a1B2', '://', 'sk-'])
      holdsSecret(unit.repeat(50_000));
    expect(performance.now() - started).toBeLessThan(1_500);
  });
});

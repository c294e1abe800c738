import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig, redactConfig, SOCKET_PATH_MAX_BYTES } from '../../../src/config/index.ts';
import { isVikingError, type VikingError } from '../../../src/errors/index.ts';

let root: string;
let env: Record<string, string>;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'vikingfs-config-'));
  env = { HOME: root, VIKINGFS_USER: 'ann' };
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function failure(work: () => unknown): VikingError {
  try {
    work();
  } catch (error) {
    if (isVikingError(error)) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

function writeConfig(text: string): string {
  const path = join(root, 'vikingfs.jsonc');
  writeFileSync(path, text);
  env['VIKINGFS_CONFIG'] = path;
  return path;
}

describe('defaults', () => {
  it('follows HOME when no XDG variable is set', () => {
    const config = loadConfig({ env });
    expect(config.home).toBe(join(root, '.local/share/vikingfs'));
    expect(config.socketPath).toBe(join(root, '.local/share/vikingfs/run/control.sock'));
    expect(config.contentDir).toBe(join(config.home, 'content'));
    expect(config.recordsDir).toBe(join(config.home, 'records'));
    expect(config.indexDir).toBe(join(config.home, 'index'));
    expect(config.stagingDir.startsWith(config.home)).toBe(true);
    expect(config.configFile).toBeUndefined();
    expect(config.account).toBe('default');
    expect(config.operationTimeoutMs).toBe(10_000);
    expect(config.mount).toEqual({ driver: 'auto', readOnly: false, allowOther: false, passthrough: false });
    expect(config.http).toBeUndefined();
    expect(config.warnings).toEqual([]);
    expect(config.timeZone).not.toBe('');
  });

  it('follows the XDG variables', () => {
    mkdirSync(join(root, 'rt'));
    mkdirSync(join(root, 'cfg/vikingfs'), { recursive: true });
    writeFileSync(join(root, 'cfg/vikingfs/config.jsonc'), '{"account":"acme"}');
    Object.assign(env, {
      XDG_DATA_HOME: join(root, 'data'),
      XDG_CONFIG_HOME: join(root, 'cfg'),
      XDG_RUNTIME_DIR: join(root, 'rt'),
    });
    const config = loadConfig({ env });
    expect(config.home).toBe(join(root, 'data/vikingfs'));
    expect(config.socketPath).toBe(join(root, 'rt/vikingfs/control.sock'));
    expect(config.configFile).toBe(join(root, 'cfg/vikingfs/config.jsonc'));
    expect(config.account).toBe('acme');
  });

  it('ignores a relative XDG path, as its specification says', () => {
    Object.assign(env, { XDG_DATA_HOME: 'data', XDG_RUNTIME_DIR: 'rt', XDG_CONFIG_HOME: 'cfg' });
    const config = loadConfig({ env });
    expect(config.home).toBe(join(root, '.local/share/vikingfs'));
    expect(config.socketPath.startsWith(root)).toBe(true);
  });

  it('does not use a runtime directory that is not there', () => {
    env['XDG_RUNTIME_DIR'] = join(root, 'gone');
    expect(loadConfig({ env }).socketPath).toBe(join(root, '.local/share/vikingfs/run/control.sock'));
  });

  it('takes an empty variable for an unset one', () => {
    Object.assign(env, { VIKINGFS_HOME: '', VIKINGFS_ACCOUNT: '', VIKINGFS_CONFIG: '', VIKINGFS_HTTP: '' });
    const config = loadConfig({ env });
    expect(config.home).toBe(join(root, '.local/share/vikingfs'));
    expect(config.account).toBe('default');
  });
});

describe('precedence', () => {
  it('is defaults < file < environment < flags', () => {
    writeConfig('{"account":"of-file","user":"of-file","log_level":"warn","socket":"/tmp/of-file.sock"}');
    env['VIKINGFS_USER'] = 'of-env';
    env['VIKINGFS_SOCKET'] = '/tmp/of-env.sock';
    const config = loadConfig({ env, flags: { socket: 'flag.sock', logLevel: 'debug' }, cwd: root });
    expect(config.account).toBe('of-file');
    expect(config.user).toBe('of-env');
    expect(config.socketPath).toBe(join(root, 'flag.sock'));
    expect(config.logLevel).toBe('debug');
    expect(loadConfig({ env }).socketPath).toBe('/tmp/of-env.sock');
    expect(loadConfig({ env }).logLevel).toBe('warn');
  });

  it('lays single keys of a section over the file', () => {
    writeConfig('{"models":{"embedding":{"url":"https://a.example/v1","model":"m1","dimensions":3}}}');
    env['VIKINGFS_EMBEDDING_MODEL'] = 'm2';
    env['VIKINGFS_EMBEDDING_DIMENSIONS'] = '768';
    expect(loadConfig({ env }).models.embedding).toEqual({
      url: 'https://a.example/v1',
      model: 'm2',
      key: undefined,
      dimensions: 768,
      timeoutMs: undefined,
      batchTexts: undefined,
      inputTokens: undefined,
    });
  });
});

describe('the file', () => {
  it('may have comments, trailing commas, a BOM, or nothing in it', () => {
    writeConfig('\uFEFF// mine\n{ /* a */ "account": "acme", }');
    expect(loadConfig({ env }).account).toBe('acme');
    writeConfig('  \n');
    expect(loadConfig({ env }).account).toBe('default');
  });

  it.each([
    ['{"acount":"x"}', 'unknown key "acount"', 'Did you mean "account"?'],
    [
      '{"models":{"chat":{"modle":"x"}}}',
      'unknown key "models.chat.modle"',
      'Did you mean "models.chat.model"?',
    ],
    [
      '{"models":{"rerank":{"modle":"x"}}}',
      'unknown key "models.rerank.modle"',
      'Did you mean "models.rerank.model"?',
    ],
    [
      '{"mount":{"zzzzzz":1}}',
      'unknown key "mount.zzzzzz"',
      'Known keys of mount: driver, read_only, allow_other, passthrough.',
    ],
  ])('refuses %s and names the key, the file and the nearest known key', (text, key, hint) => {
    const path = writeConfig(text);
    const error = failure(() => loadConfig({ env }));
    expect(error.code).toBe('INVALID_ARGUMENT');
    expect(error.message).toContain(key);
    expect(error.message).toContain(path);
    expect(error.hint).toContain(hint);
  });

  it('names the line of a syntax error', () => {
    const path = writeConfig('{\n  "account": "a"\n  "user": "b"\n}');
    expect(failure(() => loadConfig({ env })).message).toContain(`${path}:3:3`);
  });

  it.each([
    ['[]', 'the file'],
    ['{"operation_timeout_ms":1}', 'operation_timeout_ms'],
    ['{"time_zone":"Mars/Base"}', 'time_zone'],
    ['{"mount":{"driver":"ntfs"}}', 'mount.driver'],
    ['{"mount":{"read_only":"yes"}}', 'mount.read_only'],
    ['{"http":"8080"}', 'host:port'],
    ['{"http":"h:99999"}', '65535'],
    ['{"models":{"chat":{"url":"file:///etc/passwd"}}}', 'models.chat.url'],
    ['{"models":{"rerank":"yes"}}', 'models.rerank: must be "chat"'],
    ['{"models":{"rerank":{"url":"file:///etc/passwd"}}}', 'models.rerank.url'],
    ['{"models":{"rerank":"chat"}}', 'without a chat model'],
    ['{"auth_mode":"api_key"}', 'root_key'],
    ['{"auth_mode":"local","root_key":"a-very-long-root-key"}', 'root_key'],
  ])('refuses %s and names %s', (text, named) => {
    writeConfig(text);
    const error = failure(() => loadConfig({ env }));
    expect(error.code).toBe('INVALID_ARGUMENT');
    expect(error.message).toContain(named);
  });

  it('never repeats a secret in an error', () => {
    writeConfig('{"root_key":"hunter2","auth_mode":"local"}');
    expect(JSON.stringify(failure(() => loadConfig({ env })))).not.toContain('hunter2');
  });

  it('must exist when it was asked for', () => {
    env['VIKINGFS_CONFIG'] = join(root, 'none.jsonc');
    expect(failure(() => loadConfig({ env })).code).toBe('NOT_FOUND');
    delete env['VIKINGFS_CONFIG'];
    expect(failure(() => loadConfig({ env, flags: { config: 'none.jsonc' }, cwd: root })).message).toContain(
      join(root, 'none.jsonc'),
    );
  });

  it('cannot be a directory', () => {
    env['VIKINGFS_CONFIG'] = root;
    expect(failure(() => loadConfig({ env })).message).toContain(root);
  });
});

describe('paths', () => {
  it.each(['VIKINGFS_HOME', 'VIKINGFS_SOCKET', 'VIKINGFS_CONFIG'])(
    'refuses a relative %s and names it',
    (name) => {
      env[name] = 'some/where';
      const error = failure(() => loadConfig({ env }));
      expect(error.code).toBe('INVALID_ARGUMENT');
      expect(error.message).toContain(name);
      expect(error.message).toContain('some/where');
    },
  );

  it('expands ~/', () => {
    env['VIKINGFS_HOME'] = '~/brain';
    expect(loadConfig({ env }).home).toBe(join(root, 'brain'));
  });

  it('refuses a home below a file', () => {
    writeFileSync(join(root, 'file'), '');
    env['VIKINGFS_HOME'] = join(root, 'file/home');
    const error = failure(() => loadConfig({ env }));
    expect(error.code).toBe('NOT_DIRECTORY');
    expect(error.hint).toContain('VIKINGFS_HOME');
    expect(loadConfig({ env, checkHome: false }).home).toBe(join(root, 'file/home'));
  });

  it('refuses a home it cannot write', () => {
    // /proc refuses root too.
    env['VIKINGFS_HOME'] = '/proc/1/vikingfs';
    const error = failure(() => loadConfig({ env }));
    expect(['PERMISSION_DENIED', 'READ_ONLY']).toContain(error.code);
    expect(error.message).toContain('/proc/1');
  });

  it('refuses a socket path the kernel cannot take', () => {
    env['VIKINGFS_SOCKET'] = `/tmp/${'s'.repeat(SOCKET_PATH_MAX_BYTES)}`;
    expect(failure(() => loadConfig({ env })).message).toContain(String(SOCKET_PATH_MAX_BYTES));
    env['VIKINGFS_SOCKET'] = `/tmp/${'s'.repeat(SOCKET_PATH_MAX_BYTES - 5)}`;
    expect(Buffer.byteLength(loadConfig({ env }).socketPath)).toBe(SOCKET_PATH_MAX_BYTES);
  });

  it('falls back to a short socket for a deep home, the same one each time and another for another home', () => {
    env['VIKINGFS_HOME'] = join(root, 'd'.repeat(120));
    const { socketPath } = loadConfig({ env });
    expect(Buffer.byteLength(socketPath)).toBeLessThanOrEqual(SOCKET_PATH_MAX_BYTES);
    expect(loadConfig({ env }).socketPath).toBe(socketPath);
    env['VIKINGFS_HOME'] = join(root, 'e'.repeat(120));
    expect(loadConfig({ env }).socketPath).not.toBe(socketPath);
  });
});

describe('identity', () => {
  it('is the login name when nothing else says', () => {
    delete env['VIKINGFS_USER'];
    expect(loadConfig({ env, login: () => 'bo' }).user).toBe('bo');
  });

  it.each(['john doe', 'DOM\\user', '..', 'é', 'a/b', 'x'.repeat(129)])(
    'refuses the login name %j',
    (name) => {
      delete env['VIKINGFS_USER'];
      const error = failure(() => loadConfig({ env, login: () => name }));
      expect(error.code).toBe('INVALID_ARGUMENT');
      expect(error.message).toContain('login name');
      expect(error.hint).toContain('VIKINGFS_USER');
    },
  );

  it.each(['memories', 'resources', 'skills', 'peers', 'sessions', 'profile.md'])(
    'refuses the short word %s',
    (name) => {
      env['VIKINGFS_USER'] = name;
      const error = failure(() => loadConfig({ env }));
      expect(error.message).toContain('VIKINGFS_USER');
      expect(error.hint).toContain('another name');
    },
  );

  it('checks the account too', () => {
    env['VIKINGFS_ACCOUNT'] = '../other';
    expect(failure(() => loadConfig({ env })).message).toContain('VIKINGFS_ACCOUNT');
  });
});

describe('callers over TCP', () => {
  it('need a key once there is a root key', () => {
    Object.assign(env, { VIKINGFS_HTTP: '[::1]:1933', VIKINGFS_ROOT_KEY: 'a-very-long-root-key' });
    const config = loadConfig({ env });
    expect(config.http).toEqual({ host: '::1', port: 1933 });
    expect(config.authMode).toBe('api_key');
    expect(config.warnings).toEqual([]);
  });

  it('are warned of a root key that can be guessed', () => {
    env['VIKINGFS_ROOT_KEY'] = 'short-key';
    const { warnings } = loadConfig({ env });
    expect(warnings.join()).toContain('can be guessed');
    expect(warnings.join()).not.toContain('short-key');
  });

  it('refuses half an endpoint', () => {
    env['VIKINGFS_CHAT_MODEL'] = 'gpt';
    expect(failure(() => loadConfig({ env })).hint).toContain('VIKINGFS_CHAT_URL');
    env['VIKINGFS_CHAT_URL'] = 'http://127.0.0.1:8000/v1';
    expect(loadConfig({ env }).models.chat).toMatchObject({ model: 'gpt' });
    delete env['VIKINGFS_CHAT_MODEL'];
    expect(failure(() => loadConfig({ env })).hint).toContain('VIKINGFS_CHAT_MODEL');
  });

  it('knows who reranks: nobody, an endpoint, or the chat model that is there', () => {
    expect(loadConfig({ env }).models.rerank).toBeUndefined();
    const chat = '"chat":{"url":"http://127.0.0.1:8000/v1","model":"c"}';
    writeConfig(`{"models":{${chat},"rerank":"chat"}}`);
    expect(loadConfig({ env }).models.rerank).toBe('chat');
    expect(redactConfig(loadConfig({ env }))).toMatchObject({ models: { rerank: 'chat' } });
    env['VIKINGFS_RERANK_KEY'] = 'rerank-secret';
    expect(loadConfig({ env }).models.rerank).toBe('chat');
    env['VIKINGFS_RERANK_URL'] = 'http://127.0.0.1:8001/v1';
    expect(failure(() => loadConfig({ env })).hint).toContain('VIKINGFS_RERANK_MODEL');
    env['VIKINGFS_RERANK_MODEL'] = 'judge';
    expect(loadConfig({ env }).models.rerank).toMatchObject({ model: 'judge' });
    expect(redactConfig(loadConfig({ env }))).toMatchObject({
      models: { rerank: { model: 'judge', key: '(set, hidden)' } },
    });
    writeConfig('{}');
    delete env['VIKINGFS_RERANK_URL'];
    expect(failure(() => loadConfig({ env })).hint).toContain('VIKINGFS_RERANK_URL');
  });

  it('names the variable of a bad value', () => {
    env['VIKINGFS_EMBEDDING_DIMENSIONS'] = '12.5';
    expect(failure(() => loadConfig({ env })).message).toContain('VIKINGFS_EMBEDDING_DIMENSIONS');
    delete env['VIKINGFS_EMBEDDING_DIMENSIONS'];
    env['VIKINGFS_EMBEDDING_URL'] = 'nonsense';
    expect(failure(() => loadConfig({ env })).message).toContain('VIKINGFS_EMBEDDING_URL');
  });
});

describe('redactConfig', () => {
  it('shows what is set and hides every secret', () => {
    Object.assign(env, {
      VIKINGFS_EMBEDDING_URL: 'https://me:url-secret@models.example/v1?key=query-secret',
      VIKINGFS_EMBEDDING_MODEL: 'e',
      VIKINGFS_EMBEDDING_KEY: 'embedding-secret',
      VIKINGFS_CHAT_MODEL: 'c',
      VIKINGFS_CHAT_URL: 'https://models.example/v1',
      VIKINGFS_CHAT_KEY: 'chat-secret',
      VIKINGFS_ROOT_KEY: 'root-secret-of-16',
    });
    const shown = redactConfig(loadConfig({ env }));
    expect(JSON.stringify(shown)).not.toMatch(/-secret/);
    expect(shown['root_key']).toBe('(set, hidden)');
    expect(shown).toMatchObject({
      account: 'default',
      user: 'ann',
      models: { chat: { key: '(set, hidden)' } },
    });
  });

  it('says null for what is not set', () => {
    const shown = redactConfig(loadConfig({ env }));
    expect(shown).toMatchObject({ root_key: null, http: null, models: { embedding: null, chat: null } });
  });
});

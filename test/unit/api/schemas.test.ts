import { describe, expect, it } from 'vitest';
import { parseRequest } from '../../../src/api/parse-request.ts';
import {
  addResourceBody,
  commitBody,
  findBody,
  linkBody,
  lsQuery,
  messagesBody,
  mountBody,
  readQuery,
  removeQuery,
  sessionCreateBody,
  tasksQuery,
  treeQuery,
  usedBody,
  waitBody,
  writeBody,
} from '../../../src/api/schemas/index.ts';
import { isVikingError } from '../../../src/errors/index.ts';

function problems(work: () => unknown): string[] {
  try {
    work();
  } catch (error) {
    if (!isVikingError(error)) throw error;
    const found = error.details['validation_errors'] as { loc: string[]; type: string }[];
    return found.map((one) => `${one.loc.join('.')} ${one.type}`);
  }
  return [];
}

describe('query strings', () => {
  it('have the defaults of the reference', () => {
    expect(parseRequest(lsQuery, { uri: 'viking://' }, 'query')).toEqual({
      uri: 'viking://',
      output: 'agent',
      abs_limit: 256,
      show_all_hidden: false,
      node_limit: 1000,
      simple: false,
      recursive: false,
      sort_order: 'asc',
    });
    expect(parseRequest(treeQuery, { uri: 'viking://' }, 'query').level_limit).toBe(3);
    expect(parseRequest(readQuery, { uri: 'a' }, 'query')).toEqual({
      uri: 'a',
      offset: 0,
      limit: -1,
      raw: false,
    });
    expect(parseRequest(removeQuery, { uri: 'a' }, 'query')).toEqual({
      uri: 'a',
      recursive: false,
      wait: false,
    });
    expect(parseRequest(tasksQuery, {}, 'query')).toEqual({ limit: 50 });
  });

  it.each([
    ['true', true],
    ['True', true],
    ['1', true],
    ['on', true],
    ['false', false],
    ['0', false],
    ['no', false],
  ])('read %s as a flag', (text, value) => {
    expect(parseRequest(lsQuery, { uri: 'a', recursive: text }, 'query').recursive).toBe(value);
  });

  it.each(['x', '1.5', '1e3', '0x10', '99999999999999', ' 5', 'NaN'])(
    'do not take %j for a number',
    (text) => {
      expect(problems(() => parseRequest(lsQuery, { uri: 'a', node_limit: text }, 'query'))).toHaveLength(1);
    },
  );

  it('ignore parameters they do not know, as the reference does', () => {
    expect(problems(() => parseRequest(lsQuery, { uri: 'a', telemetry: 'false' }, 'query'))).toEqual([]);
  });
});

describe('bodies', () => {
  it('have the defaults of the reference', () => {
    expect(parseRequest(findBody, { query: 'q' }, 'body')).toMatchObject({
      query: 'q',
      target_uri: [],
      limit: 10,
      include_provenance: false,
    });
    expect(parseRequest(writeBody, { uri: 'a', content: '' }, 'body')).toMatchObject({
      content: '',
      mode: 'replace',
      wait: false,
      create_parent: true,
      processing_mode: 'semantic_and_vectors',
    });
    expect(parseRequest(commitBody, {}, 'body').keep_recent_count).toBe(0);
    expect(parseRequest(addResourceBody, { path: '/a' }, 'body')).toMatchObject({
      create_parent: false,
      wait: false,
      strict: false,
    });
  });

  it('take null for absent; what is required is still required', () => {
    expect(parseRequest(waitBody, { timeout: null }, 'body').timeout).toBeUndefined();
    expect(
      parseRequest(
        sessionCreateBody,
        { session_id: null, memory_policy: null, auto_commit_policy: null },
        'body',
      ).session_id,
    ).toBeUndefined();
    expect(parseRequest(usedBody, { contexts: null, skill: null }, 'body').contexts).toEqual([]);
    expect(parseRequest(commitBody, { keep_recent_count: null }, 'body').keep_recent_count).toBe(0);
    expect(problems(() => parseRequest(writeBody, { uri: null, content: 'a' }, 'body'))).toEqual([
      'body.uri missing',
    ]);
  });

  it('take one or a list where the reference does', () => {
    expect(
      parseRequest(findBody, { query: 'q', target_uri: 'a', context_type: 'skill' }, 'body'),
    ).toMatchObject({ target_uri: ['a'], context_type: ['skill'] });
    expect(parseRequest(findBody, { query: 'q', target_uri: ['a', ''] }, 'body').target_uri).toEqual(['a']);
    expect(parseRequest(linkBody, { from_uri: 'a', to_uris: 'b' }, 'body').to_uris).toEqual(['b']);
    expect(
      parseRequest(addResourceBody, { path: '/a', include: '*.md, *.txt,', exclude: ['a'] }, 'body'),
    ).toMatchObject({
      include: ['*.md', '*.txt'],
      exclude: ['a'],
    });
  });

  it('name every unknown key, also deep down', () => {
    expect(
      problems(() => parseRequest(mountBody, { mountpoint: '/a', readonly: true, Driver: 'x' }, 'body')),
    ).toEqual(['body.readonly unknown_key', 'body.Driver unknown_key']);
    expect(
      problems(() => parseRequest(messagesBody, { messages: [{ role: 'user', text: 'x' }] }, 'body')),
    ).toEqual(['body.messages.0.text unknown_key']);
  });

  it('do not let a flood of mistakes flood the message', () => {
    const body = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`key${index}`, 1]));
    try {
      parseRequest(waitBody, body, 'body');
      expect.unreachable();
    } catch (error) {
      expect((error as Error).message.length).toBeLessThan(300);
      expect((error as Error).message).toContain('and 995 more');
    }
  });
});

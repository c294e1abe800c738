import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RECORDS_FORMAT } from '../../src/core/index.ts';
import { openStore } from '../../src/records/index.ts';
import { startTestDaemon, type TestDaemon } from '../helpers/daemon.ts';
import { eventually } from '../helpers/eventually.ts';
import { postJson, rawRequest } from '../helpers/raw-http.ts';

let daemon: TestDaemon;
const SKILL =
  '---\nname: brew-tea\ndescription: "How tea: is brewed"\ntags: [kitchen, hot]\n---\n\n# Tea\n\nBoil water.\n';

beforeAll(async () => {
  daemon = await startTestDaemon();
});
afterAll(() => daemon.close());

const get = (path: string) => rawRequest(daemon.socketPath, { path });
const send = (method: string, path: string, body: unknown = {}) =>
  postJson(daemon.socketPath, path, body, method);
const root = 'viking://user/tester/skills';

describe('skills', () => {
  it('are added as a text, found, read, replaced and removed', async () => {
    const added = await send('POST', '/api/v1/skills', { data: SKILL, wait: true, timeout: null });
    expect(added.json.result).toMatchObject({
      status: 'success',
      name: 'brew-tea',
      uri: `${root}/brew-tea`,
      root_uri: root,
      description: 'How tea: is brewed',
      tags: ['kitchen', 'hot'],
      auxiliary_files: 0,
    });
    expect((await get('/api/v1/skills')).json.result).toMatchObject({
      total: 1,
      skills: [{ type: 'skill', name: 'brew-tea', skill_md_uri: `${root}/brew-tea/SKILL.md` }],
    });
    const found = await send('POST', '/api/v1/skills/find', { query: 'boil water', limit: 1 });
    expect(found.json.result).toMatchObject({ total: 1, skills: [{ name: 'brew-tea' }] });
    expect((await get('/api/v1/skills/brew-tea')).json.result).toMatchObject({
      content: SKILL,
      files: [{ path: 'SKILL.md', kind: 'definition' }],
    });
    const replaced = await send('PUT', '/api/v1/skills/brew-tea', {
      data: { name: 'brew-tea', description: 'Another way', content: '# Cold brew' },
    });
    expect(replaced.json.result).toMatchObject({ description: 'Another way' });
    expect((await send('DELETE', '/api/v1/skills/brew-tea')).json.result).toMatchObject({ name: 'brew-tea' });
    expect((await get('/api/v1/skills/brew-tea')).status).toBe(404);
    expect((await send('DELETE', '/api/v1/skills/brew-tea')).status).toBe(404);
  });

  it('keep what was said of their source, until another takes its place', async () => {
    const source_metadata = { from: 'https://example.org/tea', revision: 7 };
    const path = '/api/v1/skills/brew-tea?include_source=true';
    expect((await send('POST', '/api/v1/skills', { data: SKILL, source_metadata })).status).toBe(200);
    expect((await get(path)).json.result).toMatchObject({
      source_metadata,
      files: [{ path: 'SKILL.md' }],
    });
    expect((await get('/api/v1/skills/brew-tea')).json.result).not.toHaveProperty('source_metadata');
    expect((await send('PUT', '/api/v1/skills/brew-tea', { data: SKILL })).status).toBe(200);
    expect((await get(path)).json.result).toMatchObject({ source_metadata: null });
    const huge = { data: SKILL, source_metadata: { text: 'x'.repeat(70_000) } };
    expect((await send('POST', '/api/v1/skills', huge)).json.error?.code).toBe('TOO_LARGE');
    expect((await send('DELETE', '/api/v1/skills/brew-tea')).status).toBe(200);
  });

  it('show nothing of what a symlink in the place of their text leads to', async () => {
    const content = join(daemon.home, 'content/default/user');
    mkdirSync(join(content, 'somebody/memories'), { recursive: true });
    writeFileSync(join(content, 'somebody/memories/secret.md'), SKILL.replace('brewed', 'xylophoned'));
    mkdirSync(join(content, 'tester/skills/linked'), { recursive: true });
    symlinkSync('../../../somebody/memories/secret.md', join(content, 'tester/skills/linked/SKILL.md'));
    const answers = [await get('/api/v1/skills/linked?include_source=true'), await get('/api/v1/skills')];
    expect(answers[0]!.status).toBe(404);
    expect(answers[1]!.status).toBe(200);
    for (const { text } of answers) expect(text).not.toContain('xylophoned');
    rmSync(join(content, 'tester/skills/linked'), { recursive: true });
  });

  it('without a directory to be in are told so by its name in the namespace', async () => {
    const skills = join(daemon.home, 'content/default/user/tester/skills');
    rmSync(skills, { recursive: true });
    const answer = await send('POST', '/api/v1/skills', { data: SKILL });
    expect(answer.json.error).toMatchObject({ code: 'NOT_FOUND' });
    expect(answer.text).toContain('default/user/tester/skills');
    expect(answer.text).not.toContain(daemon.home);
    mkdirSync(skills);
  });

  it('are found at the levels that are asked for', async () => {
    await send('POST', '/api/v1/skills', { data: SKILL, wait: true });
    const found = async (level: unknown) =>
      (await send('POST', '/api/v1/skills/find', { query: 'boil water', level })).json.result;
    expect(await found(2)).toMatchObject({ skills: [{ name: 'brew-tea', level: 2 }] });
    const above = (await found('0,1')) as { skills: { level: number }[] };
    for (const { level } of above.skills) expect(level).toBeLessThan(2);
    expect((await send('DELETE', '/api/v1/skills/brew-tea')).status).toBe(200);
  });

  it('are made of MCP tools, directories and uploads', async () => {
    const tool = {
      name: 'get.weather',
      description: 'Weather',
      inputSchema: { properties: { city: { type: 'string' } } },
    };
    expect((await send('POST', '/api/v1/skills', { data: tool })).json.result).toMatchObject({
      name: 'get-weather',
    });
    const directory = join(daemon.dir, 'pack');
    mkdirSync(join(directory, 'ref'), { recursive: true });
    writeFileSync(join(directory, 'SKILL.md'), SKILL.replace('brew-tea', 'packed'));
    writeFileSync(join(directory, 'ref', 'more.md'), 'more');
    expect((await send('POST', '/api/v1/skills', { path: directory })).json.result).toMatchObject({
      name: 'packed',
      auxiliary_files: 1,
    });
    const { temp_file_id } = await daemon.client.upload(join(directory, 'SKILL.md'));
    expect((await send('POST', '/api/v1/skills', { temp_file_id })).status).toBe(200);
    expect((await send('POST', '/api/v1/skills', { temp_file_id })).status).toBe(403);
  });

  it.each([
    [{ data: 'no front matter' }, 'SKILL_INVALID'],
    [{ data: '---\nname: a b\ndescription: x\n---\n' }, 'SKILL_INVALID'],
    [{ data: { name: '../../etc', description: 'x' } }, 'SKILL_INVALID'],
    [{ data: { name: 'long', description: 'x'.repeat(1_025) } }, 'SKILL_INVALID'],
    [{}, 'INVALID_ARGUMENT'],
    [{ data: 'a', temp_file_id: 'b' }, 'INVALID_ARGUMENT'],
    [{ data: SKILL, colour: 'red' }, 'INVALID_ARGUMENT'],
    [{ path: 'relative' }, 'INVALID_ARGUMENT'],
    [{ path: '/no/such/file' }, 'NOT_FOUND'],
    [{ data: SKILL, target_uri: 'viking://resources' }, 'INVALID_URI'],
  ])('are refused when they are wrong: %#', async (body, code) => {
    expect((await send('POST', '/api/v1/skills', body)).json.error).toMatchObject({ code });
  });

  it('are validated without being kept', async () => {
    const { json } = await send('POST', '/api/v1/skills/validate', { data: SKILL, skill_dir_name: 'other' });
    expect(json.result).toMatchObject({ valid: true, name: 'brew-tea', body_lines: 3, errors: [] });
    const strict = await send('POST', '/api/v1/skills/validate', {
      data: SKILL,
      skill_dir_name: 'other',
      strict: true,
    });
    expect(strict.json.result).toMatchObject({ valid: false, strict: true });
  });
});

describe('watches', () => {
  it('import a directory again: on demand, and after a restart', async () => {
    const source = join(daemon.dir, 'notes');
    mkdirSync(source);
    writeFileSync(join(source, 'a.md'), 'first');
    const to = 'viking://resources/notes';
    const added = await send('POST', '/api/v1/resources', {
      path: source,
      to,
      watch_interval: 60,
      reason: null,
    });
    const { watch_task_id: id } = added.json.result as { watch_task_id: string };
    expect((await get('/api/v1/watches')).json.result).toMatchObject({
      total: 1,
      tasks: [
        { task_id: id, to_uri: to, path: source, watch_interval: 60, is_active: true, last_error: null },
      ],
    });
    expect((await get(`/api/v1/watches?to_uri=${to}`)).json.result).toMatchObject({ task_id: id });
    writeFileSync(join(source, 'a.md'), 'second');
    expect((await send('POST', `/api/v1/watches/${id}/trigger`)).status).toBe(200);
    await eventually(async () => (await daemon.client.read(`${to}/a.md`)) === 'second', {
      what: 'imported again',
    });

    for (const watch_interval of [0, 1e-9, 0.5, 525_601, 1e300])
      expect((await send('PATCH', `/api/v1/watches/${id}`, { watch_interval })).status).toBe(400);
    const changed = await send('PATCH', `/api/v1/watches?to_uri=${to}`, { watch_interval: 1 });
    expect(changed.json.result).toMatchObject({ watch_interval: 1 });

    // Due while no daemon runs.
    writeFileSync(join(source, 'a.md'), 'third');
    await daemon.stop();
    const store = await openStore({ dir: join(daemon.home, 'records'), format: RECORDS_FORMAT });
    const table = store.table<object>('watches');
    await table.put(id, { ...(await table.get(id)), nextAt: Date.now() - 1 });
    await store.close();
    const next = await startTestDaemon({ home: daemon.home });
    try {
      await eventually(async () => (await next.client.read(`${to}/a.md`)) === 'third', {
        what: 'imported after the restart',
        timeoutMs: 20_000,
      });
      rmSync(source, { recursive: true });
      const trigger = `/api/v1/watches/${id}/trigger`;
      expect((await postJson(next.socketPath, trigger, {})).status).toBe(200);
      await eventually(
        async () => {
          const answer = await rawRequest(next.socketPath, { path: `/api/v1/watches/${id}` });
          return (answer.json.result as { last_error: string | null }).last_error !== null;
        },
        { what: 'the missing source is told', timeoutMs: 20_000 },
      );
      expect(await next.client.read(`${to}/a.md`)).toBe('third');
      const paths = [`/api/v1/watches/${id}`, `/api/v1/watches/${id}`] as const;
      expect((await postJson(next.socketPath, paths[0], {}, 'DELETE')).status).toBe(200);
      expect((await postJson(next.socketPath, paths[1], {}, 'DELETE')).status).toBe(404);
    } finally {
      await next.close();
    }
  });
});

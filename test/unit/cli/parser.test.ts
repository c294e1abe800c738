import { describe, expect, it } from 'vitest';
import { COMMANDS, GROUPS } from '../../../src/cli/commands/index.ts';
import { parseCommandLine, wantsJson } from '../../../src/cli/parser.ts';

const parse = (line: string[]) => parseCommandLine(line, COMMANDS, GROUPS);

async function command(line: string[]) {
  const parsed = await parse(line);
  if (parsed.kind !== 'command') throw new Error(`not a command: ${parsed.text}`);
  return parsed;
}

describe('command lines', () => {
  it('keep every word of a question', async () => {
    expect((await command(['find', 'how', 'does', 'it', 'work'])).args['query']).toEqual([
      'how',
      'does',
      'it',
      'work',
    ]);
    expect((await command(['find', '-n', '3', '--', '-v', '--json'])).args).toMatchObject({
      query: ['-v', '--json'],
      'node-limit': 3,
    });
    expect((await command(['find', '--', '--json'])).globals.json).toBe(false);
  });

  it('keep text that looks like a number', async () => {
    expect((await command(['session', 'new', '007'])).args['id']).toBe('007');
    expect((await command(['write', 'viking://resources/a', '1e3'])).args['words']).toEqual([
      'viking://resources/a',
      '1e3',
    ]);
    expect(
      (await command(['write', '--uri', 'viking://resources/a', '--content', '0x10'])).args['content'],
    ).toBe('0x10');
  });

  it('keep text that begins with a dash', async () => {
    const uri = 'viking://resources/a';
    expect((await command(['append', uri, '- a list item'])).args['words']).toEqual([uri, '- a list item']);
    expect((await command(['write', uri, '-x y', '--wait'])).args).toMatchObject({
      words: [uri, '-x y'],
      wait: true,
    });
    expect((await command(['write', uri, '--append', '--- a b'])).args).toMatchObject({
      words: [uri, '--- a b'],
      append: true,
    });
    expect((await command(['write', '-u', uri, '-c', '- a'])).args).toMatchObject({ uri, content: '- a' });
    expect((await command(['session', 'add-message', 's', '--content', '-- a'])).args['content']).toBe(
      '-- a',
    );
    expect((await command(['write', uri, '-'])).args['words']).toEqual([uri, '-']);
    expect((await command(['write', uri, '-c', '-'])).args['content']).toBe('-');
    expect((await command(['write', `--uri=${uri}`, '--content=- a b'])).args).toMatchObject({
      uri,
      content: '- a b',
    });
  });

  it('take empty text', async () => {
    expect((await command(['write', 'viking://resources/a', ''])).args['words']).toEqual([
      'viking://resources/a',
      '',
    ]);
    expect((await command(['append', '-u', 'viking://resources/a', '-c', ''])).args['content']).toBe('');
  });

  it('let the last of a repeated option count, and collect lists', async () => {
    expect((await command(['ls', '-n', '1', '-n', '2'])).args['node-limit']).toBe(2);
    expect((await command(['ls', '--socket', '/a', '--socket', '/b'])).globals.socket).toBe('/b');
    expect((await command(['find', 'x', '-u', 'a', '-u', 'b'])).args['uri']).toEqual(['a', 'b']);
    expect((await command(['find', '-u', 'a', 'the', 'question'])).args['query']).toEqual([
      'the',
      'question',
    ]);
  });

  it('take options for every command before and after its name', async () => {
    for (const line of [
      ['--json', 'status'],
      ['status', '--json'],
      ['-o', 'json', 'status'],
      ['status', '--output=json'],
    ]) {
      expect((await command(line)).globals.json).toBe(true);
      expect(wantsJson(line)).toBe(true);
    }
    expect((await command(['--actor-peer-id', 'alice', 'ls'])).globals.actorPeer).toBe('alice');
    expect((await command(['status', '-o', 'table'])).globals.json).toBe(false);
  });

  it('know the spellings of the reference', async () => {
    for (const [line, name] of [
      [['list'], 'ls'],
      [['del', 'viking://a'], 'rm'],
      [['rename', 'viking://a', 'viking://b'], 'mv'],
      [['session', 'get-session-context', 's'], 'session context'],
      [['session', 'get-session-archive', 's', 'a'], 'session archive'],
      [['add-resource', 'x', '--parent', 'viking://resources/p', '-p', '--wait'], 'add-resource'],
      [['write', '--uri', 'viking://a', '--content', 'x', '--parent-auto-create'], 'write'],
      [['find', 'x', '--uri', 'viking://a', '--node-limit', '3'], 'find'],
      [['tree', 'viking://a', '-L', '2', '-l', '10', '-a', '-n', '5'], 'tree'],
      [['task', 'status', 't'], 'task status'],
      [['task', 'cancel', 't'], 'task cancel'],
    ] as [string[], string][]) {
      expect((await command(line)).command.name).toBe(name);
    }
  });

  it('are refused with a code and a next step', async () => {
    for (const line of [
      ['nope'],
      ['ls', '--nope'],
      ['ls', 'a', 'b'],
      ['session', 'nope'],
      ['mv', 'a'],
      ['ls', '-n'],
      ['rm', '--wait=maybe', 'x', 'y'],
    ]) {
      await expect(parse(line), line.join(' ')).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
        hint: expect.any(String),
      });
    }
  });
});

describe('every command', () => {
  it('has a name of its own', () => {
    const names = COMMANDS.flatMap((one) => {
      const group = one.name.includes(' ') ? `${one.name.split(' ')[0]} ` : '';
      return [one.name, ...(one.aliases ?? []).map((alias) => group + alias)];
    });
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(COMMANDS.map((one) => [one.name, one] as const))(
    '%s has help with examples that parse',
    async (name, one) => {
      const help = await parse([...name.split(' '), '--help']);
      if (help.kind !== 'text') throw new Error('no help');
      expect(help.text).toContain(`ov ${name}`);
      expect(help.text).toContain(one.summary);
      expect(one.examples.length).toBeGreaterThan(0);
      for (const [line] of one.examples) {
        const own = shellWords(line);
        if (own === undefined) continue;
        expect((await command(own)).command.name, line).toBe(name);
      }
    },
  );
});

/** The words of the `ov` in an example; undefined for one that needs a shell. */
function shellWords(line: string): string[] | undefined {
  const own = line
    .split('|')
    .map((part) => part.trim())
    .find((part) => part.startsWith('ov '));
  if (own === undefined || line.includes('&&') || line.includes('$(') || line.includes('<('))
    return undefined;
  const words = own.replace(/ > .*$/, '').match(/"[^"]*"|\S+/g) ?? [];
  return words.slice(1).map((word) => word.replace(/^"|"$/g, ''));
}

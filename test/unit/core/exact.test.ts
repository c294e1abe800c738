import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exactShares, exactTerms } from '../../../src/index/exact.ts';
import { VikingUri } from '../../../src/uri/index.ts';
import { eventually } from '../../helpers/eventually.ts';
import { type ModelServer, startModelServer } from '../../helpers/model-server.ts';
import { type TestCore, testCore } from '../../helpers/test-core.ts';

describe('terms meant letter by letter', () => {
  it.each([
    ['what does "deadline exceeded" mean', ['deadline exceeded']],
    ['why ERR_SOCKET_BAD_PORT?', ['err_socket_bad_port']],
    ['where is parseConfigFile called', ['parseconfigfile']],
    ['look at src/net/dial.ts, please', ['src/net/dial.ts']],
    ['fix E4012 and CVE-2024-1234', ['e4012', 'cve-2024-1234']],
    ['code 0x80070005', ['0x80070005']],
    ['ENOENT on open', ['enoent']],
  ])('%s', (text, terms) => expect(exactTerms(text)).toEqual(terms));

  it.each(["What is Ann's job?", 'How long was it in 2023?', 'a well-known idea', 'Is it? Yes.', 'US or EU'])(
    'none in %s',
    (text) => expect(exactTerms(text)).toEqual([]),
  );

  it('are words, not parts of words, and tell nothing when they are common', () => {
    expect(exactShares(['e401'], ['E4012 here', 'an (E401).'])).toEqual([0, 1]);
    expect(exactShares(['a b'], ['x a\n b y'])).toEqual([1]);
    expect(
      exactShares(
        ['abc'],
        Array.from({ length: 20 }, () => 'abc'),
      ),
    ).toEqual(Array(20).fill(0));
  });
});

describe.each(['words', 'words and vectors'])('%s', (mode) => {
  let test: TestCore;
  let server: ModelServer | undefined;

  beforeAll(async () => {
    // The nearest to every question are the files that are not wanted.
    const vector = (text: string) => (/noise|\?/.test(text) ? [1, 0.01 * text.length] : [-1, 1]);
    server = mode === 'words' ? undefined : await startModelServer({ vector });
    test = await testCore(
      server === undefined
        ? {}
        : {
            models: { embedding: { url: server.url, model: 'm', timeoutMs: 2_000 } },
            modelPace: { firstWaitMs: 10, longestWaitMs: 50, pauseMs: 10 },
          },
    );
    const { core, principal } = test;
    const write = (name: string, text: string) =>
      core.files.write(
        principal,
        core.files.parseUri(principal, `viking://resources/${name}`),
        Buffer.from(text),
        {
          parents: true,
        },
      );
    for (let at = 0; at < 80; at++) {
      const words =
        'exceeded the deadline; port of the bad socket err; config file parse called; dial net src';
      await write(
        `noise/${at}.md`,
        `# Noise ${at}\n\nnoise ${words}, code ${at}. ${words}, open the exact limits of quota.\n`,
      );
    }
    const filler = 'Long text about other things that dilutes what is here. '.repeat(20);
    await write('a/phrase.md', `# One\n\n${filler} It says: deadline exceeded. ${filler}\n`);
    await write('a/code.md', `# Two\n\n${filler} ERR_SOCKET_BAD_PORT is thrown. ${filler}\n`);
    await write('a/identifier.md', `# Three\n\n${filler} call parseConfigFile once. ${filler}\n`);
    await write('a/path.md', `# Four\n\n${filler} see src/net/dial.ts for it. ${filler}\n`);
    await write('a/number.md', `# Five\n\n${filler} then E4012 appears. ${filler}\n`);
    await write('a/quarterly-plan.md', `# Six\n\n${filler}\n`);
    await core.system.wait(principal, 60_000);
    if (server === undefined) return;
    const serving = async () => (await core.system.status(principal)).index.model_vectors.serving;
    await eventually(async () => (await serving())?.missing === 0, { what: 'vectors', timeoutMs: 30_000 });
  }, 120_000);
  afterAll(async () => {
    await test.close();
    await server?.close();
  });

  it.each([
    ['what does "deadline exceeded" mean?', 'phrase.md'],
    ['why is there ERR_SOCKET_BAD_PORT?', 'code.md'],
    ['where is parseConfigFile called?', 'identifier.md'],
    ['what is in src/net/dial.ts?', 'path.md'],
    ['how do I open E4012?', 'number.md'],
    ['what is in quarterly-plan.md?', 'quarterly-plan.md'],
    ['what is in a/quarterly-plan.md?', 'quarterly-plan.md'],
  ])('finds what is meant by %s first', async (query, name) => {
    const { core, principal } = test;
    const found = await core.search.find(principal, { query, limit: 5 });
    expect(found.resources[0]?.uri).toBe(String(VikingUri.resources('a', name)));
  });
});

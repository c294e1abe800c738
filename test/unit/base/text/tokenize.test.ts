import { describe, expect, it } from 'vitest';
import { IRREGULAR_FORMS } from '../../../../src/base/text/irregular-forms.ts';
import { STOP_WORDS } from '../../../../src/base/text/stop-words.ts';
import { stem, surfaceWords, tokenize } from '../../../../src/base/text/tokenize.ts';

describe('tokenize', () => {
  it('stems, lowers and drops stop words', () => {
    expect(tokenize('The Users were indexing the indexes of Documents')).toEqual([
      'user',
      'index',
      'index',
      'document',
    ]);
  });

  it('maps irregular forms to the word they belong to', () => {
    expect(tokenize('She bought mice, wrote and went')).toEqual(tokenize('she buys mouse, writes and goes'));
  });

  it('drops possessives and shortened auxiliaries, with either apostrophe', () => {
    expect(tokenize("the user's file don't they've I'm")).toEqual(['user', 'file']);
    expect(tokenize('the user’s file')).toEqual(['user', 'file']);
    expect(tokenize("O'Brien")).toContain('brien');
  });

  it('splits identifiers and keeps them whole', () => {
    expect(tokenize('createSession')).toEqual(['creat', 'session', 'createsess']);
    expect(tokenize('create_session')).toEqual(['creat', 'session', 'create_session']);
    expect(tokenize('HTTPServerError2')).toEqual(expect.arrayContaining(['http', 'server', 'error2']));
    expect(tokenize('__init__')).toEqual(['init']);
  });

  it('finds an identifier however it is written', () => {
    const text = new Set(tokenize('export function writeFileAtomic() {}'));
    for (const asked of ['writeFileAtomic', 'write_file_atomic', 'write file atomic', 'WRITEFILEATOMIC']) {
      expect(
        tokenize(asked).some((term) => text.has(term)),
        asked,
      ).toBe(true);
    }
  });

  it('reads compatibility forms as the plain ones', () => {
    expect(tokenize('ﬁle ｆｕｓｅ ①')).toEqual(tokenize('file fuse 1'));
    expect(tokenize('Zu\u0308rich')).toEqual(tokenize('Z\u00fcrich'));
  });

  it('finds words in unspaced scripts', () => {
    const terms = tokenize('使用FUSE挂载文件系统，然后阅读摘要。');
    expect(terms).toEqual(expect.arrayContaining(['fuse', '文件', '系统', '阅读', '摘要']));
    expect(tokenize('東京タワーはどこですか').length).toBeGreaterThan(2);
    expect(tokenize('파일 시스템')).toEqual(['파일', '시스템']);
  });

  it('finds the same words in a long run without a break as a dictionary does in the whole of it, in linear time', () => {
    const words =
      '使用 文件 系统 挂载 摘要 阅读 然后 目录 服务器 数据库 我们 决定 的 了 在 中国 人民 大学 生活 研究 生命 起源 北京 上海'.split(
        ' ',
      );
    let seed = 7;
    const next = () => {
      seed = (seed * 16_807) % 2_147_483_647;
      return words[seed % words.length]!;
    };
    const run = Array.from({ length: 45_000 }, next).join('');
    const start = performance.now();
    const found = tokenize(run);
    expect(performance.now() - start).toBeLessThan(2_000);
    const head = run.slice(0, 6_000);
    const whole = [...new Intl.Segmenter('zh', { granularity: 'word' }).segment(head)].flatMap(
      ({ segment, isWordLike }) => (isWordLike === true ? [segment] : []),
    );
    expect(found.slice(0, whole.length - 2)).toEqual(whole.slice(0, -2));
    expect(found.join('').length).toBe(run.length);
  });

  it('passes through letters longer than a window inside of unspaced script', () => {
    const terms = tokenize(`文件${'x'.repeat(5_000)}系统`);
    expect(terms.at(0)).toBe('文件');
    expect(terms.at(-1)).toBe('系统');
    expect(terms.every((term) => term.length <= 80)).toBe(true);
  });

  it('takes numbers and dates as they are', () => {
    expect(tokenize('2023-05-07 v1.10 port 8080')).toEqual(['2023', '05', '07', 'v1', '10', 'port', '8080']);
  });

  it('survives hostile text', () => {
    expect(tokenize('')).toEqual([]);
    expect(tokenize('\0\ud800 … !!! \u202e')).toEqual([]);
    const blob = tokenize('A'.repeat(100_000));
    expect(blob).toHaveLength(1);
    expect(blob[0]!.length).toBeLessThanOrEqual(80);
    const start = performance.now();
    tokenize(`${'aB'.repeat(50_000)} ${'_'.repeat(100_000)} ${"x'".repeat(50_000)}`);
    expect(performance.now() - start).toBeLessThan(1_000);
  });

  it('gives the same terms whatever was seen before', () => {
    const before = tokenize('indexing createSession 文件系统');
    for (let n = 0; n < 70_000; n++) tokenize(`word${n}`);
    expect(tokenize('indexing createSession 文件系统')).toEqual(before);
  });
});

describe('surfaceWords', () => {
  it('keeps words as written, without stop words, letters and numbers', () => {
    expect(surfaceWords('The Indexes of a readFile in 2024, x and went')).toEqual([
      'indexes',
      'read',
      'file',
      'went',
    ]);
  });

  it('goes together with stem', () => {
    expect(surfaceWords('bought buys buying').map(stem)).toEqual(['bui', 'bui', 'bui']);
  });
});

describe('tables', () => {
  it('holds plain lower-case words of its own size', () => {
    expect(STOP_WORDS.size).toBeGreaterThan(150);
    expect(STOP_WORDS.size).toBeLessThan(260);
    expect(IRREGULAR_FORMS.size).toBeGreaterThan(130);
    for (const word of [...STOP_WORDS, ...IRREGULAR_FORMS.keys(), ...IRREGULAR_FORMS.values()]) {
      expect(word).toMatch(/^[a-z]+$/);
    }
  });

  it('maps no form to a form', () => {
    for (const base of IRREGULAR_FORMS.values()) expect(IRREGULAR_FORMS.get(base) ?? base).toBe(base);
  });
});

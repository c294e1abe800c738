import { describe, expect, it } from 'vitest';
import { paragraphs, segment, sentences } from '../../../../src/base/text/sentences.ts';

describe('sentences', () => {
  it('does not end one at a version, an abbreviation or inline code', () => {
    expect(sentences('Needs Node 20.20 or later, e.g. Node 22. Call `commit()`. Done.')).toEqual([
      'Needs Node 20.20 or later, e.g. Node 22.',
      'Call commit().',
      'Done.',
    ]);
  });

  it('leaves out what is not prose', () => {
    const text = [
      '---',
      'title: x',
      '---',
      '# Heading',
      '[![build](https://x/y.svg)](https://x) ![logo](l.png)',
      '<p align="center"><img src="x"></p>',
      '',
      '```js',
      'const code = 1.',
      '```',
      '    indented code.',
      '| a | b |',
      '| - | - |',
      '[ref]: https://example.com',
      '- [Only a link](x.md)',
      '<!-- a',
      'comment. -->',
      'Setext',
      '------',
      'The **one** real [sentence](x.md).',
    ].join('\n');
    expect(sentences(text)).toEqual(['The one real sentence.']);
  });

  it('joins wrapped lines, and keeps list entries apart', () => {
    expect(paragraphs('one\ntwo\n\n- first\n  goes on\n- [x] second\n1. third')).toEqual([
      'one two',
      'first goes on',
      'second',
      'third',
    ]);
  });

  it('segments Chinese and Japanese, and joins their lines without a space', () => {
    expect(sentences('这是第一句。这是\n第二句！')).toEqual(['这是第一句。', '这是第二句！']);
    expect(sentences('今日は晴れです。明日は雨です。')).toHaveLength(2);
  });

  it('bears nothing, and nothing but marks', () => {
    expect(sentences('')).toEqual([]);
    expect(sentences('***\n---\n...\n> \n')).toEqual([]);
    expect(segment('')).toEqual([]);
  });

  it('keeps the prose before an unclosed fence', () => {
    expect(sentences('Before it.\n```\nAfter it.')).toEqual(['Before it.']);
  });
});

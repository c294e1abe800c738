import { describe, expect, it } from 'vitest';
import { outline } from '../../../../src/base/text/outline.ts';

const headings = (text: string, name = 'a.md'): string[] =>
  outline(text, 'markdown', name).map(({ line, level, title }) => `${line}:${level}:${title}`);
const symbols = (text: string, name: string): string[] =>
  outline(text, 'code', name).map(({ level, title }) => `${level}:${title}`);

describe('outline of Markdown', () => {
  it('has ATX and setext headings with their lines', () => {
    expect(headings('# One\n\ntext\n\nTwo\n---\n\nThree\n===\n### Four ###\n')).toEqual([
      '1:1:One',
      '5:2:Two',
      '8:1:Three',
      '10:3:Four',
    ]);
  });

  it('does not take comments of code for headings', () => {
    expect(headings('```sh\n# not one\n```\n~~~\n# nor this\n```\n# nor that\n~~~\n# Real\n')).toEqual([
      '9:1:Real',
    ]);
    expect(headings('````\n```\n# inside\n```\n````\n# Out')).toEqual(['6:1:Out']);
  });

  it('ends a fence that is never closed at the end of the text', () => {
    expect(headings('# A\n```\n# B\n# C')).toEqual(['1:1:A']);
  });

  it('skips front matter and HTML comments, and knows a rule from front matter', () => {
    expect(headings('---\ntitle: x\n# no\n---\n# Yes')).toEqual(['5:1:Yes']);
    expect(headings('<!--\n# no\n-->\n# Yes')).toEqual(['4:1:Yes']);
    expect(headings('text\n\n---\n\n# After a rule')).toEqual(['5:1:After a rule']);
  });

  it('does not make headings of lists, tables and rules', () => {
    expect(headings('- a\n- b\n---\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n\n***\n')).toEqual([]);
  });

  it('gives the text a reader sees', () => {
    expect(headings('## [Link](x.md) with `code`, **bold** and ![pic](p.png) {#id}')).toEqual([
      '1:2:Link with code, bold and',
    ]);
    expect(headings('<h1 align="center">Centred <b>title</b></h1>')).toEqual(['1:1:Centred title']);
  });

  it('bears Windows line ends, empty headings and no text', () => {
    expect(headings('# A\r\n\r\nB\r\n===\r\n')).toEqual(['1:1:A', '3:1:B']);
    expect(headings('#\n##   \n#hashtag\n')).toEqual([]);
    expect(headings('')).toEqual([]);
  });
});

describe('outline of other text', () => {
  it('reads underlined headings of .rst, levels by first use', () => {
    const found = outline('Title\n=====\n\nPart\n----\n\nNext\n----\n', 'text', 'a.rst');
    expect(found.map(({ level, title }) => `${level}:${title}`)).toEqual(['1:Title', '2:Part', '2:Next']);
  });

  it('has none for plain text, data and conversations', () => {
    expect(outline('# a\n', 'text', 'a.txt')).toEqual([]);
    expect(outline('# a\n', 'conversation', 'messages.jsonl')).toEqual([]);
  });
});

describe('outline of code', () => {
  it.each([
    [
      'a.ts',
      'export async function one() {}\nexport const two = 1;\nexport interface Three {}\nclass Four {\n  five(a: string): void {\n    if (x) {\n    }\n  }\n}\nexport type Six = string;',
      ['1:one', '1:two', '1:Three', '1:Four', '2:five', '1:Six'],
    ],
    [
      'a.js',
      'const go = async (x) => x;\nmodule.exports.run = go;\nfunction plain() {}',
      ['1:go', '1:run', '1:plain'],
    ],
    [
      'a.py',
      'class A:\n    def method(self):\n        def inner(): pass\nasync def top(): pass',
      ['1:A', '2:method', '1:top'],
    ],
    [
      'a.go',
      'type Server struct {}\nfunc (s *Server) Start() error {\nfunc New() {',
      ['1:Server', '1:Start', '1:New'],
    ],
    [
      'a.rs',
      'pub struct Thing;\nimpl Display for Thing {\n    pub fn show(&self) {\npub(crate) async fn run() {\nmacro_rules! mac {',
      ['1:Thing', '2:show', '1:run', '1:mac'],
    ],
    [
      'a.c',
      '#include <x.h>\nstatic int\nadd(int a)\n{\nint main(int argc, char **argv)\n{\n  return run(1);\n}\nstruct point {\n',
      ['1:main', '1:point'],
    ],
    [
      'a.cpp',
      'namespace app {\nclass Widget : public Base {\nvoid Widget::draw(int x) const {\n',
      ['1:app', '1:Widget', '1:Widget::draw'],
    ],
    [
      'A.java',
      'public final class A {\n    public static void main(String[] args) {\n        call();\n    private int x;\n',
      ['1:A', '2:main'],
    ],
    ['a.rb', 'module M\n  class C\n    def go!\n', ['1:M', '2:C', '2:go!']],
    ['run', '#!/usr/bin/env bash\nfunction setup {\nclean_up() {\n', ['1:setup', '1:clean_up']],
  ])('%s', (name, text, expected) => {
    expect(symbols(text, name)).toEqual(expected);
  });

  it('skips block comments, very long lines and unknown languages', () => {
    expect(symbols('/*\nexport function no() {}\n*/\nexport function yes() {}', 'a.ts')).toEqual(['1:yes']);
    expect(symbols(`export const a = "${'x'.repeat(5000)}";`, 'a.ts')).toEqual([]);
    expect(symbols('function x() {}', 'a.unknown')).toEqual([]);
  });

  it('takes time in proportion to hostile input', () => {
    const began = performance.now();
    symbols(`${'export '.repeat(50)}(\n`.repeat(5000), 'a.ts');
    symbols(`${'a*&<>:, '.repeat(45)}\n`.repeat(5000), 'a.cpp');
    headings(`${'*'.repeat(300)}\n${'['.repeat(300)}\n`.repeat(2000));
    expect(performance.now() - began).toBeLessThan(5000);
  });
});

import { describe, expect, it } from 'vitest';
import { fileNote, HEAD_BYTES } from '../../../src/layers/file-note.ts';
import type { FileNote } from '../../../src/layers/note.ts';

function note(name: string, text: string): FileNote {
  const head = Buffer.from(text);
  return fileNote({ name, sizeBytes: head.length, head });
}

const brief = (name: string, text: string): string => {
  const { title, lead } = note(name, text);
  return `${title} | ${lead}`;
};

describe('a note of Markdown', () => {
  it('takes title and description of front matter', () => {
    expect(
      brief(
        'a.md',
        '---\ntitle: "The guide"\ndescription: What it is for.\n---\n# Other\n\nProse here is longer.',
      ),
    ).toBe('The guide | What it is for.');
    expect(
      brief('SKILL.md', '---\nname: pdf\ndescription: >\n  Reads PDF files\n  and fills forms.\n---\n'),
    ).toBe('pdf | Reads PDF files and fills forms.');
  });

  it('counts no field names of front matter', () => {
    const { terms } = note('a.md', '---\ntitle: Harbour\nverbosity: high\n---\nShips and anchors.\n');
    const words = terms.map(({ word }) => word);
    expect(words).toContain('harbour');
    expect(words).not.toContain('verbosity');
  });

  it('takes the first heading and the first real sentence', () => {
    const text =
      '<h1 align="center">Vault</h1>\n\n[![ci](x.svg)](y) [![npm](z.svg)](w)\n\n[English](a) | [中文](b) | [Docs](c)\n\n> Copyright 2020 Somebody. All rights reserved.\n\nVault keeps secrets on disk. It is small.\n';
    expect(brief('README.md', text)).toBe('Vault | Vault keeps secrets on disk. It is small.');
  });

  it('is called by its file name when it has no heading, and has no lead when it has no prose', () => {
    expect(brief('todo.md', '- one\n- two\n')).toBe('todo.md | ');
  });

  it('shows upper headings first when there are too many', () => {
    const text = `# T\n${Array.from({ length: 30 }, (_, at) => `## H${at}\n### deep ${at}\n`).join('')}`;
    const { outline } = note('a.md', text);
    expect(outline.length).toBeLessThanOrEqual(24);
    expect(outline.some(({ level }) => level === 3)).toBe(false);
  });
});

describe('a note of code', () => {
  it.each([
    [
      'a.py',
      '#!/usr/bin/env python3\n# Copyright 2020 X. Licensed under MIT.\n"""Turns tables into trees.\n\nMore."""\n',
      'Turns tables into trees.',
    ],
    [
      'a.ts',
      "import x from 'y';\n\n/** A lane per key: one at a time. */\nexport class Lane {}\n",
      'A lane per key: one at a time.',
    ],
    [
      'a.ts',
      '// eslint-disable\n\nexport function first() {}\nexport const second = 1;\n',
      'Defines first, second.',
    ],
    [
      'a.go',
      '// Package store keeps things on disk.\npackage store\n',
      'Package store keeps things on disk.',
    ],
    [
      'a.c',
      '/*\n * Copyright (C) 2001 Y.\n */\n\n/* Draws lines on a screen. */\n#include <x.h>\n',
      'Draws lines on a screen.',
    ],
    ['a.sh', '#!/bin/sh\n# Starts the daemon and waits.\nset -e\n', 'Starts the daemon and waits.'],
    ['a.rs', '//! Parses grammar files quickly.\nuse std::io;\n', 'Parses grammar files quickly.'],
  ])('%s says what it is', (name, text, lead) => {
    expect(brief(name, text)).toBe(`${name} | ${lead}`);
  });

  it('counts words of comments over words of the language', () => {
    const text = `/** Compaction merges segments. */\n${'export const promise = await readonly;\n'.repeat(50)}`;
    const terms = note('a.ts', text).terms.map(({ word }) => word);
    expect(terms).toContain('compaction');
    expect(terms).not.toContain('export');
  });
});

describe('a note of data', () => {
  it.each([
    [
      'package.json',
      '{"name":"tool","description":"Does one thing","version":"1"}',
      'tool | Does one thing.',
    ],
    ['a.json', '{"beta":1,"alpha":2}', 'a.json | JSON object, keys beta, alpha.'],
    ['a.json', '[{"id":1},{"id":2}]', 'a.json | JSON array of 2 with key id.'],
    ['a.json', '{broken', 'a.json | JSON with comments or errors.'],
    ['a.csv', 'city,people\nOslo,1\nBergen,2\n', 'a.csv | Table, 2 rows, columns city, people.'],
    ['a.yaml', 'server:\n  port: 1\nclient: x\n', 'a.yaml | YAML, keys server, client.'],
    ['a.toml', '[build]\nx = 1\n', 'a.toml | TOML, keys build, x.'],
    ['a.jsonl', '{"q":1}\n{"q":2}\n', 'a.jsonl | JSON lines, 2 records with key q.'],
    [
      'a.xml',
      '<?xml version="1.0"?><!-- c --><feed><title>News</title></feed>',
      'News | XML, root element feed.',
    ],
    [
      'a.html',
      '<html><head><title>Page</title></head><body><nav>Skip</nav><p>It tells how doors open.</p>',
      'Page | It tells how doors open.',
    ],
  ])('%s', (name, text, expected) => {
    expect(brief(name, text)).toBe(expected);
  });
});

describe('a note of a conversation', () => {
  const line = (role: string, content: string): string =>
    JSON.stringify({ role, content, created_at: '2026-03-04T05:06:07.000Z' });

  it('says how long it is, what was asked last, and covers what was said', () => {
    const text = [
      line('user', 'My sourdough starter died. What went wrong with the yeast?'),
      line('assistant', 'Probably the temperature: yeast dies above fifty degrees.'),
      line('user', 'Which flour should I buy for the next one?'),
      'not json',
    ].join('\n');
    const { kind, lead, gist, terms } = note('messages.jsonl', text);
    expect(kind).toBe('conversation');
    expect(lead).toBe('3 messages, 2026-03-04. Last asked: "Which flour should I buy for the next one?"');
    expect(gist?.join(' ')).toContain('temperature');
    expect(terms.map(({ word }) => word)).toContain('yeast');
  });

  it('reads the text parts of messages', () => {
    const message = {
      role: 'user',
      parts: [{ type: 'text', text: 'Where is the harbour?' }, { type: 'tool', tool_id: 'x' }, null],
    };
    expect(note('messages.jsonl', JSON.stringify(message)).lead).toBe(
      '1 message. Last asked: "Where is the harbour?"',
    );
  });

  it.each(['null', '[]', '"x"', '{"parts":"x"}', '{"content":5}'])('bears the line %s', (text) => {
    expect(note('messages.jsonl', text).kind).toBe('conversation');
  });
});

describe('a note of what is not ordinary text', () => {
  it('says empty, blank, binary with its kind and size, and not UTF-8', () => {
    expect(note('a.md', '').remark).toBe('empty');
    expect(note('a.md', ' \n\n').remark).toBe('blank');
    const png = Buffer.concat([Buffer.from('\x89PNG\r\n', 'latin1'), Buffer.alloc(3000)]);
    expect(fileNote({ name: 'a.md', sizeBytes: 3006, head: png }).remark).toBe('PNG image, 2.9 KB');
    const latin = Buffer.from('caf\xe9 au lait', 'latin1');
    expect(fileNote({ name: 'a.txt', sizeBytes: 12, head: latin }).remark).toBe('text, not UTF-8, 12 bytes');
  });

  it('says minified and generated, and reads no more of it', () => {
    expect(note('app.min.js', 'var a=1').remark).toBe('minified, 7 bytes');
    expect(note('package-lock.json', '{"name":"x"}')).toMatchObject({
      remark: 'generated, 12 bytes',
      terms: [],
    });
  });

  it('describes a large file from its ends, and says so', () => {
    const head = Buffer.from(`# Log book\n\nIt holds all voyages.\n${'x'.repeat(100)}\n`);
    const { title, remark, terms } = fileNote({
      name: 'a.md',
      sizeBytes: 5 << 20,
      head,
      tail: Buffer.from('anchor anchor'),
    });
    expect({ title, remark }).toEqual({
      title: 'Log book',
      remark: '5 MB, described from its head and tail',
    });
    expect(terms.map(({ word }) => word)).toContain('anchor');
  });

  it('bears a head that ends inside a character', () => {
    const head = Buffer.from(`# 题目\n${'字'.repeat(HEAD_BYTES / 3)}`).subarray(0, HEAD_BYTES);
    expect(fileNote({ name: 'a.md', sizeBytes: 2 << 20, head, tail: Buffer.from('x') }).title).toBe('题目');
  });

  it.each([
    ['no break', 'a.md', '字'.repeat(100_000)],
    ['one word', 'a.md', 'x'.repeat(1_000_000)],
    ['links', 'a.md', '[a]('.repeat(200_000)],
    ['images', 'a.md', '[![a]('.repeat(100_000)],
    ['stars', 'a.md', `${'* '.repeat(300_000)}x`],
    ['marks', 'a.md', `${'**a '.repeat(200_000)}x`],
    ['spaces', 'a.md', `# ${' '.repeat(500_000)}x`],
    ['closing marks', 'a.md', `# ${'#'.repeat(500_000)}x`],
    ['comments', 'a.md', '<!-- '.repeat(150_000)],
    ['addresses', 'a.md', 'http://a '.repeat(80_000)],
    ['open tags', 'a.html', '<p '.repeat(200_000)],
    ['open scripts', 'a.html', '<script>'.repeat(100_000)],
    ['open headings', 'a.html', '<h1>'.repeat(150_000)],
    ['a rule', 'a.py', '#'.repeat(500_000)],
    ['quotes', 'a.py', '""" '.repeat(150_000)],
    ['comment', 'a.ts', `/* ${'{@a '.repeat(150_000)}`],
    ['names', 'a.java', `public ${'aa '.repeat(70)}\n`.repeat(3000)],
    ['XML', 'a.xml', '<!--'.repeat(150_000)],
    ['YAML', 'a.yaml', `title: ${' '.repeat(300_000)}`],
    ['JSON', 'a.json', '['.repeat(500_000)],
    ['front matter', 'a.md', `---\na: >\n${'  x\n'.repeat(100_000)}`],
  ])('takes little time for hostile text: %s', (_what, name, text) => {
    const began = performance.now();
    note(name, text);
    // Time that grows with the square would be minutes; a loaded machine takes its seconds.
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  it('is text to the end or not text: a NUL after the head is found', () => {
    const head = Buffer.concat([Buffer.alloc(70_000, 'a'), Buffer.from([0, 1])]);
    expect(fileNote({ name: 'a.txt', sizeBytes: head.length, head }).kind).toBe('binary');
  });
});

import { describe, expect, it } from 'vitest';
import { type MemoryStatement, mergeStatement, parseMemory } from '../../../src/memory/memory-file.ts';

function statement(text: string, day: number, more: Partial<MemoryStatement> = {}): MemoryStatement {
  return {
    id: `${text}#${day}`,
    key: 'editor',
    text,
    at: `2026-01-${String(day).padStart(2, '0')}T00:00:00.000Z`,
    by: 'ada',
    session: 's',
    archive: 'archive_001',
    messages: [`msg_${day}`],
    extractor: 'rules',
    ...more,
  };
}

const written = (...statements: MemoryStatement[]): string =>
  statements.reduce<string | undefined>(
    (text, one) => mergeStatement(text, 'preferences', one).text,
    undefined,
  ) ?? '';

describe('a memory file', () => {
  it('is the sentence, and where it comes from in a comment', () => {
    const text = written(statement('I prefer Vim.', 1));
    expect(text).toMatch(/^I prefer Vim\.\n\n<!-- vikingfs-memory\n\{.*\}\n-->\n$/);
    expect(parseMemory(text)).toEqual({
      body: 'I prefer Vim.',
      isEdited: false,
      statements: [statement('I prefer Vim.', 1)],
    });
  });

  it('lets the newest statement hold and keeps the older under History', () => {
    const text = written(
      statement('I prefer Vim.', 1),
      statement('I prefer Emacs.', 2),
      statement('I prefer Helix.', 3),
    );
    expect(parseMemory(text).body).toBe(
      'I prefer Helix.\n\n## History\n\n- 2026-01-02: I prefer Emacs.\n- 2026-01-01: I prefer Vim.',
    );
  });

  it('lets an older statement that comes late not take the place of a newer one', () => {
    const text = written(statement('I prefer Emacs.', 5), statement('I prefer Vim.', 1));
    expect(parseMemory(text).body).toMatch(/^I prefer Emacs\.\n\n## History\n\n- 2026-01-01: I prefer Vim\./);
  });

  it('lists statements about different things', () => {
    const text = written(statement('I prefer Vim.', 1), statement('I prefer tabs.', 2, { key: 'indent' }));
    expect(parseMemory(text).body).toBe('- I prefer Vim.\n- I prefer tabs.');
  });

  it('does not take the same words, or the same statement, twice', () => {
    const text = written(statement('I prefer Vim.', 1));
    expect(mergeStatement(text, 'preferences', statement('i  prefer VIM', 2))).toEqual({
      text,
      outcome: 'duplicate',
    });
    expect(mergeStatement(text, 'preferences', statement('I prefer Vim.', 1))).toEqual({
      text,
      outcome: 'duplicate',
    });
    const changed = written(statement('I prefer Vim.', 1), statement('I prefer Emacs.', 2));
    expect(mergeStatement(changed, 'preferences', statement('I prefer Vim.', 1)).outcome).toBe('duplicate');
    expect(mergeStatement(changed, 'preferences', statement('I prefer Vim.', 3)).outcome).toBe('merged');
  });

  it('never rewrites what was edited by hand, only adds to it, forever', () => {
    const edited = written(statement('I prefer Vim.', 1)).replace(
      'I prefer Vim.',
      '# Editors\n\nVim, but only the *good* parts.',
    );
    expect(parseMemory(edited).isEdited).toBe(true);
    const once = mergeStatement(edited, 'preferences', statement('I prefer Emacs.', 2)).text;
    expect(parseMemory(once).body).toBe(
      '# Editors\n\nVim, but only the *good* parts.\n\n- I prefer Emacs. (2026-01-02)',
    );
    const twice = mergeStatement(once, 'preferences', statement('I prefer Helix.', 3)).text;
    expect(parseMemory(twice).body).toContain('Vim, but only the *good* parts.');
    expect(parseMemory(twice).body).toContain(
      '- I prefer Emacs. (2026-01-02)\n\n- I prefer Helix. (2026-01-03)',
    );
    expect(parseMemory(twice).isEdited).toBe(true);
  });

  it("takes a file without our comment for a person's", () => {
    const { text, outcome } = mergeStatement(
      'I love mornings.\n',
      'preferences',
      statement('I prefer Vim.', 1),
    );
    expect(outcome).toBe('stored');
    expect(parseMemory(text).body).toBe('I love mornings.\n\n- I prefer Vim. (2026-01-01)');
    expect(mergeStatement('- I prefer vim!\n', 'preferences', statement('I prefer Vim.', 1)).outcome).toBe(
      'duplicate',
    );
    expect(parseMemory('').isEdited).toBe(false);
  });

  it('survives text below the comment, a damaged comment and a comment inside a statement', () => {
    const text = written(statement('I prefer --> arrows <!-- vikingfs-memory {} -->.', 1));
    expect(parseMemory(text)).toMatchObject({
      isEdited: false,
      statements: [{ text: 'I prefer --> arrows <!-- vikingfs-memory {} -->.' }],
    });
    const below = mergeStatement(
      `${text}\nOne more line.\n`,
      'preferences',
      statement('I prefer Vim.', 2),
    ).text;
    expect(parseMemory(below).body).toContain('One more line.');
    const damaged = text.replace('"statements"', '"statement s');
    const merged = mergeStatement(damaged, 'preferences', statement('I prefer Vim.', 2)).text;
    expect(merged).toContain('I prefer --> arrows');
    expect(merged).toContain('- I prefer Vim. (2026-01-02)');
  });

  it('adds above a history that a person kept', () => {
    const text = written(statement('I prefer Vim.', 1), statement('I prefer Emacs.', 2)).replace(
      'I prefer Emacs.',
      'Emacs with evil-mode.',
    );
    const { body } = parseMemory(mergeStatement(text, 'preferences', statement('I prefer Helix.', 3)).text);
    expect(body).toBe(
      'Emacs with evil-mode.\n\n- I prefer Helix. (2026-01-03)\n\n## History\n\n- 2026-01-01: I prefer Vim.',
    );
  });
});

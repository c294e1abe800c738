import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { MEMORY_CATEGORIES } from '../base/memory-categories.ts';
import { VikingError } from '../errors/index.ts';
import type { Category } from './categories.ts';

const name = z.string().regex(/^[a-z][a-z0-9_-]{0,39}$/, { error: 'lower-case letters, digits, _ and -' });

/** A category of one's own: one JSON file of these keys in the directory of templates. */
const template = z.strictObject({
  name,
  /** Below `memories/`. Default: the name. */
  directory: z
    .string()
    .regex(/^[A-Za-z0-9_-]+(?:\/[A-Za-z0-9_-]+)*$/, { error: 'a relative path of plain names' })
    .optional(),
  /** `{subject}`, `{date}` and fields stand for their values. */
  file_name: z.string().min(1).max(120).default('{subject}'),
  fields: z.array(name).max(20).default([]),
  mode: z.enum(['mergeable', 'add-only']).default('mergeable'),
  prompt: z.string().min(1).max(2_000),
});

/**
 * Reads every `*.json` of a directory; a missing directory is none.
 * @throws INVALID_ARGUMENT naming the file and what is wrong with it
 */
export async function loadCategories(directory: string): Promise<Category[]> {
  const files = (await readdir(directory).catch(ignoreMissing))
    .filter((file) => file.endsWith('.json'))
    .sort();
  const categories = new Map<string, Category>();
  for (const file of files) {
    const path = join(directory, file);
    const category = categoryOf(path, await readFile(path, 'utf8'));
    if (categories.has(category.name) || (MEMORY_CATEGORIES as readonly string[]).includes(category.name)) {
      throw invalid(path, `there is a category ${category.name} already`);
    }
    categories.set(category.name, category);
  }
  return [...categories.values()];
}

function categoryOf(path: string, text: string): Category {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw invalid(path, (error as Error).message);
  }
  const parsed = template.safeParse(value);
  if (!parsed.success) {
    const issues = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw invalid(path, issues.join('; '));
  }
  const { name: own, directory = own, file_name, fields, mode, prompt } = parsed.data;
  return { name: own, directory, fileName: file_name, fields, isMergeable: mode === 'mergeable', prompt };
}

function invalid(path: string, reason: string): VikingError {
  return new VikingError('INVALID_ARGUMENT', `${path}: ${reason}`, {
    hint: 'Keys: name, directory, file_name, fields, mode (mergeable, add-only), prompt.',
  });
}

function ignoreMissing(error: NodeJS.ErrnoException): string[] {
  if (error.code === 'ENOENT') return [];
  throw error;
}

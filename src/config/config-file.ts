import { readFileSync } from 'node:fs';
import { type ParseError, parse, printParseErrorCode } from 'jsonc-parser';
import { VikingError } from '../errors/index.ts';
import { checkSettings } from './check-settings.ts';
import type { Settings } from './schema.ts';

/**
 * Settings of a JSON file with comments and trailing commas. A missing file is no settings, unless `required`.
 * @throws NOT_FOUND, PERMISSION_DENIED, INVALID_ARGUMENT naming the file and the line or key
 */
export function readConfigFile(path: string, required: boolean): Settings | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' && !required) return undefined;
    throw new VikingError(
      code === 'ENOENT' ? 'NOT_FOUND' : code === 'EACCES' ? 'PERMISSION_DENIED' : 'INVALID_ARGUMENT',
      `configuration file ${path} cannot be read: ${(error as Error).message}`,
      { hint: 'Check VIKINGFS_CONFIG or --config, or remove them to use the default.', cause: error },
    );
  }
  return checkSettings(parseText(text, path), path);
}

function parseText(text: string, path: string): unknown {
  const body = text.replace(/^\uFEFF/, '');
  if (body.trim() === '') return {};
  const errors: ParseError[] = [];
  const value: unknown = parse(body, errors, { allowTrailingComma: true });
  const [first] = errors;
  if (first === undefined) return value;
  const before = body.slice(0, first.offset).split('\n');
  throw new VikingError(
    'INVALID_ARGUMENT',
    `${path}:${before.length}:${before.at(-1)!.length + 1}: not valid JSON (${printParseErrorCode(first.error)})`,
  );
}

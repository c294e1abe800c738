import { VikingError } from '../errors/index.ts';
import { nearest } from './nearest.ts';
import { knownKeys, type Settings, settingsSchema } from './schema.ts';

/**
 * `value` as settings. `origin` names where it came from (a file, the environment) and leads the message; `nameOf`
 * turns a dotted key into what the user wrote there.
 * @throws INVALID_ARGUMENT naming every wrong key
 */
export function checkSettings(
  value: unknown,
  origin: string,
  nameOf = (key: string): string => key,
): Settings {
  const result = settingsSchema.safeParse(value);
  if (result.success) return result.data;
  const problems: string[] = [];
  const hints: string[] = [];
  for (const issue of result.error.issues) {
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) {
        problems.push(`unknown key "${dotted([...issue.path, key])}"`);
        hints.push(hintFor(key, issue.path));
      }
    } else {
      problems.push(`${nameOf(dotted(issue.path)) || 'the file'}: ${issue.message}`);
    }
  }
  throw new VikingError('INVALID_ARGUMENT', `${origin}: ${problems.join('; ')}`, {
    ...(hints.length === 0 ? {} : { hint: hints.join(' ') }),
    details: { origin, problems },
  });
}

function hintFor(key: string, path: readonly PropertyKey[]): string {
  const known = knownKeys(path);
  const near = nearest(key, known);
  if (near !== undefined) return `Did you mean "${dotted([...path, near])}"?`;
  return `Known keys${path.length === 0 ? '' : ` of ${dotted(path)}`}: ${known.join(', ')}.`;
}

function dotted(path: readonly PropertyKey[]): string {
  return path.map(String).join('.');
}

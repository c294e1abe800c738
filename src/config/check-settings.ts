import type { z } from 'zod';
import { VikingError } from '../errors/index.ts';
import { nearest } from './nearest.ts';
import { knownKeys, type Settings, settingsSchema } from './schema.ts';

type ZodIssue = z.core.$ZodIssue;

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
  for (const issue of result.error.issues.flatMap(withinUnion)) {
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

/** Of a value that may be a word or an object, what is wrong with the object: that is what somebody meant who wrote one. */
function withinUnion(issue: ZodIssue): readonly ZodIssue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const inner = issue.errors
    .flat()
    .filter(({ code, path }) => code === 'unrecognized_keys' || path.length > 0)
    .map((one) => ({ ...one, path: [...issue.path, ...one.path] }));
  return inner.length === 0 ? [issue] : inner;
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

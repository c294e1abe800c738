import type { z } from 'zod';

/** What is wrong, in one line: unknown keys by name first, then every other complaint with its place. */
export function describeIssues(error: z.ZodError): string {
  const unknown: string[] = [];
  const other: string[] = [];
  for (const issue of error.issues) {
    const place = issue.path.map(String).join('.');
    if (issue.code === 'unrecognized_keys') {
      unknown.push(...issue.keys.map((key) => JSON.stringify(place === '' ? key : `${place}.${key}`)));
    } else {
      other.push(place === '' ? issue.message : `${place}: ${issue.message}`);
    }
  }
  const named =
    unknown.length === 0 ? [] : [`unknown key${unknown.length > 1 ? 's' : ''} ${unknown.join(', ')}`];
  return [...named, ...other].join('; ').slice(0, 500);
}

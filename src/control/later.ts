import { VikingError } from '../errors/index.ts';

/**
 * Refuses fields that the API knows and this version cannot honour, instead of ignoring them.
 * @throws UNIMPLEMENTED naming them
 */
export function refuseLater(body: Readonly<Record<string, unknown>>, fields: readonly string[]): void {
  const set = fields.filter((field) => body[field] !== undefined && body[field] !== null);
  if (set.length === 0) return;
  throw new VikingError('UNIMPLEMENTED', `${set.join(', ')}: not available in this version`, {
    hint: `Leave ${set.length === 1 ? 'it' : 'them'} out.`,
    details: { fields: set },
  });
}

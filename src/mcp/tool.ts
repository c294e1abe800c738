import { z } from 'zod';
import type { Client } from '../client/index.ts';

/** One thing an assistant can do here. Field names and answers are those of the HTTP API. */
export interface Tool {
  readonly name: string;
  readonly title: string;
  /** Tells a model when to use it, and what it gets. */
  readonly description: string;
  readonly input: z.ZodObject;
  /** Changes nothing. */
  readonly isReadOnly: boolean;
  /** Takes something away that was there. */
  readonly isDestructive: boolean;
  /** A text is shown as it is, anything else as JSON. */
  run(client: Client, input: unknown): Promise<unknown>;
}

interface ToolSpec<S extends z.ZodRawShape> {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly input: S;
  readonly effect: 'reads' | 'adds' | 'destroys';
  run(client: Client, input: z.infer<z.ZodObject<S>>): Promise<unknown>;
}

export function defineTool<S extends z.ZodRawShape>(spec: ToolSpec<S>): Tool {
  const input = z.strictObject(spec.input);
  return {
    name: spec.name,
    title: spec.title,
    description: spec.description,
    input,
    isReadOnly: spec.effect === 'reads',
    isDestructive: spec.effect === 'destroys',
    run: (client, value) => spec.run(client, input.parse(value) as z.infer<z.ZodObject<S>>),
  };
}

export const uri = z
  .string()
  .min(1)
  .describe('viking:// URI, e.g. viking://resources/docs/guide.md or viking://user/memories');

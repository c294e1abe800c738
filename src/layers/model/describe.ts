import { isVikingError } from '../../errors/index.ts';
import type { Chat, ModelCallOptions } from '../../models/index.ts';
import type { Description, FileExcerpt, ModelWork } from '../contract.ts';
import { ABSTRACT_CHARACTERS } from '../directory-layers.ts';
import { checkedText } from './check.ts';
import {
  descriptionPrompt,
  descriptionSchema,
  SUMMARY_CHARACTERS,
  summariesPrompt,
  summariesSchema,
} from './prompts.ts';

const GUIDE_CHARACTERS = 900;
const CALL = { priority: 'background', cause: 'layers' } as const;
/** These say something about the material, not about the endpoint. */
const ABOUT_MATERIAL: ReadonlySet<unknown> = new Set(['refusal', 'length']);

/**
 * Digest and checked summary of each file; an empty summary where the model has none to give, so that it is not asked
 * again. @throws MODEL_UNAVAILABLE, RESOURCE_EXHAUSTED when the endpoint is not well
 */
export async function summarise(
  chat: Chat,
  files: readonly FileExcerpt[],
  options: ModelCallOptions,
): Promise<(readonly [digest: string, summary: string])[]> {
  const { system, user } = summariesPrompt(files);
  try {
    const { summaries } = await chat.complete(
      {
        ...CALL,
        system,
        messages: [{ role: 'user', content: user }],
        schema: summariesSchema,
        maxTokens: 200 + 160 * files.length,
      },
      options,
    );
    const byId = new Map(summaries.map(({ id, summary }) => [id, summary]));
    return files.map(({ digest, name, text }, at) => {
      const said = byId.get(`f${at + 1}`) ?? '';
      return [digest, checkedText(said, `${name}\n${text}`, SUMMARY_CHARACTERS)];
    });
  } catch (error) {
    if (!isAboutMaterial(error)) throw error;
    if (files.length === 1) return [[files[0]!.digest, '']];
    // One of them is to blame: the others must not go without.
    const apart: (readonly [string, string])[] = [];
    for (const file of files) apart.push(...(await summarise(chat, [file], options)));
    return apart;
  }
}

/** The checked description of a directory; undefined when nothing usable was said. @throws as `summarise` */
export async function describe(
  chat: Chat,
  work: ModelWork,
  options: ModelCallOptions,
): Promise<Description | undefined> {
  const { system, user } = descriptionPrompt(work);
  try {
    const said = await chat.complete(
      {
        ...CALL,
        system,
        messages: [{ role: 'user', content: user }],
        schema: descriptionSchema,
        maxTokens: 800,
      },
      options,
    );
    const abstract = checkedText(said.abstract, user, ABSTRACT_CHARACTERS);
    if (abstract === '') return undefined;
    return { abstract, guide: checkedText(said.guide, user, GUIDE_CHARACTERS) };
  } catch (error) {
    if (isAboutMaterial(error)) return undefined;
    throw error;
  }
}

function isAboutMaterial(error: unknown): boolean {
  return isVikingError(error) && ABOUT_MATERIAL.has(error.details['reason']);
}

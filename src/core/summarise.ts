import type { Logger } from '../base/log.ts';
import { summariseByModel } from '../memory/index.ts';
import type { Chat } from '../models/contract.ts';
import { type Summarise, summariseEmbedded } from '../sessions/index.ts';

/** The summary of an archive by the chat model where there is one; embedded where there is none or it fails. */
export function createSummarise(chat: Chat | undefined, log: Logger): Summarise {
  return async (messages, signal) => {
    if (chat === undefined || messages.length === 0) return summariseEmbedded(messages);
    try {
      return await summariseByModel(chat, messages, signal);
    } catch (error) {
      if (signal.aborted) throw error;
      log.warn({ error: (error as Error).message }, 'no summary by the model, the embedded one is written');
      return summariseEmbedded(messages);
    }
  };
}

import { estimateTokens } from '../base/tokens.ts';
import type { StoredPart } from './message-parts.ts';
import type { StoredMessage } from './types.ts';

/** Estimated tokens a model reads for one message: its words, not its ids and times. */
export function messageTokens(message: StoredMessage): number {
  return message.parts.reduce((sum, part) => sum + estimateTokens(partText(part as StoredPart)), 0);
}

/** What a part says, as text. */
export function partText(part: StoredPart): string {
  switch (part.type) {
    case 'text':
      return part.text;
    case 'context':
      return `${part.uri}\n${part.abstract ?? ''}`;
    case 'image':
      // A data URL is not read as text.
      return part.description ?? (part.url.startsWith('data:') ? '' : part.url);
    case 'tool':
      return [
        part.tool_name,
        part.tool_input === undefined ? '' : JSON.stringify(part.tool_input),
        part.tool_output,
      ]
        .filter((text) => text !== undefined && text !== '')
        .join('\n');
  }
}

/** The text parts of a message, joined: what the author wrote. */
export function spokenText(message: StoredMessage): string {
  return message.parts
    .filter((part) => part.type === 'text')
    .map((part) => part.text)
    .join('\n');
}

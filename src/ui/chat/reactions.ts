/** Own reactions: what may be sent, and what is offered at once. Pure. */
import type { Message } from '../../contract/message.ts';

/** UTF-16 units, as the contract takes them. */
export const MAX_REACTION_LENGTH = 64;
/** What most people answer with. */
export const quickReactions = ['👍', '❤️', '😄', '🎉', '👀', '🙏'] as const;
/** Chips drawn for one line; a hostile channel can send any number. */
export const MAX_SHOWN_REACTIONS = 20;
/** Nicks named for one chip. */
const MAX_NAMED = 10;

/** What was typed as a reaction, or null where there is nothing. */
export function reactionText(typed: string): string | null {
  const text = typed.replace(/\s+/g, ' ').trim();
  return text === '' || text.length > MAX_REACTION_LENGTH ? null : text;
}

export interface Chip {
  text: string;
  count: number;
  own: boolean;
  nicks: string[];
  more: number;
}

/** `nick`: the user's own there. */
export function chips({ details }: Pick<Message, 'details'>, nick: string | null): { chips: Chip[]; more: number } {
  const all = details?.reactions ?? [];
  const mine = nick?.toLowerCase() ?? null;
  return {
    chips: all.slice(0, MAX_SHOWN_REACTIONS).map(({ text, nicks }) => ({
      text,
      count: nicks.length,
      own: mine !== null && nicks.some((other) => other.toLowerCase() === mine),
      nicks: nicks.slice(0, MAX_NAMED),
      more: Math.max(0, nicks.length - MAX_NAMED),
    })),
    more: Math.max(0, all.length - MAX_SHOWN_REACTIONS),
  };
}

/** What can be done with a line: by its menu, and by one key while it has the focus. Pure. */
import type { ServerFeatures } from '../../contract/chat.ts';
import type { Message, MessageKind } from '../../contract/message.ts';
import type { BufferView } from '../../contract/views.ts';
import { stripFormatting } from './formatting.ts';

export type LineActionId = 'reply' | 'react' | 'copy' | 'takeBack' | 'retry' | 'giveUp' | 'remove';

export interface LineAction {
  id: LineActionId;
  words: string;
  /** `key` of a key press without modifiers; null: only in the menu. */
  key: string | null;
}

const actions: Record<LineActionId, LineAction> = {
  reply: { id: 'reply', words: 'Reply', key: 'r' },
  react: { id: 'react', words: 'React…', key: 'e' },
  copy: { id: 'copy', words: 'Copy text', key: 'c' },
  retry: { id: 'retry', words: 'Retry', key: null },
  giveUp: { id: 'giveUp', words: 'Give up', key: null },
  remove: { id: 'remove', words: 'Delete', key: null },
  takeBack: { id: 'takeBack', words: 'Take back…', key: 'Delete' },
};

/** What somebody said, and not what happened. */
const isSaid = (kind: MessageKind): boolean => kind === 'privmsg' || kind === 'notice' || kind === 'action';

type Features = Pick<ServerFeatures, 'replies' | 'reactions' | 'redaction'>;

/** `features`: of the buffer's server, null where there is none or it is not connected. */
export function lineActions(message: Message, buffer: Pick<BufferView, 'kind' | 'joined'>, features: Features | null): LineAction[] {
  const ids: LineActionId[] = [];
  const isGone = message.details?.redacted !== undefined;
  const isReferable = message.isReferable === true && isSaid(message.kind) && !isGone && buffer.joined;
  if (features !== null && isReferable && buffer.kind !== 'private') {
    if (features.replies) ids.push('reply');
    if (features.reactions) ids.push('react');
  }
  if (!isGone && message.text !== '') ids.push('copy');
  const receipt = message.self ? (message.receipt?.state ?? null) : null;
  if (receipt === 'failed' || receipt === 'queued' || receipt === 'sent') ids.push('retry');
  if (receipt === 'queued' || receipt === 'sent') ids.push('giveUp');
  if (receipt === 'failed') ids.push('remove');
  if (features?.redaction === true && isReferable && message.self) ids.push('takeBack');
  return ids.map((id) => actions[id]);
}

/** What goes on the clipboard: the words alone, without their formatting. */
export const copiedText = ({ text }: Pick<Message, 'text'>): string => stripFormatting(text);

/** What an opened payload means: a line to show, a change of the contact. */
import { assertNever } from '../../contract/chat.ts';
import type { MessageId } from '../../contract/ids.ts';
import type { MessageKind } from '../../contract/message.ts';
import type { Payload } from '../../pq/types.ts';
import type { ContactChange } from '../../store/rows.ts';
import type { UnplacedMessage } from '../../store/store.ts';
import { sanitizeNickname } from './nickname.ts';
import { sanitizeText } from './text.ts';

interface LineOptions {
  from: string;
  now: number;
  nextMessageId: () => MessageId;
}

/** The line a payload is shown as; null for what is not shown. */
export function lineOf({ body }: Payload, { from, now, nextMessageId }: LineOptions): UnplacedMessage | null {
  const line = (kind: MessageKind, text: string): UnplacedMessage => ({
    id: nextMessageId(),
    time: now,
    kind,
    from,
    text,
    subject: null,
    self: false,
    highlight: false,
    receipt: null,
  });
  switch (body.kind) {
    case 'text':
      return line(body.action ? 'action' : 'privmsg', sanitizeText(body.text));
    case 'unknown':
      return line('unknown', 'This message needs a newer Sotto.');
    case 'profile':
    case 'addressUpdate':
    case 'ack':
    case 'dummy':
      return null;
    default:
      return assertNever(body);
  }
}

/** What somebody says about themselves; nothing they leave out takes away what we know. */
export const changeOfProfile = (profile: { nickname: string; addresses: Uint8Array[]; recordKey: string | null }): ContactChange => ({
  nickname: sanitizeNickname(profile.nickname),
  ...(profile.addresses.length > 0 ? { addresses: profile.addresses } : {}),
  ...(profile.recordKey === null ? {} : { theirRecord: profile.recordKey }),
});

export function changeOf({ body }: Payload): ContactChange {
  switch (body.kind) {
    case 'profile':
      return changeOfProfile(body);
    case 'addressUpdate':
      return body.addresses.length > 0 ? { addresses: body.addresses } : {};
    case 'text':
    case 'unknown':
    case 'ack':
    case 'dummy':
      return {};
    default:
      return assertNever(body);
  }
}

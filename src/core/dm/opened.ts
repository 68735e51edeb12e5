/** What an opened payload means now: a line to show, a change of the contact, receipts, and what a later version will show. */
import { assertNever } from '../../contract/chat.ts';
import type { MessageId } from '../../contract/ids.ts';
import type { MessageKind } from '../../contract/message.ts';
import { encodeBody, kindCode } from '../../pq/body.ts';
import { shortFingerprint } from '../../pq/identity.ts';
import type { Body, Payload } from '../../pq/types.ts';
import type { ContactChange, KeptPayload } from '../../store/rows.ts';
import type { UnplacedMessage } from '../../store/store.ts';
import { toHex } from './bytes.ts';
import { toldAddresses } from './direct.ts';
import { sanitizeNickname } from './nickname.ts';
import { sanitizeText } from './text.ts';

interface LineOptions {
  from: string;
  now: number;
  nextMessageId: () => MessageId;
}

const NEWER = 'This message needs a newer Sotto.';

/** Words for a body; null for what is not shown. Edits, deletions and reactions are told as what their author did. */
function wordsOf(body: Body): { kind: MessageKind; text: string; subject?: string } | null {
  switch (body.kind) {
    case 'text':
    case 'reply':
      return { kind: body.action ? 'action' : 'privmsg', text: sanitizeText(body.text) };
    case 'edit':
      return { kind: 'action', text: `edited: ${sanitizeText(body.text)}` };
    case 'delete':
      return { kind: 'action', text: 'deleted a message' };
    case 'reaction':
      return { kind: 'action', text: `${body.add ? 'reacted with' : 'took back'} ${sanitizeText(body.emoji)}` };
    case 'introduction': {
      const name = sanitizeNickname(body.nickname) || 'somebody';
      return { kind: 'introduction', text: name, subject: shortFingerprint(body.fingerprint) };
    }
    case 'file':
    case 'unknown':
      return { kind: 'unknown', text: NEWER };
    case 'profile':
    case 'addressUpdate':
    case 'record':
    case 'read':
    case 'identity':
    case 'typing':
    case 'presence':
    case 'ack':
    case 'dummy':
      return null;
    default:
      return assertNever(body);
  }
}

/** The line a payload is shown as; null for what is not shown. */
export function lineOf({ body }: Payload, { from, now, nextMessageId }: LineOptions): UnplacedMessage | null {
  const words = wordsOf(body);
  return words && { subject: null, ...words, id: nextMessageId(), time: now, from, self: false, highlight: false, receipt: null };
}

/** What somebody says about themselves; nothing they leave out takes away what we know. */
export const changeOfProfile = (profile: { nickname: string; addresses: Uint8Array[]; recordKey: string | null }): ContactChange => ({
  nickname: sanitizeNickname(profile.nickname),
  ...toldAddresses(profile.addresses),
  ...(profile.recordKey === null ? {} : { theirRecord: profile.recordKey }),
});

export function changeOf({ body }: Payload): ContactChange {
  switch (body.kind) {
    case 'profile':
      return changeOfProfile(body);
    case 'addressUpdate':
      return toldAddresses(body.addresses);
    case 'record':
      return { theirRecord: body.recordKey };
    case 'text':
    case 'reply':
    case 'edit':
    case 'delete':
    case 'reaction':
    case 'file':
    case 'read':
    case 'identity':
    case 'typing':
    case 'presence':
    case 'introduction':
    case 'unknown':
    case 'ack':
    case 'dummy':
      return {};
    default:
      return assertNever(body);
  }
}

/** Own messages they say to have read, as the store names them. */
export const readOf = ({ body }: Payload): string[] => (body.kind === 'read' ? body.mids.map(toHex) : []);

/** The entry of their identity log they send, not read yet; null in every other payload. */
export const identityOf = ({ body }: Payload): Uint8Array | null => (body.kind === 'identity' ? body.entry : null);

/**
 * What is kept for a later version, that shows it in full; null for what has been dealt with. `place`: where the packet was
 * opened, since the author's order (conversation.ts) is that of session, chain and number.
 */
export function keepOf({ body, mid }: Payload, place: { session: string; chain: string; n: number }): KeptPayload | null {
  switch (body.kind) {
    case 'reply':
    case 'edit':
    case 'delete':
    case 'reaction':
    case 'file':
    case 'introduction':
    case 'unknown':
      return { mid: toHex(mid), session: place.session, chain: place.chain, n: place.n, kind: kindCode(body), bytes: encodeBody(body) };
    case 'text':
    case 'profile':
    case 'addressUpdate':
    case 'record':
    case 'read':
    case 'identity':
    case 'typing':
    case 'presence':
    case 'ack':
    case 'dummy':
      return null;
    default:
      return assertNever(body);
  }
}

/** Sotto's own lines in a conversation: what happened to its keys, and what to do. */
import type { MessageId } from '../../contract/ids.ts';
import type { UnplacedMessage } from '../../store/rows.ts';

export type Note = (text: string) => UnplacedMessage;

export const createNote =
  ({ nextMessageId, now }: { nextMessageId: () => MessageId; now: () => number }): Note =>
  (text) => ({
    id: nextMessageId(),
    time: now(),
    kind: 'info',
    from: null,
    text,
    subject: null,
    self: false,
    highlight: false,
    receipt: null,
  });

export const newSession = (name: string): string => `${name} started a new encrypted session.`;
export const wentBack = (name: string): string =>
  `${name} seems to have gone back to an older state, for example from a backup. A new encrypted session was started; what had not arrived is sent again.`;
export const newIdentity = (name: string): string =>
  `${name} has a new identity, signed with the one before it. Compare the safety number with ${name} to be sure that it is theirs.`;
export const splitView = (name: string): string =>
  `${name} was shown another history of your identity than the one on this computer. Somebody may be between you, or this profile was restored from an older copy. Compare safety numbers with ${name}.`;

/** What a line says beside the nick, in words. The line's own text is drawn separately (`reason`). */
import { assertNever } from '../../contract/chat.ts';
import type { Message, MessageKind } from '../../contract/message.ts';

/** `speech`: nick and text. `event`: somebody did something. `voice`: the server's or Sotto's own. */
export type LineForm = 'speech' | 'action' | 'event' | 'voice';

export function lineForm(kind: MessageKind): LineForm {
  switch (kind) {
    case 'privmsg':
    case 'notice':
    case 'unknown':
      return 'speech';
    case 'action':
    case 'introduction':
      return 'action';
    case 'join':
    case 'part':
    case 'quit':
    case 'nick':
    case 'mode':
    case 'topic':
    case 'kick':
      return 'event';
    case 'server':
    case 'info':
    case 'error':
      return 'voice';
    default:
      return assertNever(kind);
  }
}

/** The verb after the nick; `other` is drawn as a nick after it, `text` (formatted) after a colon. */
export function eventWords({ kind, subject, text }: Pick<Message, 'kind' | 'subject' | 'text'>): {
  verb: string;
  other: string | null;
  text: string;
} {
  switch (kind) {
    case 'join':
      return { verb: 'joined', other: null, text: '' };
    case 'part':
      return { verb: 'left', other: null, text };
    case 'quit':
      return { verb: 'quit', other: null, text };
    case 'nick':
      return { verb: 'is now', other: subject, text: '' };
    case 'mode':
      return { verb: 'set mode', other: null, text };
    case 'topic':
      return { verb: text === '' ? 'cleared the topic' : 'set the topic', other: null, text };
    case 'kick':
      return { verb: 'kicked', other: subject, text };
    case 'privmsg':
    case 'notice':
    case 'action':
    case 'introduction':
    case 'server':
    case 'info':
    case 'error':
    case 'unknown':
      return { verb: '', other: null, text };
    default:
      return assertNever(kind);
  }
}

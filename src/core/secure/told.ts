import { assertNever, type Action } from '../../contract/chat.ts';

/** The targets of a raw line that says something. */
const SAYING = /^\s*(?:@\S+\s+)?(?:PRIVMSG|NOTICE|TAGMSG|SQUERY|CPRIVMSG|CNOTICE|REDACT|MARKREAD)\s+:?(\S+)/i;

/** Whom an action tells something: nicks without user and host, and channels. A new kind has to say here what it tells. */
export function toldBy(action: Action): string[] {
  switch (action.kind) {
    case 'text':
    case 'ctcp':
    case 'react':
    case 'redact':
    case 'typing':
    case 'markRead':
      return names(action.target);
    case 'raw':
      return names(SAYING.exec(action.line)?.[1] ?? '');
    // The offer of a private conversation itself, and what is said to nobody in particular.
    case 'sotto':
    case 'join':
    case 'part':
    case 'nick':
    case 'topic':
    case 'away':
    case 'whois':
    case 'whowas':
    case 'who':
    case 'names':
    case 'list':
    case 'mode':
    case 'masks':
    case 'kick':
    case 'invite':
    case 'knock':
    case 'rename':
    case 'monitor':
    case 'setname':
    case 'history':
    case 'missed':
    case 'search':
    case 'metadata':
    case 'registerAccount':
    case 'verifyAccount':
    case 'bouncer':
    case 'quit':
      return [];
    default:
      return assertNever(action);
  }
}

/** `nick@server` and `nick!user@host` reach the nick as well (RFC 2812 section 3.3.1). */
const names = (targets: string): string[] => targets.split(',').map((target) => target.split(/[!@%]/)[0] ?? '');

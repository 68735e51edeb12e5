/** A session without network or time: lines in, lines and events out. */
import type { IrcEvent } from '../../../src/contract/chat.ts';
import type { NetworkOptions } from '../../../src/irc/network.ts';
import type { Ending } from '../../../src/irc/session/context.ts';
import type { Clock } from '../../../src/irc/session/flood.ts';
import { createSession, type Session, type SessionDeps } from '../../../src/irc/session/session.ts';
import { baseOptions } from './client.ts';

export interface ManualClock extends Clock {
  advance(ms: number): void;
}

export function manualClock(): ManualClock {
  let time = 0;
  let next: { at: number; work: () => void }[] = [];
  return {
    now: () => time,
    after: (ms, work) => {
      const entry = { at: time + ms, work };
      next.push(entry);
      return () => {
        next = next.filter((other) => other !== entry);
      };
    },
    advance: (ms) => {
      const end = time + ms;
      for (;;) {
        const due = next.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
        if (!due) break;
        next = next.filter((other) => other !== due);
        time = due.at;
        due.work();
      }
      time = end;
    },
  };
}

export const NOW = Date.UTC(2026, 5, 1, 12);

export interface SessionHarness {
  session: Session;
  clock: ManualClock;
  events: IrcEvent[];
  sent: string[];
  endings: Ending[];
  feed: (...lines: string[]) => void;
}

/** Parts of a session's surroundings that a test wants otherwise: the link is encrypted, randomness is all zeros, nobody is away. */
export type HarnessDeps = Partial<Pick<SessionDeps, 'link' | 'random' | 'onStsDuration' | 'away' | 'joins' | 'hold'>>;

export function harness(options: Partial<NetworkOptions> = {}, deps: HarnessDeps = {}): SessionHarness {
  const clock = manualClock();
  const events: IrcEvent[] = [];
  const sent: string[] = [];
  const endings: Ending[] = [];
  const all = { ...baseOptions, host: 'irc.test', nick: 'me', ...options };
  const session = createSession({
    options: all,
    link: { encrypted: true, mayCarrySecrets: true },
    random: (length) => new Uint8Array(length),
    onStsDuration: () => undefined,
    away: () => null,
    caseMapping: 'rfc1459',
    clock,
    wallClock: () => NOW,
    emit: (event) => events.push(event),
    write: (line) => sent.push(line),
    onAuthenticating: () => undefined,
    hold: () => false,
    onHeld: () => undefined,
    onReleased: () => undefined,
    onOnline: () => undefined,
    onEnd: (ending) => endings.push(ending),
    joins: () => all.channels,
    onJoined: () => undefined,
    onLeft: () => undefined,
    ...deps,
  });
  session.start();
  return {
    session,
    clock,
    events,
    sent,
    endings,
    feed: (...lines) => {
      for (const line of lines) session.receive(line);
    },
  };
}

/** A session past its greeting, in #room with ann (op), bob (voice) and cee; `caps` are acknowledged. */
export function onlineHarness(
  options: Partial<NetworkOptions> = {},
  caps = 'batch echo-message message-tags multi-prefix server-time',
  deps: HarnessDeps = {},
): SessionHarness {
  const made = harness(options, deps);
  made.feed(
    `:irc.test CAP * LS :${caps}`,
    `:irc.test CAP * ACK :${caps}`,
    ':irc.test 001 me :Welcome',
    ':irc.test 005 me PREFIX=(ov)@+ CHANTYPES=# CHANMODES=b,k,l,imnpst NETWORK=Net :are supported',
    ':irc.test 376 me :End of MOTD',
    ':me!user@host JOIN #room',
    ':irc.test 353 me = #room :me @ann +bob cee',
    ':irc.test 366 me #room :End',
  );
  made.events.length = 0;
  made.sent.length = 0;
  return made;
}

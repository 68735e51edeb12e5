/**
 * When empty packets are sent to whom: at random times (a Poisson process for each contact), while a conversation is active or
 * always. A dummy that nobody answers stops the rest until the contact is heard again: each one that is lost takes a number of
 * the chain, and a chain may only skip so many.
 */
import type { CoverTraffic } from '../../contract/cover.ts';
import type { ContactId } from '../../contract/ids.ts';
import type { ContactRow } from '../../store/rows.ts';
import type { Contacts } from './contacts.ts';
import { mayDeliver } from './lane.ts';
import { poissonPause } from './pacing.ts';

/** Contacts that get cover traffic at a time, those spoken with last. */
const MAX_COVERED = 64;
/** Dummies in a row without an answer. */
const MAX_UNANSWERED = 2;

export interface Cover {
  /** Something was said or heard that the user can see. */
  said(contact: ContactId): void;
  /** Something of theirs opened: they are there. */
  heard(contact: ContactId): void;
  /** Settings, contacts or the network changed. */
  refresh(): void;
  forget(contact: ContactId): void;
  stop(): Promise<void>;
}

interface Options {
  contacts: Pick<Contacts, 'get' | 'all'>;
  /** `[direct_messages] cover_traffic`. */
  setting: () => CoverTraffic;
  isOnline: () => boolean;
  /** Sends one. False: it was not answered. */
  send: (contact: ContactId) => Promise<boolean>;
  meanMs: number;
  activeMs: number;
  now: () => number;
  /** In [0, 1). */
  uniform: () => number;
  /** Calls once after so many milliseconds, unless what it returns is called first. */
  schedule?: (task: () => void, ms: number) => () => void;
  log: (line: string) => void;
}

interface Talk {
  /** When something was last said; 0: not since the start. */
  active: number;
  unanswered: number;
  cancel: (() => void) | null;
}

const byTimer = (task: () => void, ms: number): (() => void) => {
  const timer = setTimeout(task, ms);
  return () => {
    clearTimeout(timer);
  };
};

/** What holds for one contact: their own choice goes before the configuration; who is to have it has it at least while active. */
export function coverOf(row: Pick<ContactRow, 'cover'>, setting: CoverTraffic): CoverTraffic {
  if (row.cover === null) return setting;
  return row.cover ? (setting === 'always' ? 'always' : 'active') : 'off';
}

export function createCover(options: Options): Cover {
  const { contacts, now, schedule = byTimer } = options;
  /** At most MAX_COVERED have a timer. */
  const talks = new Map<ContactId, Talk>();
  let isStopped = false;
  let sending: Promise<unknown> = Promise.resolve();

  const talkOf = (contact: ContactId): Talk => {
    const found = talks.get(contact);
    if (found) return found;
    const made: Talk = { active: 0, unanswered: 0, cancel: null };
    talks.set(contact, made);
    return made;
  };
  const isWanted = (contact: ContactId, talk: Talk): boolean => {
    const row = contacts.get(contact);
    if (isStopped || !options.isOnline() || !row || row.state !== 'active' || !mayDeliver(row)) return false;
    // Never before they are proven, and never to somebody who has yet to answer.
    if (!row.confirmed || row.waiting || talk.unanswered >= MAX_UNANSWERED) return false;
    const setting = coverOf(row, options.setting());
    return setting === 'always' || (setting === 'active' && now() - talk.active < options.activeMs);
  };
  const pause = (contact: ContactId, talk: Talk): void => {
    talk.cancel?.();
    talk.cancel = null;
  };
  const arm = (contact: ContactId, talk: Talk): void => {
    if (talk.cancel !== null || !isWanted(contact, talk)) return;
    if ([...talks.values()].filter(({ cancel }) => cancel !== null).length >= MAX_COVERED) return;
    talk.cancel = schedule(
      () => {
        talk.cancel = null;
        if (!isWanted(contact, talk)) return;
        sending = options
          .send(contact)
          .then((isAnswered) => {
            talk.unanswered = isAnswered ? 0 : talk.unanswered + 1;
          })
          .catch((error: unknown) => {
            talk.unanswered += 1;
            if (!isStopped) options.log(`cover traffic: ${error instanceof Error ? error.name : 'unknown error'}`);
          });
        arm(contact, talk);
      },
      poissonPause(options.meanMs, options.uniform()),
    );
  };
  const forget = (contact: ContactId): void => {
    const talk = talks.get(contact);
    if (talk) pause(contact, talk);
    talks.delete(contact);
  };

  return {
    said: (contact) => {
      const talk = talkOf(contact);
      talk.active = now();
      arm(contact, talk);
    },
    heard: (contact) => {
      const talk = talks.get(contact);
      if (!talk) return;
      talk.unanswered = 0;
      arm(contact, talk);
    },
    refresh: () => {
      for (const [contact, talk] of talks) {
        if (!contacts.get(contact)) forget(contact);
        else if (!isWanted(contact, talk)) pause(contact, talk);
      }
      const byLast = contacts.all().sort((a, b) => (b.lastSeen ?? 0) - (a.lastSeen ?? 0));
      for (const row of byLast) if (coverOf(row, options.setting()) === 'always' || talks.has(row.id)) arm(row.id, talkOf(row.id));
    },
    forget,
    stop: async () => {
      isStopped = true;
      for (const contact of [...talks.keys()]) forget(contact);
      await sending;
    },
  };
}

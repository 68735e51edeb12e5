/** The calls of `Dm` that hand a request on to the part it is about. */
import { ContractError } from '../../contract/errors.ts';
import { shortFingerprint } from '../../pq/identity.ts';
import { StoreError } from '../../store/store.ts';
import type { Buffers } from '../buffers.ts';
import type { Approach } from './approach.ts';
import type { Attention } from './attention.ts';
import type { Backups } from './backup.ts';
import type { Connect } from './connect.ts';
import type { Contacts } from './contacts.ts';
import type { Delivery } from './delivery.ts';
import type { Dm } from './dm.ts';
import type { Drops } from './drops.ts';
import type { Entries } from './entries.ts';
import type { Introductions } from './introductions.ts';
import type { Invites } from './invites.ts';
import type { Outgoing } from './outgoing.ts';
import type { Own } from './own.ts';
import type { People } from './people.ts';
import type { Presence } from './presence.ts';
import type { PublicCard } from './publicCard.ts';
import type { ReadReceipts } from './readReceipts.ts';
import type { Resend } from './resend.ts';

interface Parts {
  approach: Approach;
  attention: Attention;
  backups: Backups;
  buffers: Buffers;
  connect: Connect;
  contacts: Contacts;
  delivery: Delivery;
  drops: Drops;
  entries: Entries;
  introductions: Introductions;
  invites: Invites;
  outgoing: Outgoing;
  own: Own;
  people: People;
  presence: Presence;
  publicCard: PublicCard;
  readReceipts: ReadReceipts;
  resend: Resend;
  /** When the program started: milliseconds since 1970. */
  started: number;
  /** Something is to be done once the network allows it. */
  wanted: () => void;
}

type Door = Omit<Dm, 'stop' | 'renewRoutes' | 'rotateIdentity' | 'needsOverlay' | 'useOverlay' | 'configure' | 'applyConfig'>;

/** The store's errors as the user reads them; the text that was typed stays with the page. */
export async function readable<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    throw new ContractError(error.code === 'limit' ? 'limit' : 'storage', error.message, { cause: error });
  }
}

export function createDoor(parts: Parts): Door {
  const { approach, attention, backups, buffers, connect, contacts, delivery, drops, entries, introductions, invites } = parts;
  const { outgoing, own, people, presence, publicCard, readReceipts, resend, started, wanted } = parts;
  return {
    setNickname: (nickname) => {
      own.setNickname(nickname);
      wanted();
    },
    fingerprint: () => shortFingerprint(own.fingerprint),
    diagnostics: () => ({ since: started, dropped: drops.views() }),
    shown: (open) => {
      attention.shown(open);
    },
    publicCard: () => publicCard.view(),
    setPublicCard: (enabled) => readable(publicCard.set(enabled)),
    contacts: () => contacts.views(),
    requests: () => contacts.requests(),
    serverViews: () => entries.views(),
    connect: (text, from) => readable(connect(text, null, from)),
    offer: (callSignal) => readable(invites.offer(callSignal)),
    withdrawOffer: (id) => readable(invites.withdraw(id)),
    readOffer: (text) => approach.read(text),
    acceptOffer: (text, nick) => readable(approach.accept(text, nick)),
    contactOpened: (contact) => approach.isKnown(contact),
    introduce: (contact, to) => readable(introductions.send(contact, to)),
    connectIntroduced: (buffer, message) => readable(introductions.connect(buffer, message)),
    createInvite: (callSignal) => readable(invites.create(callSignal)),
    send: (contact, form, text) => readable(outgoing.text(contact, form, text)),
    accept: (contact) => readable(people.accept(contact)),
    open: async (contact) => {
      if (contacts.require(contact).state === 'request') throw new ContractError('badInput', 'Accept the request first.');
      return readable(outgoing.openBuffer(contact));
    },
    block: (contact) => readable(people.block(contact)),
    rename: (contact, nickname) => readable(people.rename(contact, nickname)),
    unblock: (contact) => readable(people.unblock(contact)),
    confirm: (contact) => readable(people.confirm(contact)),
    set: async (contact, switches) => {
      await readable(people.set(contact, switches));
      presence.reconsider();
    },
    remove: (contact, block) => readable(people.remove(contact, block)),
    setAway: (by, away) => {
      presence.setAway(by, away);
    },
    goodbye: () => presence.goodbye(),
    exportProfile: (passphrase, callSignal) => readable(backups.export(passphrase, callSignal)),
    importProfile: (file, passphrase, callSignal) => readable(backups.import(file, passphrase, callSignal)),
    safetyNumber: (contact) => Promise.resolve(people.safetyNumber(contact)),
    verify: (contact, verified) => readable(people.verify(contact, verified)),
    retry: (contact) => {
      delivery.retry(contact);
    },
    read: (buffer, upTo) => {
      const view = buffers.get(buffer);
      if (view?.kind === 'private' && view.contact !== null) readReceipts.read(view.contact, buffer, upTo);
    },
    retryMessage: (buffer, message) => readable(resend.retry(buffer, message)),
    giveUpMessage: (buffer, message) => readable(resend.giveUp(buffer, message)),
  };
}

/** Offers of private conversations, ours and theirs, on one server. Data in, data out; what is in them is never stored. */
import type { BufferId } from '../../contract/ids.ts';
import type { Seen } from './binding.ts';

/** An offer dies after ten minutes (design §6.4), whatever it says of itself. */
export const OFFER_MS = 10 * 60_000;
/** Our offers that may be open at a time, and the pause between two to one nick. */
export const MAX_OWN_OFFERS = 8;
export const OFFER_PAUSE_MS = 30_000;
/** Their offers that are shown at a time, new ones from one nick and from all nicks in ten minutes. */
const MAX_SHOWN = 16;
const MAX_FROM_NICK = 3;
const MAX_FROM_ALL = 20;
/** Invites that were seen and are not shown again; each is older than OFFER_MS before it is forgotten, or there are very many. */
const MAX_REMEMBERED = 256;

/** Somebody's offer to us. */
export interface Offer {
  key: string;
  nick: string;
  seen: Seen;
  buffer: BufferId;
  /** Only here, and never in what pages are told. */
  invite: string;
  until: number;
}

/** Our offer to somebody. */
export interface OwnOffer {
  key: string;
  nick: string;
  seen: Seen;
  buffer: BufferId;
  /** Id of the invite; null while it is being made. */
  invite: string | null;
  made: number;
  until: number;
}

export interface Offers {
  theirs: readonly Offer[];
  own: readonly OwnOffer[];
  /** What was shown: id of the invite, who from, when. */
  shown: readonly { id: string; key: string; time: number }[];
}
export const noOffers: Offers = { theirs: [], own: [], shown: [] };

/** Everything that is over goes. */
export const expire = (offers: Offers, now: number): Offers => ({
  theirs: offers.theirs.filter(({ until }) => until > now),
  own: offers.own.filter(({ until }) => until > now),
  shown: offers.shown.filter(({ time }) => now - time < 2 * OFFER_MS),
});

/** Whether an offer with this invite may be shown: it was not before, and they do not come too often. */
export function mayShow({ theirs, shown }: Offers, id: string, key: string, now: number): boolean {
  const recent = shown.filter(({ time }) => now - time < OFFER_MS);
  return (
    !shown.some((entry) => entry.id === id) &&
    recent.length < MAX_FROM_ALL &&
    recent.filter((entry) => entry.key === key).length < MAX_FROM_NICK &&
    theirs.filter((offer) => offer.key !== key).length < MAX_SHOWN
  );
}

/** The newest offer of a nick takes the place of the one before. */
export const show = (offers: Offers, offer: Offer, id: string, now: number): Offers => ({
  ...offers,
  theirs: [...offers.theirs.filter(({ key }) => key !== offer.key), offer],
  shown: [...offers.shown, { id, key: offer.key, time: now }].slice(-MAX_REMEMBERED),
});

/** Milliseconds until another offer may be made to this nick; null: too many are open. */
export function pauseBefore({ own }: Offers, key: string, now: number): number | null {
  const last = own.find((offer) => offer.key === key);
  if (last) return Math.max(0, last.made + OFFER_PAUSE_MS - now);
  return own.length >= MAX_OWN_OFFERS ? null : 0;
}

export const offered = (offers: Offers, offer: OwnOffer): Offers => ({
  ...offers,
  own: [...offers.own.filter(({ key }) => key !== offer.key), offer],
});

/** Their offer was taken. */
export const answered = (offers: Offers, key: string): Offers => ({
  ...offers,
  theirs: offers.theirs.filter((offer) => offer.key !== key),
});

/** Nothing is offered to or by this nick any more. */
export function cleared(offers: Offers, key: string): Offers {
  const isOther = (offer: { key: string }): boolean => offer.key !== key;
  // The same object where nothing goes: a netsplit asks thousands of times, and every change is told to the pages.
  if (offers.theirs.every(isOther) && offers.own.every(isOther)) return offers;
  return { ...offers, theirs: offers.theirs.filter(isOther), own: offers.own.filter(isOther) };
}

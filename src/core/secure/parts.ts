/**
 * An invite as CTCP lines (design §6.4): `SOTTO 1 <id> <part>/<parts> <piece>`. A request (PRIVMSG), since it asks for something; nothing
 * ever answers it by itself (CTCP forbids answers to replies). A server may change, repeat and hold back all of it.
 */

const VERSION = '1';
/** Characters of one piece: with the longest usual names the relayed line stays below 512 bytes. */
const PIECE = 280;
/** An invite with the longest address fits. */
export const MAX_PARTS = 24;
const ID = /^[A-Za-z0-9_-]{8}$/;
/** What stands in an invite behind `sotto:invite?`. */
const TEXT = /^[A-Za-z0-9_-]+$/;
const PREFIX = 'sotto:invite?';

/** Offers that are not complete, from all nicks of a server; one for each nick. */
const MAX_PARTIAL = 16;
/** Milliseconds in which the parts of one offer have to come. */
const PARTIAL_MS = 120_000;

/** `id`: eight characters of base64url, new for each offer. Throws RangeError for what is no invite or too long. */
export function splitInvite(invite: string, id: string): string[] {
  const body = invite.startsWith(PREFIX) ? invite.slice(PREFIX.length) : '';
  const count = Math.ceil(body.length / PIECE);
  if (!TEXT.test(body) || !ID.test(id) || count > MAX_PARTS) throw new RangeError('This is no invite that fits.');
  return Array.from(
    { length: count },
    (_, index) => `${VERSION} ${id} ${index + 1}/${count} ${body.slice(index * PIECE, (index + 1) * PIECE)}`,
  );
}

interface Partial {
  /** Folded nick. */
  key: string;
  id: string;
  begun: number;
  pieces: readonly (string | null)[];
}
export type Partials = readonly Partial[];

/** Takes one line. `invite` is set when it completed an offer. What does not fit is dropped, with what it contradicts. */
export function takePart(partials: Partials, key: string, text: string, now: number): { partials: Partials; invite: string | null } {
  const current = partials.filter(({ begun }) => now - begun < PARTIAL_MS);
  const nothing = { partials: current, invite: null };
  const match = /^1 ([A-Za-z0-9_-]{8}) ([0-9]{1,2})\/([0-9]{1,2}) ([A-Za-z0-9_-]{1,280})$/.exec(text);
  const [, id = '', at = '', of = '', piece = ''] = match ?? [];
  const [index, count] = [Number(at) - 1, Number(of)];
  if (!match || count < 1 || count > MAX_PARTS || index < 0 || index >= count) return nothing;
  const others = current.filter((partial) => partial.key !== key);
  const known = current.find((partial) => partial.key === key && partial.id === id && partial.pieces.length === count);
  const before = known?.pieces[index];
  // The same place twice with another content: one of the two is not theirs.
  if (before !== undefined && before !== null && before !== piece) return { partials: others, invite: null };
  const begun = known ?? { key, id, begun: now, pieces: Array.from({ length: count }, () => null) };
  const pieces = begun.pieces.map((known, place) => (place === index ? piece : known));
  if (pieces.every((known) => known !== null)) return { partials: others, invite: PREFIX + pieces.join('') };
  return { partials: [...others, { ...begun, pieces }].slice(-MAX_PARTIAL), invite: null };
}

/** The published files as somebody reads them who has no generator: people, states, sources of randomness. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { PqError } from '../../../src/pq/errors.ts';
import { expandIdentity } from '../../../src/pq/identity.ts';
import { decodeInvite } from '../../../src/pq/invite.ts';
import { seal, type Sealed } from '../../../src/pq/session.ts';
import type {
  Body,
  ExpandedIdentity,
  Identity,
  Invite,
  PrekeySecret,
  Profile,
  RandomSource,
  RatchetSession,
} from '../../../src/pq/types.ts';
import { replay } from './draws.ts';
import { at, bytesAt, flagAt, listAt, numberAt, parseJson, textAt, type Json } from './json.ts';
import { editFrom, edited, unhex } from './outcome.ts';

export const folder = path.join(import.meta.dirname, '..', 'vectors');
export const fileText = (name: string): string => readFileSync(path.join(folder, name), 'utf8');
export const load = (name: string): Json => parseJson(fileText(name));
export const people = load('people.json');

/** A value by its path, "a.b.0.c". */
export const atPath = (json: Json, place: string): Json => at(json, ...place.split('.'));
export const outside = (place: string): Uint8Array => {
  const [file, inFile] = place.split(': ');
  if (file !== 'people.json' || inFile === undefined) throw new Error(`nothing at ${place}`);
  return unhex(textAt(atPath(people, inFile)));
};

const seedsOf = (json: Json): Identity => ({
  ed: bytesAt(json, 'ed'),
  pq: bytesAt(json, 'pq'),
  x: bytesAt(json, 'x'),
  k: bytesAt(json, 'k'),
});
const persons = new Map<string, ExpandedIdentity>();
export function person(name: string): ExpandedIdentity {
  const known = persons.get(name) ?? expandIdentity(seedsOf(at(people, 'identities', name, 'seeds')));
  persons.set(name, known);
  return known;
}

export function prekey(name: string): PrekeySecret {
  const json = at(people, 'prekeys', name, 'secret');
  const [notBefore, notAfter] = [numberAt(json, 'notBefore'), numberAt(json, 'notAfter')];
  return { id: bytesAt(json, 'id'), notBefore, notAfter, oneTime: flagAt(json, 'oneTime'), x: bytesAt(json, 'x'), k: bytesAt(json, 'k') };
}

export const profileFrom = (json: Json): Profile => {
  const recordKey = at(json, 'recordKey');
  return {
    nickname: textAt(json, 'nickname'),
    addresses: listAt(json, 'addresses').map((address) => bytesAt(address)),
    recordKey: recordKey === null ? null : textAt(recordKey),
  };
};

export const inviteFrom = (json: Json): Invite => decodeInvite(textAt(json, 'uri'), numberAt(people, 'now'));
export const theInvite = inviteFrom(at(people, 'invite'));
export const NOW = numberAt(people, 'now');

/** Sources for steps whose randomness does not matter, and for those that must draw none. */
export const whatever: RandomSource = (length) => new Uint8Array(length).fill(7);
export const nothing: RandomSource = (length) => {
  throw new Error(`${length} bytes are drawn`);
};

export const text = (words: string): Body => ({ kind: 'text', text: words, action: false });

/** The code of the error; null when there was none. */
export function codeOf(task: () => unknown): string | null {
  try {
    task();
    return null;
  } catch (error) {
    if (error instanceof PqError) return error.code;
    throw error;
  }
}

export const changed = (bytes: Uint8Array, edits: Json): Uint8Array =>
  listAt(edits).reduce<Uint8Array>((before, edit) => edited(before, editFrom(edit)), bytes);

export function sealed(session: RatchetSession, mid: Uint8Array, body: Body, draws: Json): Sealed {
  const source = replay(draws);
  const result = seal(session, { payload: { mid, body }, random: source.random, now: NOW });
  source.finished();
  return result;
}

/** One genuine body of every kind that is known, and one that is not. */
import type { Body } from '../../../src/pq/types.ts';
import { address, profile, random, text } from '../people.ts';

const target = random(16);

export const bodies = {
  dummy: { kind: 'dummy' },
  ack: { kind: 'ack' },
  text: text('Grüße, 世界 🌍'),
  action: { kind: 'text', text: 'waves', action: true },
  profile: { kind: 'profile', ...profile },
  addressUpdate: { kind: 'addressUpdate', addresses: [address(200), address(1_100)] },
  reply: { kind: 'reply', target, text: 'indeed', action: false },
  edit: { kind: 'edit', target, text: 'what I meant' },
  delete: { kind: 'delete', target },
  reaction: { kind: 'reaction', target, emoji: '👩‍👩‍👧‍👦', add: true },
  typing: { kind: 'typing', state: 'paused' },
  read: { kind: 'read', mids: [random(16), random(16), random(16)] },
  record: { kind: 'record', recordKey: 'VLD0:another' },
  file: { kind: 'file', id: random(16), name: 'Übersicht.pdf', mediaType: 'application/pdf', size: 2 ** 40, sha256: random(32) },
  identity: { kind: 'identity', entry: random(7_000) },
  presence: { kind: 'presence', state: 'away' },
  introduction: { kind: 'introduction', nickname: 'Carol', fingerprint: random(32), addresses: [address(200), address(900)] },
  unknown: { kind: 'unknown', code: 77, bytes: Uint8Array.of(1, 2, 3) },
} satisfies Record<string, Body>;

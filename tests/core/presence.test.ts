import { afterEach, beforeEach, describe, expect, it, test, vi } from 'vitest';
import * as v from 'valibot';
import { ContactId } from '../../src/contract/ids.ts';
import type { PresenceState } from '../../src/contract/views.ts';
import { createPresence, PRESENCE_EXPIRES_MS, type Presence } from '../../src/core/dm/presence.ts';
import type { Position } from '../../src/pq/conversationState.ts';
import type { ContactRow } from '../../src/store/rows.ts';
import { until, type Person } from '../support/cores.ts';
import { contactRow } from './contactRow.ts';
import { connected, network, start } from './pair.ts';

/** Tellings are spread over five seconds. */
vi.setConfig({ testTimeout: 90_000 });

const SHARED = '[direct_messages]\npresence = true\n';
const seen = async (person: Person): Promise<PresenceState | null> => (await person.onlyContact()).presence;

describe('two people', () => {
  it('who share it see each other come, go away and leave', async () => {
    const { net, alice, bob, a } = await connected(network(), { alice: { config: SHARED }, bob: { config: SHARED } });
    await until('alice sees bob', async () => (await seen(alice)) === 'online');
    await until('bob sees alice', async () => (await seen(bob)) === 'online');
    await alice.input(a, '/away lunch');
    await until('bob sees that alice is away', async () => (await seen(bob)) === 'away');
    await alice.stop();
    await until('bob sees that alice left', async () => (await seen(bob)) === 'offline');
    const again = await start('alice', net, { directory: alice.directory });
    await until('bob sees alice again', async () => (await seen(bob)) === 'online');
    await until('alice sees bob, who was told', async () => (await seen(again)) === 'online');
  });

  it('see nothing of each other unless both share it, and a switch for one contact decides', async () => {
    const { alice, bob } = await connected(network(), { alice: { config: SHARED } });
    const [ofBob, ofAlice] = [(await alice.onlyContact()).id, (await bob.onlyContact()).id];
    expect((await bob.onlyContact()).sharesPresence).toEqual({ chosen: null, configured: false });
    expect((await alice.onlyContact()).sharesPresence).toEqual({ chosen: null, configured: true });
    await bob.client.call('contact.set', { contact: ofAlice, presence: true });
    await until('alice sees bob', async () => (await seen(alice)) === 'online');
    await until('bob sees alice', async () => (await seen(bob)) === 'online');
    await bob.client.call('contact.set', { contact: ofAlice, presence: false });
    expect(await seen(bob)).toBeNull();
    await until('alice no longer sees bob', async () => (await seen(alice)) === 'offline');
    await alice.client.call('contact.set', { contact: ofBob, presence: null });
    // Nothing waits: what nobody repeats is in no outbox.
    expect((await bob.onlyContact()).status).toBe('');
  });
});

/** The place of a packet in a chain. */
const at = (n: number): Position => ({ session: 1, chain: 2, n });
const contactId = (id: number): ContactId => v.parse(ContactId, id);
const row = (id: number, more: Partial<ContactRow> = {}): ContactRow => ({
  ...contactRow,
  id: contactId(id),
  nickname: `contact ${id}`,
  source: 'address',
  ...more,
});

interface Scene {
  presence: Presence;
  sent: { contact: number; state: PresenceState }[];
  touched: number[];
  rows: Map<ContactId, ContactRow>;
  settings: { arrives: boolean; online: boolean; configured: boolean };
}

describe('presence', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const scene = (rows: ContactRow[]): Scene => {
    const made: Omit<Scene, 'presence'> = {
      sent: [],
      touched: [],
      rows: new Map(rows.map((one) => [one.id, one])),
      settings: { arrives: true, online: true, configured: true },
    };
    const presence = createPresence({
      contacts: {
        all: () => [...made.rows.values()],
        get: (id) => made.rows.get(id),
        touched: (id) => {
          made.touched.push(id);
        },
      },
      isConfigured: () => made.settings.configured,
      isOnline: () => made.settings.online,
      send: (contact, state) => {
        made.sent.push({ contact, state });
        return Promise.resolve(made.settings.arrives);
      },
      now: () => Date.now(),
      random: () => 0.5,
      log: () => undefined,
    });
    return { ...made, presence };
  };

  it('is told to proven, active contacts only', async () => {
    const { presence, sent } = scene([
      row(1),
      row(2, { confirmed: false }),
      row(3, { state: 'blocked' }),
      row(4, { level: 'changed' }),
      row(5, { state: 'request' }),
      row(6, { presence: false }),
    ]);
    presence.online();
    expect(sent).toEqual([]);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(sent).toEqual([{ contact: 1, state: 'online' }]);
    await presence.stop();
  });

  it('ends by itself when nothing is heard, and goes on while something is', async () => {
    const { presence, touched } = scene([row(1)]);
    presence.said(contactId(1), 'online', at(1));
    expect(presence.of(contactId(1))).toBe('online');
    await vi.advanceTimersByTimeAsync(PRESENCE_EXPIRES_MS - 1_000);
    presence.heard(contactId(1));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(presence.of(contactId(1))).toBe('online');
    touched.length = 0;
    await vi.advanceTimersByTimeAsync(PRESENCE_EXPIRES_MS);
    expect(presence.of(contactId(1))).toBeNull();
    expect(touched).toEqual([1]);
    await presence.stop();
  });

  it('of two that overtook each other is what was said later', async () => {
    const { presence } = scene([row(1)]);
    presence.said(contactId(1), 'offline', at(20));
    presence.said(contactId(1), 'online', at(10));
    expect(presence.of(contactId(1))).toBe('offline');
    // Something else shows that they are there; how is still not known, and what is older does not say it.
    presence.heard(contactId(1));
    expect(presence.of(contactId(1))).toBeNull();
    presence.said(contactId(1), 'online', at(19));
    expect(presence.of(contactId(1))).toBeNull();
    presence.said(contactId(1), 'away', { session: 1, chain: 3, n: 0 });
    presence.said(contactId(1), 'online', { session: 1, chain: 2, n: 99 });
    expect(presence.of(contactId(1))).toBe('away');
    presence.said(contactId(1), 'online', { session: 2, chain: 0, n: 0 });
    expect(presence.of(contactId(1))).toBe('online');
    await presence.stop();
  });

  it('is not answered to an answer, and what waits is one telling a contact', async () => {
    const { presence, sent } = scene([row(1)]);
    for (let time = 0; time < 20; time += 1) presence.said(contactId(1), time % 2 === 0 ? 'online' : 'away', at(time));
    await vi.advanceTimersByTimeAsync(5_000);
    expect(sent).toHaveLength(1);
    presence.said(contactId(1), 'online', at(30));
    await vi.advanceTimersByTimeAsync(5_000);
    expect(sent).toHaveLength(1);
    await presence.stop();
  });

  it('that could not be told is forgotten, and told when they are heard', async () => {
    const { presence, sent, settings } = scene([row(1)]);
    settings.arrives = false;
    presence.online();
    await vi.advanceTimersByTimeAsync(600_000);
    expect(sent).toHaveLength(1);
    settings.arrives = true;
    presence.heard(contactId(1));
    await vi.advanceTimersByTimeAsync(5_000);
    expect(sent).toHaveLength(2);
    await presence.goodbye();
    // Nobody is known to be here.
    expect(sent).toHaveLength(2);
    await presence.stop();
  });

  it('is taken back when it is switched off, and shown no more', async () => {
    const { presence, sent, settings } = scene([row(1)]);
    presence.said(contactId(1), 'away', at(1));
    await vi.advanceTimersByTimeAsync(5_000);
    settings.configured = false;
    presence.reconsider();
    expect(presence.of(contactId(1))).toBeNull();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(sent.map(({ state }) => state)).toEqual(['online', 'offline']);
    await presence.stop();
  });

  it('is taken back on leaving from those who are here, without waiting for a network that hangs', async () => {
    const { presence, sent } = scene([row(1), row(2)]);
    presence.said(contactId(1), 'online', at(1));
    presence.online();
    await vi.advanceTimersByTimeAsync(5_000);
    sent.length = 0;
    await presence.goodbye();
    expect(sent).toEqual([{ contact: 1, state: 'offline' }]);
    await presence.stop();
  });
});

test('a payload that says so is no line', async () => {
  const { alice, bob, a, b } = await connected(network(), { alice: { config: SHARED }, bob: { config: SHARED } });
  await until('alice sees bob', async () => (await seen(alice)) === 'online');
  expect(await alice.lines(a)).toEqual([]);
  expect(await bob.lines(b)).toEqual([]);
});

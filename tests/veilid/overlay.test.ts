import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as v from 'valibot';
import { ContactId } from '../../src/contract/ids.ts';
import { createReread } from '../../src/core/dm/reread.ts';
import { CARD_SLOT } from '../../src/overlay/overlay.ts';
import type { Channel } from '../../src/overlay/veilid/channel.ts';
import { createClient, type NodeClient } from '../../src/overlay/veilid/client.ts';
import { createConnection } from '../../src/overlay/veilid/connection.ts';
import { processChannel } from '../../src/overlay/veilid/node.ts';
import { createRouteTest, type RouteTest } from '../../src/overlay/veilid/routeTest.ts';
import { fromBase64 } from '../../src/overlay/base64.ts';
import { signCard } from '../../src/pq/card.ts';
import { createIdentity, expandIdentity, fingerprint } from '../../src/pq/identity.ts';
import { createPrekey, publicPrekey } from '../../src/pq/prekey.ts';
import { describeOverlay } from '../overlay/compliance.ts';
import { labBinary, startLab, type Lab } from '../support/veilid/lab.ts';
import { startApp } from '../support/veilid/app.ts';

describeOverlay('veilid', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'sotto-lab-'));
  const lab = await startLab({ dir, binary: labBinary(), infra: 5 });
  const [a, b] = await Promise.all([startApp(lab, 0, dir), startApp(lab, 1, dir)]);
  const stop = async (): Promise<void> => {
    await Promise.all([a.stop(), b.stop()]);
    await lab.stop();
    rmSync(dir, { recursive: true });
  };
  return { a, b, stop };
});

describe('on a network of real nodes', () => {
  const dir = mkdtempSync(join(tmpdir(), 'sotto-lab-'));
  const signal = (): AbortSignal => AbortSignal.timeout(60_000);
  let lab: Lab;
  beforeAll(async () => {
    lab = await startLab({ dir, binary: labBinary(), infra: 5 });
  });
  afterAll(async () => {
    await lab.stop();
    rmSync(dir, { recursive: true });
  });

  /** A node that answers everything that arrives, and the tests of its own routes as the overlay does. */
  async function bareNode(
    index: number,
  ): Promise<{ client: NodeClient; routeTest: RouteTest; arrived: (string | null)[]; close(): Promise<void> }> {
    const arrived: (string | null)[] = [];
    const routeTest = createRouteTest();
    let channel: Channel | null = null;
    const connection = createConnection(
      () => channel,
      (update) => {
        if (update.kind !== 'call') return;
        arrived.push(update.routeId);
        const reply = routeTest.answer(update.routeId, update.message) ?? fromBase64(update.message, 100);
        if (reply !== null) client.reply(update.callId, reply, signal()).catch(() => undefined);
      },
      () => undefined,
    );
    const client = createClient(connection);
    const { command, networkOverrides } = lab.app(index);
    const name = join(dir, `bare${index}`);
    const source = {
      kind: 'process' as const,
      binary: labBinary(),
      command,
      networkOverrides,
      devicePassword: '',
      namespace: `bare${index}`,
    };
    const made = processChannel({ ...source, configDirectory: name, storageDirectory: name }, () => undefined);
    const opened = await made.open(
      {
        onLine(line) {
          connection.read(line);
        },
        onClose: () => undefined,
      },
      signal(),
    );
    channel = opened;
    await client.attach(signal());
    await expect.poll(async () => (await client.attachment(signal())).publicInternetReady, { timeout: 60_000 }).toBe(true);
    return { client, routeTest, arrived, close: () => opened.close() };
  }

  test('a route is tested by a call to ourselves, which a dead one fails and a living one survives', async () => {
    const [own, other] = await Promise.all([bareNode(0), bareNode(1)]);
    const route = await own.client.newRoute(signal());
    expect(await own.routeTest.passes(own.client, route, signal())).toBe(true);
    expect(own.arrived).toEqual([route.id]);
    expect(own.routeTest.releases(route.id)).toBe(1);
    // the test has taken back what it imported, and nothing else
    const id = await other.client.importRoute(route.blob, signal());
    expect(await other.client.call(id, Uint8Array.of(7), signal())).toEqual(Uint8Array.of(7));
    expect(own.arrived).toEqual([route.id, route.id]);
    await own.client.releaseRoute(route.id, signal());
    expect(await own.routeTest.passes(own.client, route, signal())).toBe(false);
    expect(own.arrived).toHaveLength(2);
    await Promise.all([own.close(), other.close()]);
  });

  test('a card that was overwritten by an older copy is refused, and the newer one stays in use', async () => {
    const [a, b] = await Promise.all([startApp(lab, 2, dir), startApp(lab, 3, dir)]);
    const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length));
    const identity = expandIdentity(createIdentity(random));
    const prekey = publicPrekey(createPrekey(random, { notBefore: Date.now() - 1_000, notAfter: Date.now() + 3_600_000, oneTime: false }));
    const addresses = [1, 2].map((n) => Uint8Array.from({ length: 712 }, () => n));
    const cards = addresses.map((address, seq) =>
      signCard(identity, { prekey, nickname: 'ines', seq: seq + 1, logHead: new Uint8Array(32), addresses: [address] }),
    );
    const [first = new Uint8Array(), second = new Uint8Array()] = cards;
    if (a.records === null || b.records === null) throw new Error('no records');
    const { records } = b;
    const record = await a.records.create(signal());
    const contact = v.parse(ContactId, 1);
    const none: Uint8Array[] = [];
    let known = { theirRecord: record.key, fingerprint: fingerprint(identity.public), cardSeq: 0, addresses: none };
    let refused = 0;
    const reread = createReread({
      contacts: {
        get: () => known,
        change: (_contact, change) => {
          known = { ...known, cardSeq: change.cardSeq ?? known.cardSeq, addresses: change.addresses ?? known.addresses };
          return Promise.resolve();
        },
      },
      records: { read: (key, readSignal) => records.resolve(key, CARD_SLOT, readSignal) },
      now: () => Date.now(),
      refused: () => {
        refused += 1;
      },
    });
    const shown = async (card: Uint8Array): Promise<boolean> => {
      await a.records?.publish(record, CARD_SLOT, card, signal());
      return reread(contact, signal());
    };
    expect(await shown(first)).toBe(true);
    expect(await shown(second)).toBe(true);
    expect(refused).toBe(0);
    expect(await shown(first)).toBe(false);
    expect(refused).toBe(1);
    expect([known.cardSeq, known.addresses]).toEqual([2, [addresses[1]]]);
    await Promise.all([a.stop(), b.stop()]);
  });
});

/** V7: which bucket a payload takes, at each boundary. */
import { chooseBucket, type Bucket } from '../../../src/pq/packet.ts';
import { ackVector } from '../../../src/pq/acknowledgement.ts';
import { encodePayload } from '../../../src/pq/payload.ts';
import { sha256 } from '../../../src/pq/primitives.ts';
import { seal, textLimit } from '../../../src/pq/session.ts';
import type { RatchetSession } from '../../../src/pq/types.ts';
import { NOW } from './cast.ts';
import { draws } from './draws.ts';
import { hex, type Json } from './json.ts';
import { midOf, send, text } from './message.ts';
import { refusal } from './outcome.ts';
import { v5Sessions } from './v5.ts';

const BUCKETS: readonly Bucket[] = [4_096, 8_192, 16_384, 32_768];

const payloadLength = (session: RatchetSession, count: number): number =>
  encodePayload({
    mid: midOf('bucket'),
    body: text('a'.repeat(count)),
    ts: NOW,
    fingerprint: session.ownFingerprint,
    ack: ackVector(session),
    logHead: session.peerLogHead,
  }).length;

const headerLength = ({ send: { ct, ctIdentity } }: RatchetSession): number =>
  1_634 + (ct.length > 0 ? 1_570 : 0) + (ctIdentity.length > 0 ? 1_570 : 0);

const bucketOf = (session: RatchetSession, count: number): Bucket =>
  chooseBucket(payloadLength(session, count), session.pre.length, headerLength(session)).bucket;

/** The longest text that stays in a bucket; -1 where not even none does. */
function longest(session: RatchetSession, bucket: Bucket, limit: number): number {
  let [low, high] = [-1, limit];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (bucketOf(session, middle) <= bucket) low = middle;
    else high = middle - 1;
  }
  return low;
}

function sealed(session: RatchetSession, name: string, count: number, whole: boolean): Json {
  const sent = send(session, `bucket ${name} ${count}`, text('a'.repeat(count)));
  const length = payloadLength(session, count);
  const { bucket, padded } = chooseBucket(length, session.pre.length, headerLength(session));
  return {
    text: { repeat: 'a', count },
    mid: hex(sent.mid),
    draws: sent.draws.json(),
    payloadLength: length,
    padded,
    bucket,
    packetSha256: hex(sha256(sent.packet)),
    ...(whole ? { packet: hex(sent.packet) } : {}),
  };
}

export function v7(): Json {
  const sessions = v5Sessions();
  return {
    about:
      'Room for a padded payload in each bucket (negative: not even the rest fits), and the packets of texts of n letters "a" at each boundary. `state`: the session that seals is in v5-hello.json, in the first exchange.',
    now: NOW,
    room: sessions.map(({ name, session }) => ({
      name,
      preLength: session.pre.length,
      hdrLength: headerLength(session),
      buckets: BUCKETS.map((bucket) => ({
        bucket,
        padded: bucket - 36 - (session.pre.length === 0 ? 1 : 3 + session.pre.length) - 3 - headerLength(session) - 3 - 16 - 34,
      })),
    })),
    packets: sessions.map(({ name, state, session }) => {
      const limit = textLimit(session);
      const counts = BUCKETS.map((bucket) => longest(session, bucket, limit)).filter((count) => count >= 0);
      const boundaries = [...new Set(counts.flatMap((count) => [count, count + 1]))].filter((count) => count <= limit);
      return {
        name,
        state,
        textLimit: limit,
        cases: [0, ...boundaries].map((count) => sealed(session, name, count, name === 'confirmed' && counts.includes(count))),
      };
    }),
    refused: [
      {
        name: 'a text of more than 29,000 bytes',
        state: 'messages.1.opened.after.session',
        text: { repeat: 'a', count: 29_001 },
        code: refusal(() => {
          const session = sessions.find(({ name }) => name === 'confirmed')?.session;
          if (!session) throw new Error('no session');
          return seal(session, {
            payload: { mid: midOf('bucket'), body: text('a'.repeat(29_001)) },
            random: draws('x', ['salt']).random,
            now: NOW,
          });
        }),
      },
    ],
  };
}

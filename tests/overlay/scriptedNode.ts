/** A node that says what a test wants it to say: for faults that a real node shows only by accident. */
import { createVeilidOverlay, type VeilidOverlay } from '../../src/overlay/veilid/veilid.ts';
import type { ChannelHandlers } from '../../src/overlay/veilid/channel.ts';

export type Members = Record<string, unknown>;
/** What to answer: a value, an error, raw lines, or nothing. */
export type Answer = { value: unknown } | { error: Members } | { lines: string[] } | null;

export interface ScriptedNode {
  overlay: VeilidOverlay;
  /** Every request so far. */
  requests: Members[];
  say(line: Members | string): void;
  hangUp(): void;
  /** Replaces the answer to an op (`AppCall`, `NewPrivateRoute`, …). */
  on(op: string, answer: (request: Members) => Answer): void;
  opened(): number;
  /** How often the channel was ended by us. */
  closed(): number;
}

export const routeId = (n: number): string => `VLD0:${String(n).padStart(43, 'r')}`;
/** Bytes of a blob whose signature differs from every other one's. */
export const blob = (n: number): Uint8Array =>
  Uint8Array.from({ length: 712 }, (_, at) => (Math.imul(at + 1, 2654435761) ^ Math.imul(n + 1, 40503 * (at + 7))) >>> 13);
export const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');

export function scriptNode(): ScriptedNode {
  const answers = new Map<string, (request: Members) => Answer>();
  const requests: Members[] = [];
  let handlers: ChannelHandlers | null = null;
  let routes = 0;
  let opened = 0;
  let closed = 0;
  const say = (line: Members | string): void => handlers?.onLine(typeof line === 'string' ? line : JSON.stringify(line));

  answers.set('NewPrivateRoute', () => {
    routes += 1;
    return { value: { route_id: routeId(routes), blob: text(blob(routes)) } };
  });
  answers.set('GetState', () => ({ value: { attachment: { state: 'AttachedFull', public_internet_ready: true, live_peer_count: '7' } } }));
  answers.set('NewRoutingContext', () => ({ value: 1 }));
  // routes are tested by calling oneself
  answers.set('AppCall', (request) => ({ value: request['message'] }));
  answers.set('ImportRemotePrivateRoute', () => ({ value: routeId(99) }));

  const overlay = createVeilidOverlay({
    source: {
      kind: 'channel',
      open(next) {
        opened += 1;
        handlers = next;
        return Promise.resolve({
          send(line: string) {
            const request: Members = JSON.parse(line) as Members;
            requests.push(request);
            queueMicrotask(() => {
              const op = String(request['rc_op'] ?? request['op']);
              const answer = (answers.get(op) ?? (() => ({ value: null })))(request);
              if (answer === null) return;
              if ('lines' in answer) answer.lines.forEach(say);
              else say({ type: 'Response', id: request['id'], op, ...answer });
            });
            return true;
          },
          close: () => {
            // the channel of a node that has gone is closed as well
            if (handlers === next) closed += 1;
            return Promise.resolve();
          },
        });
      },
    },
  });
  return {
    overlay,
    requests,
    say,
    hangUp() {
      const old = handlers;
      handlers = null;
      old?.onClose('The node ended.');
    },
    on(op, answer) {
      answers.set(op, answer);
    },
    opened: () => opened,
    closed: () => closed,
  };
}

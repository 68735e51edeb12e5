import { expect, test } from 'vitest';
import { attempt } from '../../src/core/dm/attempt.ts';
import { OverlayError, type Overlay } from '../../src/overlay/overlay.ts';

const address = (byte: number): Uint8Array => new Uint8Array(200).fill(byte);
const valid = Uint8Array.of(1);
const forged = Uint8Array.of(9);
const isValid = (reply: Uint8Array): boolean => reply[0] === 1;
const packet = new Uint8Array(4_096);
const never = new AbortController().signal;

/** An overlay that does one thing per address; only `send` is asked. */
function overlay(answers: Record<number, (signal: AbortSignal) => Promise<Uint8Array>>): Pick<Overlay, 'send'> & { asked: number[] } {
  const asked: number[] = [];
  return {
    asked,
    send: (to, _bytes, signal) => {
      const which = to[0] ?? 0;
      asked.push(which);
      return answers[which]?.(signal) ?? Promise.reject(new OverlayError('unreachable', 'nobody'));
    },
  };
}
const untilAborted = (signal: AbortSignal): Promise<Uint8Array> =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => {
      reject(new OverlayError('stopped', 'aborted'));
    });
  });

test('a forged acknowledgement is not believed, and is no reason to look for other routes', async () => {
  const only = overlay({ 1: () => Promise.resolve(forged) });
  expect(await attempt(only, [address(1)], packet, isValid, never)).toMatchObject({ kind: 'failed', code: 'badAnswer', reread: false });
});

test('the second route is asked when the first fails, and its answer counts', async () => {
  const both = overlay({ 1: () => Promise.reject(new OverlayError('unreachable', 'gone')), 2: () => Promise.resolve(valid) });
  expect(await attempt(both, [address(1), address(2)], packet, isValid, never)).toEqual({ kind: 'acknowledged' });
  expect(both.asked).toEqual([1, 2]);
});

test('the second route is asked when the first is only slow, and ends the first', async () => {
  const ended: string[] = [];
  const both = overlay({
    1: (signal) =>
      untilAborted(signal).finally(() => {
        ended.push('first');
      }),
    2: () => Promise.resolve(valid),
  });
  expect(await attempt(both, [address(1), address(2)], packet, isValid, never)).toEqual({ kind: 'acknowledged' });
  await Promise.resolve();
  expect(both.asked).toEqual([1, 2]);
  await expect.poll(() => ended).toEqual(['first']);
});

test('the second route is left alone while the first answers', async () => {
  const both = overlay({ 1: () => Promise.resolve(valid), 2: () => Promise.resolve(valid) });
  expect(await attempt(both, [address(1), address(2)], packet, isValid, never)).toEqual({ kind: 'acknowledged' });
  expect(both.asked).toEqual([1]);
});

test('when both fail the reason is the first one’s, and no route at all is a reason too', async () => {
  const both = overlay({
    1: () => Promise.reject(new OverlayError('timeout', 'slow')),
    2: () => Promise.reject(new OverlayError('unreachable', 'gone')),
  });
  expect(await attempt(both, [address(1), address(2)], packet, isValid, never)).toMatchObject({ code: 'timeout', reread: true });
  expect(await attempt(both, [], packet, isValid, never)).toMatchObject({ kind: 'failed', code: 'unreachable' });
});

import { expect, test } from 'vitest';
import { attempt } from '../../src/core/dm/attempt.ts';
import { OverlayError, type Overlay, type OverlayErrorCode } from '../../src/overlay/overlay.ts';

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
  expect(await attempt(only, [address(1)], packet, isValid, never)).toMatchObject({ kind: 'failed', code: 'badAnswer', rereads: false });
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

const failing = (code: OverlayErrorCode): (() => Promise<Uint8Array>) => {
  return () => Promise.reject(new OverlayError(code, 'no'));
};

/** One row of the table in attempt.ts each: is the other route asked, is the record read, does it count as sent, and what then. */
const rows: [OverlayErrorCode | 'badAnswer', { asksOther: boolean; rereads: boolean; mayHaveArrived: boolean; then: string }][] = [
  ['timeout', { asksOther: true, rereads: true, mayHaveArrived: true, then: 'backOff' }],
  ['badAnswer', { asksOther: true, rereads: false, mayHaveArrived: true, then: 'backOff' }],
  ['unreachable', { asksOther: true, rereads: true, mayHaveArrived: false, then: 'backOff' }],
  ['badAddress', { asksOther: true, rereads: true, mayHaveArrived: false, then: 'backOff' }],
  ['tryAgain', { asksOther: false, rereads: false, mayHaveArrived: false, then: 'soon' }],
  ['stopped', { asksOther: false, rereads: false, mayHaveArrived: false, then: 'soon' }],
  ['missing', { asksOther: false, rereads: false, mayHaveArrived: false, then: 'soon' }],
  ['tooLarge', { asksOther: false, rereads: false, mayHaveArrived: false, then: 'giveUp' }],
];
test.each(rows)('%s has its own reaction', async (code, reaction) => {
  const fails = code === 'badAnswer' ? () => Promise.resolve(forged) : failing(code);
  const both = overlay({ 1: fails, 2: fails });
  expect(await attempt(both, [address(1), address(2)], packet, isValid, never)).toMatchObject({ kind: 'failed', code, ...reaction });
  expect(both.asked).toEqual(reaction.asksOther ? [1, 2] : [1]);
});

test('where two routes failed, what either may have meant counts', async () => {
  const late = overlay({ 1: failing('unreachable'), 2: failing('timeout') });
  expect(await attempt(late, [address(1), address(2)], packet, isValid, never)).toMatchObject({ code: 'timeout', mayHaveArrived: true });
  const forgery = overlay({ 1: () => Promise.resolve(forged), 2: failing('unreachable') });
  expect(await attempt(forgery, [address(1), address(2)], packet, isValid, never)).toMatchObject({ code: 'badAnswer', rereads: true });
  expect(await attempt(late, [], packet, isValid, never)).toMatchObject({ kind: 'failed', code: 'unreachable', rereads: true });
});

test('an error that is none of the overlay’s is not taken for one', async () => {
  const broken = overlay({ 1: () => Promise.reject(new TypeError('a bug')) });
  await expect(attempt(broken, [address(1)], packet, isValid, never)).rejects.toThrow('a bug');
});

/** What the main process and the core's process say to each other beside the MessagePorts. Both ends check what arrives. */
import * as v from 'valibot';
import { MAX_WRAPPED_BYTES } from '../../core/key/keyring.ts';

const MAX_SENTENCE = 2_000;
const sentence = v.pipe(v.string(), v.maxLength(MAX_SENTENCE));
const id = v.pipe(v.number(), v.integer(), v.minValue(1));
/** Bytes as hexadecimal digits: the same in every kind of message. */
const hex = v.pipe(v.string(), v.regex(/^(?:[0-9a-f]{2})*$/), v.maxLength(2 * MAX_WRAPPED_BYTES));

export const ToCore = v.variant('t', [
  /** A MessagePort comes with it: a client of the contract. It takes the place of an earlier one of the same owner. */
  v.strictObject({ t: v.literal('port'), owner: v.pipe(v.number(), v.integer(), v.minValue(0)) }),
  v.strictObject({ t: v.literal('stop') }),
  /** Does it still answer? See heartbeat.ts. */
  v.strictObject({ t: v.literal('beat') }),
  v.strictObject({ t: v.literal('sealed'), id, bytes: hex }),
  v.strictObject({
    t: v.literal('refused'),
    id,
    code: v.picklist(['locked', 'gone', 'denied', 'lying']),
    sentence,
  }),
]);
export type ToCore = v.InferOutput<typeof ToCore>;

export const FromCore = v.variant('t', [
  /** It does. */
  v.strictObject({ t: v.literal('beat') }),
  /** Its clients are answered from now on. */
  v.strictObject({ t: v.literal('started') }),
  /** It cannot work with this profile, for the reason of the sentence; trying again does not help by itself. */
  v.strictObject({ t: v.literal('failed'), sentence }),
  /** A client asked for the end of the program. */
  v.strictObject({ t: v.literal('quit') }),
  /** Somebody started Sotto again with this profile. */
  v.strictObject({ t: v.literal('show') }),
  /** The keyring is asked to wrap or unwrap bytes; the answer is `sealed` or `refused` with this id. */
  v.strictObject({ t: v.literal('seal'), id, how: v.picklist(['wrap', 'unwrap']), bytes: hex }),
]);
export type FromCore = v.InferOutput<typeof FromCore>;

/** A sentence that fits. */
export const shortened = (text: string): string => text.slice(0, MAX_SENTENCE);

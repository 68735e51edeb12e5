/**
 * Names and ids that cross between rooms. Branded, so that a nick is never passed where a channel is meant.
 * All are bounded here; what belongs to one protocol (folding, legal characters) is checked in its room.
 */
import * as v from 'valibot';

const MAX_NAME_LENGTH = 256;

// eslint-disable-next-line no-control-regex -- control characters are exactly what must not pass
const noControls = /^[^\u0000-\u001f\u007f]+$/;
const name = v.pipe(v.string(), v.maxLength(MAX_NAME_LENGTH), v.regex(noControls));
const positive = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(Number.MAX_SAFE_INTEGER));

/** The `<name>` of `[servers.<name>]`. */
export const ServerName = v.pipe(name, v.brand('ServerName'));
export type ServerName = v.InferOutput<typeof ServerName>;

/** A nickname as the server wrote it. */
export const Nick = v.pipe(name, v.brand('Nick'));
export type Nick = v.InferOutput<typeof Nick>;

/** A channel's name as the server wrote it, prefix included. */
export const ChannelName = v.pipe(name, v.brand('ChannelName'));
export type ChannelName = v.InferOutput<typeof ChannelName>;

/** Row number of a buffer in private.db; never used twice. */
export const BufferId = v.pipe(positive, v.brand('BufferId'));
export type BufferId = v.InferOutput<typeof BufferId>;

/** Row number of a contact in private.db; never used twice. */
export const ContactId = v.pipe(positive, v.brand('ContactId'));
export type ContactId = v.InferOutput<typeof ContactId>;

/** A line's id: set by the core, rising, unique over both store files (microseconds, made unique). */
export const MessageId = v.pipe(positive, v.brand('MessageId'));
export type MessageId = v.InferOutput<typeof MessageId>;

/** Where a line stands in its buffer: by time, then id. `time` is in milliseconds since 1970. */
export const Place = v.object({ time: v.pipe(v.number(), v.integer(), v.minValue(0)), id: MessageId });
export type Place = v.InferOutput<typeof Place>;

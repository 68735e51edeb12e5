/** Texts of payloads that have a shape of their own. Lengths are bounded where they are read. */

/** C0, DEL and C1: fixed for ever, unlike other categories of Unicode. */
const CONTROL = /\p{Cc}/u;
const clusters = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Not empty, without control characters, with no half of a surrogate pair. */
export const isPlain = (text: string): boolean => text !== '' && !CONTROL.test(text) && text.isWellFormed();

/** One extended grapheme cluster (UAX #29), as the runtime's Unicode data has it. That it is a picture is not asked. */
export const isOneCluster = (text: string): boolean => Array.from(clusters.segment(text)).length === 1;

/** A name inside one folder, on every system; never a path. */
export const isFileName = (name: string): boolean => isPlain(name) && name !== '.' && name !== '..' && !/[/\\]/.test(name);

/** "type/subtype" of RFC 6838 section 4.2, without parameters. */
const MEDIA_TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]*\/[a-z0-9][a-z0-9!#$&^_.+-]*$/i;
export const isMediaType = (type: string): boolean => MEDIA_TYPE.test(type);

/** Names of offered files, as they may stand in a directory of ours. */

/** Bytes of a name: file systems take 255, and " (99)" and the like may follow. */
const MAX_NAME_BYTES = 200;
/** Bytes of an ending that survive a cut. */
const MAX_ENDING_BYTES = 20;
/** UTF-16 units that are looked at: the name on an IRC line is shorter. */
const MAX_RAW = 8_192;

const encoder = new TextEncoder();
/** Control, format (bidi overrides, zero-width, tags), private and half characters: nothing of these can be seen or trusted in a name. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu;
/** Mean something to shells or to Windows: streams (`a:b`), wildcards, pipes. */
const SPECIAL = /[<>:"|?*\\/]/g;
/** Devices of Windows, with any ending; a name that travels on to such a disk must not be one. */
const DEVICE = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i;

const cut = (text: string, bytes: number): string => {
  const { read } = encoder.encodeInto(text, new Uint8Array(Math.max(0, bytes)));
  return text.slice(0, read);
};

/**
 * The last part of what they call it, without paths, hidden characters, leading and trailing dots, with spaces run together (a second ending
 * behind many spaces is a trick), at most MAX_NAME_BYTES of UTF-8. Never empty, never a path.
 */
export function safeFileName(raw: string): string {
  const last =
    raw
      .slice(0, MAX_RAW)
      .toWellFormed()
      .normalize('NFC')
      .split(/[/\\]/)
      .findLast((part) => part.trim() !== '') ?? '';
  const visible = last.replace(UNSEEN, '').replace(SPECIAL, '_').replace(/\s+/gu, ' ');
  const name = visible.replace(/^[\s.~-]+/u, '').replace(/[\s.]+$/u, '');
  if (name === '') return 'file';
  const safe = DEVICE.test(name) ? `_${name}` : name;
  if (encoder.encode(safe).length <= MAX_NAME_BYTES) return safe;
  const dot = safe.lastIndexOf('.');
  const ending = dot > 0 && encoder.encode(safe.slice(dot)).length <= MAX_ENDING_BYTES ? safe.slice(dot) : '';
  return `${cut(safe, MAX_NAME_BYTES - encoder.encode(ending).length).replace(/[\s.]+$/u, '')}${ending}`;
}

/** `name`, `name (1).txt`, `name (2).txt`, …: the ending stays. */
export function numberedName(name: string, number: number): string {
  if (number === 0) return name;
  const dot = name.lastIndexOf('.');
  return dot > 0 ? `${name.slice(0, dot)} (${number})${name.slice(dot)}` : `${name} (${number})`;
}

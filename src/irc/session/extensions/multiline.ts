/**
 * IRCv3 draft/multiline: a message of many lines as one batch. What comes is put together within the bounds the server itself
 * names; what goes out is one batch where it fits, sent back to back, so that nothing else stands inside it.
 */
import type { Action, TextForm } from '../../../contract/chat.ts';
import { IrcError } from '../../errors.ts';
import { cleanText } from '../../wire/clean.ts';
import { byteLength, encodeLine } from '../../wire/encode.ts';
import { encodeAction } from '../actions.ts';
import type { Batch } from '../batches.ts';
import type { BatchHandler, Context, CreateExtension } from '../context.ts';
import { MAX_WAITING_LINES } from '../flood.ts';
import { tellText } from '../handlers/messages.ts';
import { labelTag } from '../labels.ts';
import { mayTag, replyTag } from '../messageTags.ts';
import type { OwnText } from '../outgoing.ts';

export const MULTILINE = 'draft/multiline';
const CONCAT = 'draft/multiline-concat';
/** Bytes and lines taken of one message, whatever the server says it allows. */
export const MAX_MULTILINE_BYTES = 40_000;
export const MAX_MULTILINE_LINES = 500;
/** Messages that may come at the same time, and how long each may take. */
export const MAX_OPEN_MESSAGES = 16;
export const MULTILINE_TIMEOUT_MS = 60_000;

export interface MultilineLimits {
  bytes: number;
  lines: number;
}

/** `max-bytes=4096,max-lines=24`; null without `max-bytes`, which a server has to name. */
export function multilineLimits(value: string | undefined): MultilineLimits | null {
  const numbers = new Map((value ?? '').split(',', 32).map((entry) => [entry.split('=', 1)[0], entry.slice(entry.indexOf('=') + 1)]));
  const read = (key: string, most: number): number | null => {
    const text = numbers.get(key) ?? '';
    return /^[0-9]{1,9}$/.test(text) && Number(text) > 0 ? Math.min(most, Number(text)) : null;
  };
  const bytes = read('max-bytes', MAX_MULTILINE_BYTES);
  return bytes === null ? null : { bytes, lines: read('max-lines', MAX_MULTILINE_LINES) ?? MAX_MULTILINE_LINES };
}

interface Collected {
  command: string | null;
  text: string;
  bytes: number;
  lines: number;
  /** More came than fits. */
  isCut: boolean;
  cancel: () => void;
}

interface Piece {
  text: string;
  /** Belongs to the line before. */
  concat: boolean;
}

const encoder = new TextEncoder();

/** Cuts one line for lines of `room` bytes; a space at a cut stays at the end of its piece, so that the pieces joined are the line. */
export function cutForConcat(line: string, room: number): Piece[] {
  const pieces: Piece[] = [];
  let rest = line.toWellFormed();
  do {
    const { read } = encoder.encodeInto(rest, new Uint8Array(room));
    const space = read < rest.length ? rest.lastIndexOf(' ', read - 1) : -1;
    const end = space > 0 ? space + 1 : read;
    if (end === 0 && rest !== '') throw new IrcError('tooLong', 'There is no room for text in a line to this target.');
    pieces.push({ text: rest.slice(0, end), concat: pieces.length > 0 });
    rest = rest.slice(end);
  } while (rest !== '');
  return pieces;
}

/** Messages that each keep to the limits, without blank lines at their ends. */
export function groupPieces(pieces: readonly Piece[], limits: MultilineLimits): Piece[][] {
  const groups: Piece[][] = [];
  let group: Piece[] = [];
  let bytes = 0;
  const flush = (): void => {
    const first = group.findIndex(({ text }) => text !== '');
    const last = group.findLastIndex(({ text }) => text !== '');
    if (first !== -1) groups.push(group.slice(first, last + 1).map((piece, index) => (index === 0 ? { ...piece, concat: false } : piece)));
    group = [];
    bytes = 0;
  };
  for (const piece of pieces) {
    const more = byteLength(piece.text) + (piece.concat || group.length === 0 ? 0 : 1);
    if (group.length >= limits.lines || bytes + more > limits.bytes) flush();
    bytes += group.length === 0 ? byteLength(piece.text) : more;
    group.push(piece);
  }
  flush();
  return groups;
}

const joined = (pieces: readonly Piece[]): string =>
  pieces.map(({ text, concat }, index) => (index === 0 || concat ? text : `\n${text}`)).join('');

type TextAction = Extract<Action, { kind: 'text' }>;

export const createMultiline: CreateExtension = (context) => {
  const open = new Map<Batch, Collected>();
  let reference = 0;

  const limits = (): MultilineLimits | null =>
    context.caps.has(MULTILINE) && context.caps.has('batch') ? multilineLimits(context.caps.offered(MULTILINE)) : null;

  const warn = (text: string): void => {
    context.emit({ kind: 'server', target: null, text, severity: 'error', time: context.wallClock(), historic: false });
  };

  const incomingBatch: BatchHandler = {
    opened: (_incoming, batch) => {
      if (open.size >= MAX_OPEN_MESSAGES) return;
      const cancel = context.clock.after(MULTILINE_TIMEOUT_MS, () => {
        open.delete(batch);
        warn('The server began a message of several lines and never ended it; it is not shown.');
      });
      open.set(batch, { command: null, text: '', bytes: 0, lines: 0, isCut: false, cancel });
    },
    line: ({ line }, batch) => {
      const collected = open.get(batch);
      if (!collected) return true;
      const [target = '', text = ''] = line.params;
      const isText = line.command === 'PRIVMSG' || line.command === 'NOTICE';
      const isSame = collected.command === null || collected.command === line.command;
      // The specification lets a message have one command and one target; what differs is no part of it.
      if (!isText || !isSame || target !== batch.params[0]) return true;
      const most = multilineLimits(context.caps.offered(MULTILINE)) ?? { bytes: MAX_MULTILINE_BYTES, lines: MAX_MULTILINE_LINES };
      const glue = collected.command === null || line.tags.has(CONCAT) ? '' : '\n';
      const bytes = byteLength(glue + text);
      if (collected.lines >= most.lines || collected.bytes + bytes > most.bytes) {
        collected.isCut = true;
        return true;
      }
      collected.command = line.command;
      collected.text += glue + text;
      collected.bytes += bytes;
      collected.lines += 1;
      return true;
    },
    closed: (incoming, batch) => {
      const collected = open.get(batch);
      open.delete(batch);
      collected?.cancel();
      if (!collected || collected.command === null) return;
      const form: TextForm = collected.command === 'NOTICE' ? 'notice' : 'privmsg';
      const text = collected.text
        .split('\n')
        .map((line) => cleanText(line))
        .join('\n');
      if (collected.isCut) warn('The server sent a message longer than it says it allows; the rest of it is left out.');
      // Tags, sender and time of the message are those of the line that opened the batch.
      const [target = ''] = batch.params;
      tellText(context, { ...incoming, line: { ...incoming.line, command: collected.command, params: [target, text] } }, { form, text });
    },
  };

  const tagsOf = (action: TextAction): { sent: Record<string, string>; shown: OwnText['tags'] } => {
    const reply = action.replyTo === undefined ? null : replyTag(context);
    const isContext = action.channelContext !== undefined && mayTag(context, '+channel-context');
    return {
      sent: {
        ...(reply === null || action.replyTo === undefined ? {} : { [reply]: action.replyTo }),
        ...(isContext && action.channelContext !== undefined ? { '+channel-context': action.channelContext } : {}),
      },
      shown: action.replyTo === undefined ? undefined : { replyTo: action.replyTo },
    };
  };

  /** Lines of one message as a batch. */
  const batchLines = (action: TextAction, id: string, pieces: readonly Piece[], tags: Record<string, string>): string[] => {
    const command = action.form === 'notice' ? 'NOTICE' : 'PRIVMSG';
    const most = context.isupport.lineLength - 2;
    return [
      encodeLine('BATCH', [`+${id}`, MULTILINE, action.target], most, tags),
      ...pieces.map(({ text, concat }) =>
        encodeLine(command, [action.target, text], most, { batch: id, ...(concat ? { [CONCAT]: '' } : {}) }),
      ),
      encodeLine('BATCH', [`-${id}`], most),
    ];
  };

  const send = (messages: readonly { lines: (label: Record<string, string>) => string[]; own: OwnText }[]): void => {
    // Made once without labels: no part goes out if one cannot.
    const count = messages.reduce((sum, { lines }) => sum + lines({}).length, 0);
    if (context.waiting('user') + count > MAX_WAITING_LINES)
      throw new IrcError('busy', 'Too many lines are waiting to be sent. Wait a moment.');
    const labelledTexts = messages.map(({ lines, own }) => {
      const request = context.labels.begin(own.target);
      const text: OwnText = { ...own, label: request.label };
      return { lines: lines(labelTag(request)), text };
    });
    for (const { text } of labelledTexts) context.outgoing.queued(text);
    for (const { lines, text } of labelledTexts)
      context.push('user', lines, () => {
        context.outgoing.sent(text);
      });
  };

  const sendAsBatches = (action: TextAction, most: MultilineLimits): boolean => {
    const lines = action.text.replaceAll('\u0001', '').split(/\r\n|\r|\n/);
    const [probe] = encodeAction(context, { kind: 'text', target: action.target, form: action.form, text: 'x' });
    if (!probe || action.form === 'action') return false;
    const room = Math.min(textRoom(context, action), most.bytes);
    const pieces = lines.flatMap((line) => (line === '' ? [{ text: '', concat: false }] : cutForConcat(line, room)));
    if (pieces.filter(({ text }) => text !== '').length < 2) return false;
    const { sent, shown } = tagsOf(action);
    const groups = groupPieces(pieces, most);
    send(
      groups.map((group, index) => {
        reference += 1;
        const id = `m${reference}`;
        return {
          own: { target: action.target, form: action.form, text: joined(group), ...(index === 0 && shown ? { tags: shown } : {}) },
          lines: (label) => {
            const [only] = group;
            const tags = { ...(index === 0 ? sent : {}), ...label };
            return group.length === 1 && only
              ? [
                  encodeLine(
                    action.form === 'notice' ? 'NOTICE' : 'PRIVMSG',
                    [action.target, only.text],
                    context.isupport.lineLength - 2,
                    tags,
                  ),
                ]
              : batchLines(action, id, group, tags);
          },
        };
      }),
    );
    return true;
  };

  const sendAsLines = (action: TextAction): void => {
    const { sent, shown } = tagsOf(action);
    const outbound = encodeAction(context, { kind: 'text', target: action.target, form: action.form, text: action.text });
    send(
      outbound.flatMap(({ line, own }, index) =>
        own === null
          ? []
          : [
              {
                own: { ...own, ...(index === 0 && shown ? { tags: shown } : {}) },
                lines: (label: Record<string, string>) => [withTags(line, { ...(index === 0 ? sent : {}), ...label })],
              },
            ],
      ),
    );
  };

  return {
    batches: { [MULTILINE]: incomingBatch, multiline: incomingBatch },
    act: (action) => {
      if (action.kind !== 'text') return false;
      if (action.text.includes('\u0000')) throw new IrcError('badInput', 'NUL cannot be sent over IRC.');
      const most = limits();
      if (most === null || !sendAsBatches(action, most)) sendAsLines(action);
      return true;
    },
    onClose: () => {
      for (const { cancel } of open.values()) cancel();
      open.clear();
    },
  };
};

/** Bytes a server may put before our text where it has not told us. */
const MAX_SOURCE_BYTES = 12 + 64;

/** Bytes of text that fit into one line to this target when the server sends it on with our source before it. */
function textRoom({ me, isupport }: Context, { target, form }: TextAction): number {
  const source = me.user === null || me.host === null ? MAX_SOURCE_BYTES : byteLength(me.user + me.host);
  const command = form === 'notice' ? 'NOTICE' : 'PRIVMSG';
  return isupport.lineLength - 2 - byteLength(`:!@ ${command} ${target} :`) - byteLength(me.nick) - source;
}

/** A line without tags, with these. */
function withTags(line: string, tags: Record<string, string>): string {
  const [section = ''] = encodeLine('X', [], undefined, tags).split(' ');
  return Object.keys(tags).length === 0 ? line : `${section} ${line}`;
}

/** What is being written: text, drafts and history of each buffer, completion, sending. No rendering. */
import { ContractError } from '../../contract/errors.ts';
import type { BufferId } from '../../contract/ids.ts';
import type { Message } from '../../contract/message.ts';
import { MAX_INPUT_LENGTH } from '../../contract/table.ts';
import type { Connection } from '../shared/connection.svelte.ts';
import { complete, type Candidates, type Completion } from './completion.ts';
import type { SendQuestion } from './paste.ts';

/** Inputs kept for each buffer, oldest dropped. */
const MAX_HISTORY = 100;
/** A draft is stored this long after the last key, in milliseconds. */
const DRAFT_DELAY = 600;

export interface Composer {
  text: string;
  readonly error: string | null;
  readonly note: string | null;
  /** The line that the text answers. */
  readonly reply: Message | null;
  /** Set while the user is asked whether so many lines shall go out. */
  readonly question: SendQuestion | null;
  answer(message: Message): void;
  cancelReply(): void;
  /** Back to the text; nothing was sent. */
  cancelSend: () => void;
  /** The text was refused until the user says for whom it is. */
  readonly held: boolean;
  /** The held text has gone where the user said. */
  taken(): void;
  open(buffer: BufferId, draft: string): void;
  /** `confirmed`: the user was asked about the number of lines. */
  send(confirmed?: boolean): Promise<void>;
  /** A new cursor position, or null when nothing was completed. */
  complete(cursor: number, candidates: Candidates, step: 1 | -1): number | null;
  /** One step through what was sent; false when there is none in this direction. */
  history(step: 1 | -1): boolean;
  /** Puts a command or pasted text at the cursor's end and focuses the input. */
  insert(text: string): void;
  clearNotes(): void;
  /** Set by the input on screen. */
  focus: () => void;
}

interface Options {
  connection: Connection;
  /** What has to be asked before this goes out, or null. */
  questionFor: (buffer: BufferId, text: string) => SendQuestion | null;
  /** The user changed the text of the buffer. */
  onEdited: (buffer: BufferId, text: string) => void;
  /** The text is on its way, or another buffer is on screen. */
  onEnded: (buffer: BufferId, why: 'sent' | 'left') => void;
  onSent: () => void;
  onClear: (buffer: BufferId) => void;
  onFocus: (buffer: BufferId) => void;
  onCopy: (text: string) => Promise<void>;
}

/** What goes out after what was sent before it. */
interface Outgoing {
  buffer: BufferId;
  mine: BufferInput;
  text: string;
  answered: Message | null;
}

interface BufferInput {
  text: string;
  stored: string;
  sent: string[];
  /** Index into `sent` while walking through it; `sent.length` is the text being written. */
  at: number;
  unsent: string;
  reply: Message | null;
}

/** A line that tells the server or its services a password: it is neither kept nor stored. */
const SECRET =
  /^\s*\/?(?:register|verify|oper|pass|ns|nickserv|(?:raw|quote)\s+:?(?:pass|oper|authenticate|register|ns|nickserv|privmsg\s+nickserv)|(?:msg|query|notice|say)\s+[^\s]*serv)\b/i;
const holdsSecret = (text: string): boolean => SECRET.test(text);

/** Only what is said can be an answer; `//` begins a text, `/me` is one. */
const isSaid = (text: string): boolean => !text.startsWith('/') || text.startsWith('//') || /^\/me\s/i.test(text);

export function createComposer({ connection, questionFor, onEdited, onEnded, onSent, onClear, onFocus, onCopy }: Options): Composer {
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- not drawn
  const inputs = new Map<BufferId, BufferInput>();
  let current: BufferId | null = null;
  let text = $state('');
  let error = $state.raw<string | null>(null);
  let note = $state.raw<string | null>(null);
  let held = $state(false);
  let reply = $state.raw<Message | null>(null);
  let question = $state.raw<SendQuestion | null>(null);
  /** The first is under way. */
  let outgoing: Outgoing[] = [];
  let completion: Completion | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const input = (): BufferInput | undefined => (current === null ? undefined : inputs.get(current));

  const storeDraft = (): void => {
    clearTimeout(timer);
    const mine = input();
    if (mine === undefined || current === null || mine.text === mine.stored || mine.text.length > MAX_INPUT_LENGTH) return;
    if (holdsSecret(mine.text)) return;
    const before = mine.stored;
    mine.stored = mine.text;
    connection.call('buffer.draft', { buffer: current, text: mine.text }).catch(() => {
      mine.stored = before;
    });
  };

  const set = (value: string): void => {
    text = value;
    const mine = input();
    if (mine !== undefined) mine.text = value;
    clearTimeout(timer);
    timer = setTimeout(storeDraft, DRAFT_DELAY);
  };

  const setReply = (message: Message | null): void => {
    reply = message;
    const mine = input();
    if (mine !== undefined) mine.reply = message;
  };

  /** The first of `outgoing`. */
  const sendOne = async ({ buffer, mine, text: sent, answered }: Outgoing): Promise<void> => {
    try {
      const result = await connection.call('buffer.input', { buffer, text: sent, replyTo: answered?.id ?? null });
      if (!holdsSecret(sent)) mine.sent = [...mine.sent.filter((line) => line !== sent), sent].slice(-MAX_HISTORY);
      mine.at = mine.sent.length;
      onSent();
      if (result.clear === true) onClear(buffer);
      if (result.copy !== null) await onCopy(result.copy);
      if (result.focus !== null) onFocus(result.focus);
      note = result.note;
    } catch (reason) {
      // Nothing that was typed is lost: it goes back, with what was to follow it, in front of what was typed since.
      const unsent = outgoing.filter((later) => later.buffer === buffer);
      outgoing = outgoing.filter((later, index) => index === 0 || later.buffer !== buffer);
      const kept = unsent.map((later) => later.text).join('\n');
      mine.text = mine.text === '' ? kept : `${kept}\n${mine.text}`;
      mine.reply ??= unsent.find((later) => later.answered !== null)?.answered ?? null;
      if (current === buffer) {
        reply = mine.reply;
        set(mine.text);
        held = reason instanceof ContractError && reason.code === 'held';
        error = reason instanceof Error ? reason.message : 'This could not be sent.';
      }
    }
  };

  const composer: Composer = {
    get text() {
      return text;
    },
    set text(value) {
      completion = null;
      error = null;
      held = false;
      question = null;
      set(value);
      if (current !== null) onEdited(current, value);
    },
    get error() {
      return error;
    },
    get note() {
      return note;
    },
    get held() {
      return held;
    },
    get reply() {
      return reply;
    },
    get question() {
      return question;
    },
    answer: (message) => {
      if (message.buffer !== current) return;
      setReply(message);
      composer.focus();
    },
    cancelReply: () => {
      setReply(null);
    },
    cancelSend: () => {
      question = null;
      composer.focus();
    },
    taken: () => {
      held = false;
      error = null;
      set('');
    },
    open: (buffer, draft) => {
      storeDraft();
      if (current !== null && current !== buffer) onEnded(current, 'left');
      current = buffer;
      const known = inputs.get(buffer) ?? { text: draft, stored: draft, sent: [], at: 0, unsent: '', reply: null };
      inputs.set(buffer, known);
      text = known.text;
      reply = known.reply;
      question = null;
      error = null;
      held = false;
      note = null;
      completion = null;
    },
    send: async (confirmed = false) => {
      const buffer = current;
      const mine = input();
      const sent = text;
      if (buffer === null || mine === undefined || sent.trim() === '') return;
      if (sent.length > MAX_INPUT_LENGTH) {
        error = `This is ${sent.length} characters long; at most ${MAX_INPUT_LENGTH} can be sent at once.`;
        return;
      }
      question = confirmed ? null : questionFor(buffer, sent);
      if (question !== null) return;
      const answered = isSaid(sent) ? reply : null;
      error = null;
      note = null;
      set('');
      if (answered !== null) setReply(null);
      onEnded(buffer, 'sent');
      outgoing.push({ buffer, mine, text: sent, answered });
      if (outgoing.length > 1) return;
      for (let next = outgoing[0]; next !== undefined; next = outgoing[0]) {
        await sendOne(next);
        outgoing.shift();
      }
    },
    complete: (cursor, candidates, step) => {
      completion = complete(text, cursor, candidates, completion, step);
      if (completion === null) return null;
      set(completion.text);
      return completion.cursor;
    },
    history: (step) => {
      const mine = input();
      if (mine === undefined) return false;
      const at = mine.at + step;
      if (at < 0 || at > mine.sent.length) return false;
      if (mine.at === mine.sent.length) mine.unsent = text;
      mine.at = at;
      completion = null;
      set(mine.sent[at] ?? mine.unsent);
      return true;
    },
    insert: (value) => {
      composer.text = text === '' || text.endsWith(' ') || text.endsWith('\n') ? text + value : `${text} ${value}`;
      composer.focus();
    },
    clearNotes: () => {
      error = null;
      note = null;
    },
    focus: () => undefined,
  };
  return composer;
}

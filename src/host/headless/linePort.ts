import { StringDecoder } from 'node:string_decoder';
import type { Readable, Writable } from 'node:stream';
import type { Port } from '../../contract/port.ts';

/** UTF-16 units of one line that is read; the same bound as a page's message. */
export const MAX_LINE_LENGTH = 1024 * 1024;
/** A script that never reads its answers is dropped. */
const MAX_UNSENT_BYTES = 64 * 1024 * 1024;

/**
 * One JSON value a line as a Port: reads `input`, writes `output`. Empty lines are skipped. A line that is too long or no JSON, the end of
 * `input` and an error of either stream close it. Reading begins with `onMessage`.
 */
export function linePort(input: Readable, output: Writable): Port {
  const decoder = new StringDecoder('utf8');
  let handlers: (() => void)[] = [];
  let receive: (value: unknown) => void = () => undefined;
  let open = true;
  let rest = '';

  const close = (): void => {
    if (!open) return;
    open = false;
    input.pause();
    for (const handler of handlers) handler();
    handlers = [];
  };
  const take = (line: string): void => {
    if (line.trim() === '') return;
    const value = parse(line);
    if (value === undefined) close();
    else receive(value);
  };
  const read = (chunk: Uint8Array): void => {
    const lines = (rest + decoder.write(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (!open) return;
      if (line.length > MAX_LINE_LENGTH) close();
      else take(line);
    }
    if (rest.length > MAX_LINE_LENGTH) close();
  };
  input.on('end', close);
  input.on('close', close);
  input.on('error', close);
  output.on('error', close);

  return {
    send: (value) => {
      if (!open) return;
      if (output.writableLength > MAX_UNSENT_BYTES) close();
      else output.write(`${JSON.stringify(value)}\n`);
    },
    onMessage: (handler) => {
      receive = handler;
      if (input.listenerCount('data') === 0) input.on('data', read);
    },
    onClose: (handler) => {
      if (open) handlers.push(handler);
      else handler();
    },
    close,
    waiting: () => output.writableLength,
  };
}

/** `undefined` is no JSON value, so it can stand for a line that is none. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** D-Bus messages ("Message Format"): a header with its fields, then the body. */
import { isList, isVariant, read, WireError, write, type Value } from './wire.ts';

/** Replies of a keyring are some hundred bytes; the bus itself allows 128 MiB. */
export const MAX_MESSAGE_BYTES = 1_048_576;
const FIXED_BYTES = 16;

const kinds = ['', 'call', 'return', 'error', 'signal'] as const;
/** Header fields by number. */
const PATH = 1;
const INTERFACE = 2;
const MEMBER = 3;
const ERROR_NAME = 4;
const REPLY_SERIAL = 5;
const DESTINATION = 6;
const SENDER = 7;
const SIGNATURE = 8;

export interface Call {
  destination: string;
  path: string;
  interface: string;
  member: string;
  signature: string;
  body: readonly Value[];
}

export interface Message {
  kind: (typeof kinds)[number];
  serial: number;
  path: string;
  interface: string;
  member: string;
  errorName: string;
  replySerial: number;
  sender: string;
  body: Value[];
}

export function encodeCall(serial: number, call: Call): Uint8Array {
  const body = write(call.signature, call.body);
  const field = (number: number, signature: string, value: Value): Value => [number, { signature, value }];
  const fields = [
    field(PATH, 'o', call.path),
    field(INTERFACE, 's', call.interface),
    field(MEMBER, 's', call.member),
    field(DESTINATION, 's', call.destination),
    ...(call.signature === '' ? [] : [field(SIGNATURE, 'g', call.signature)]),
  ];
  const little = 'l'.charCodeAt(0);
  const header = write('yyyyuua(yv)', [little, 1, 0, 1, body.length, serial, fields]);
  const start = Math.ceil(header.length / 8) * 8;
  const message = new Uint8Array(start + body.length);
  message.set(header);
  message.set(body, start);
  return message;
}

/** Bytes of the message that begins `bytes`; null: its beginning is not there yet. Throws WireError for what is none, or too long. */
export function messageLength(bytes: Uint8Array): { header: number; total: number } | null {
  if (bytes.length < FIXED_BYTES) return null;
  if (bytes[0] !== 'l'.charCodeAt(0) || bytes[3] !== 1) throw new WireError('another byte order or version');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const header = Math.ceil((FIXED_BYTES + view.getUint32(12, true)) / 8) * 8;
  const total = header + view.getUint32(4, true);
  if (total > MAX_MESSAGE_BYTES) throw new WireError('a message is too long');
  return { header, total };
}

/** `bytes`: exactly one message. Throws WireError. */
export function decodeMessage(bytes: Uint8Array, headerLength: number): Message {
  const [, type, , , , serial, rows] = read('yyyyuua(yv)', bytes.subarray(0, headerLength));
  const fields = new Map<number, Value>();
  for (const row of isList(rows) ? rows : []) {
    const [number, value] = isList(row) ? row : [];
    if (typeof number === 'number' && isVariant(value)) fields.set(number, value.value);
  }
  const text = (number: number): string => {
    const value = fields.get(number);
    return typeof value === 'string' ? value : '';
  };
  const reply = fields.get(REPLY_SERIAL);
  return {
    kind: (typeof type === 'number' ? kinds[type] : undefined) ?? '',
    serial: typeof serial === 'number' ? serial : 0,
    path: text(PATH),
    interface: text(INTERFACE),
    member: text(MEMBER),
    errorName: text(ERROR_NAME),
    replySerial: typeof reply === 'number' ? reply : 0,
    sender: text(SENDER),
    body: read(text(SIGNATURE), bytes.subarray(headerLength)),
  };
}

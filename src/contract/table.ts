/**
 * The one table of calls and events between the core and its pages, scripts and tests. The core validates every request
 * with the schema here: a page is assumed hostile. Results and events are typed; they come from the core itself.
 */
import * as v from 'valibot';
import type { Member } from './chat.ts';
import { BufferId, ContactId, MessageId, Place, ServerName } from './ids.ts';
import type { Message, Receipt } from './message.ts';
import type {
  BufferView,
  ConfigView,
  ContactView,
  DiagnosticsView,
  InputResult,
  MembersChange,
  NodeView,
  RequestView,
  SafetyNumberView,
  ServerView,
  Snapshot,
} from './views.ts';

/** Lines in one page of history. */
export const MAX_PAGE_LINES = 200;
/** UTF-16 units of one input, many lines included. */
export const MAX_INPUT_LENGTH = 64_000;
/** Buffers one connection may show at a time. */
export const MAX_SHOWN_BUFFERS = 64;
/** Text pasted to connect: a blob is at most 4,096 bytes, an invite less. */
export const MAX_ADDRESS_TEXT = 8_192;

interface Call<P extends v.GenericSchema, R> {
  params: P;
  /** Only a type: results are made by the core and are not checked again. */
  result?: () => R;
}
const call =
  <R>() =>
  <P extends v.GenericSchema>(params: P): Call<P, R> => ({ params });

const nothing = v.strictObject({});
const buffer = v.strictObject({ buffer: BufferId });
const contact = v.strictObject({ contact: ContactId });
const text = (max: number) => v.pipe(v.string(), v.maxLength(max));

export const calls = {
  'app.snapshot': call<Snapshot>()(nothing),
  'app.quit': call<null>()(nothing),
  /** A single-use token that lets one more page of this host connect. */
  'app.newPageToken': call<{ token: string }>()(nothing),
  /** Welcome page: writes the configuration and connects. */
  'app.welcome': call<null>()(
    v.strictObject({ nickname: text(64), server: text(255), channels: v.pipe(v.array(text(64)), v.maxLength(20)) }),
  ),

  /** The buffers whose lines and members this connection wants as events; all others send counters only. */
  'buffers.show': call<null>()(v.strictObject({ buffers: v.pipe(v.array(BufferId), v.maxLength(MAX_SHOWN_BUFFERS)) })),
  'buffer.page': call<{ messages: Message[]; more: boolean }>()(
    v.strictObject({
      buffer: BufferId,
      before: v.nullable(Place),
      limit: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_PAGE_LINES)),
    }),
  ),
  'buffer.members': call<{ members: Member[] }>()(buffer),
  'buffer.input': call<InputResult>()(v.strictObject({ buffer: BufferId, text: text(MAX_INPUT_LENGTH) })),
  'buffer.read': call<null>()(v.strictObject({ buffer: BufferId, upTo: MessageId })),
  'buffer.draft': call<null>()(v.strictObject({ buffer: BufferId, text: text(MAX_INPUT_LENGTH) })),
  'buffer.close': call<null>()(buffer),
  /** Opens a query with a nick of this server. */
  'buffer.query': call<{ buffer: BufferId }>()(v.strictObject({ server: ServerName, nick: text(256) })),

  'server.connect': call<null>()(v.strictObject({ server: ServerName })),
  'server.disconnect': call<null>()(v.strictObject({ server: ServerName })),

  /** Own live routes; starts the node if it is not running. */
  'route.get': call<{ text: string }>()(nothing),
  'route.renew': call<null>()(nothing),
  'invite.create': call<{ text: string; expires: number }>()(nothing),

  /** Connects to a person by route blob, invite or `sotto:` link. */
  'contact.connect': call<{ contact: ContactId; buffer: BufferId }>()(v.strictObject({ text: text(MAX_ADDRESS_TEXT) })),
  'contact.accept': call<{ buffer: BufferId }>()(contact),
  /** Opens the conversation with a contact again. */
  'contact.open': call<{ buffer: BufferId }>()(contact),
  'contact.block': call<null>()(contact),
  'contact.rename': call<null>()(v.strictObject({ contact: ContactId, nickname: text(64) })),
  'contact.remove': call<null>()(contact),
  'contact.safetyNumber': call<SafetyNumberView>()(contact),
  'contact.verify': call<null>()(v.strictObject({ contact: ContactId, verified: v.boolean() })),
  /** Tries the waiting messages now instead of at the next back-off. */
  'contact.retry': call<null>()(contact),

  /** What was dropped in silence since the start. */
  'diagnostics.read': call<DiagnosticsView>()(nothing),

  'config.read': call<{ text: string; hash: string }>()(nothing),
  'config.set': call<{ hash: string }>()(
    v.strictObject({
      hash: text(64),
      path: v.pipe(v.array(text(128)), v.minLength(1), v.maxLength(8)),
      value: v.nullable(v.union([v.string(), v.number(), v.boolean(), v.pipe(v.array(v.string()), v.maxLength(1_000))])),
    }),
  ),
} as const;

export type Calls = typeof calls;
export type CallName = keyof Calls;
export type Params<N extends CallName> = v.InferOutput<Calls[N]['params']>;
export type ParamsInput<N extends CallName> = v.InferInput<Calls[N]['params']>;
export type Result<N extends CallName> = ReturnType<NonNullable<Calls[N]['result']>>;

/** Events, by name. Lines and members go only to connections that show the buffer; the rest goes to all. */
export interface Events {
  server: ServerView;
  serverRemoved: { name: ServerName };
  buffer: BufferView;
  bufferClosed: { id: BufferId };
  messages: { buffer: BufferId; messages: Message[] };
  receipt: { buffer: BufferId; message: MessageId; receipt: Receipt };
  members: MembersChange;
  contact: ContactView;
  contactRemoved: { id: ContactId };
  requests: { requests: RequestView[] };
  node: NodeView;
  config: ConfigView;
  /** A sentence for the person, not tied to a buffer. */
  notice: { severity: 'info' | 'error'; text: string };
}
export type EventName = keyof Events;
export const eventNames: readonly EventName[] = [
  'server',
  'serverRemoved',
  'buffer',
  'bufferClosed',
  'messages',
  'receipt',
  'members',
  'contact',
  'contactRemoved',
  'requests',
  'node',
  'config',
  'notice',
];

/** The core's end of the table: one handler a call. */
export type Handlers = { [N in CallName]: (params: Params<N>, signal: AbortSignal, connection: ConnectionId) => Promise<Result<N>> };
/** Identifies a connected page towards the handlers; it dies with the connection. */
export type ConnectionId = number & { readonly connection: unique symbol };

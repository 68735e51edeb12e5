/**
 * The one table of calls and events between the core and its pages, scripts and tests. The core validates every request
 * with the schema here: a page is assumed hostile. Results and events are typed; they come from the core itself.
 */
import * as v from 'valibot';
import { MAX_PART_LENGTH, MAX_PASSPHRASE_LENGTH } from './backup.ts';
import { MAX_LINK_TEXT, type AttentionView, type LinkView, type NotificationView } from './desktop.ts';
import type { ListedChannel, ListedMask, Member, TypingState } from './chat.ts';
import { BufferId, ContactId, MessageId, Place, ServerName } from './ids.ts';
import { KeyAttempt, SetKeyring, SetPassphrase, SetPlain, type KeyView, type RecoveryView } from './key.ts';
import type { GapView, Message, Receipt } from './message.ts';
import type {
  BackupView,
  BufferView,
  ConfigView,
  ContactView,
  DiagnosticsView,
  ImportView,
  InputResult,
  MembersChange,
  NodePageView,
  NodeView,
  PublicCardView,
  RequestView,
  SafetyNumberView,
  SecureView,
  ServerView,
  Snapshot,
  StorageView,
  TransferView,
} from './views.ts';

/** Lines in one page of history. */
export const MAX_PAGE_LINES = 200;
/** UTF-16 units of one input, many lines included. */
export const MAX_INPUT_LENGTH = 64_000;
/** Buffers one connection may show at a time. */
export const MAX_SHOWN_BUFFERS = 64;
/** Base64 characters of one part of a file that is to be sent. */
export const MAX_FILE_PART_LENGTH = 256 * 1_024;
/** Rows of a channel list that are handed over; the largest come first. */
export const MAX_LISTED_CHANNELS = 10_000;
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
const message = v.strictObject({ buffer: BufferId, message: MessageId });
const contact = v.strictObject({ contact: ContactId });
const GapId = v.pipe(v.number(), v.integer(), v.minValue(1));
const TransferId = v.pipe(v.number(), v.integer(), v.minValue(1));
const choice = v.nullable(v.boolean());
const text = (max: number) => v.pipe(v.string(), v.maxLength(max));

export const calls = {
  'app.snapshot': call<Snapshot>()(nothing),
  'app.quit': call<null>()(nothing),
  /** A single-use token that lets one more page of this host connect. */
  'app.newPageToken': call<{ token: string }>()(nothing),
  /** What a link of `irc:`, `ircs:` or `sotto:` asks for. Nothing is done. Throws `badInput` with a sentence. */
  'app.link': call<LinkView>()(v.strictObject({ text: text(MAX_LINK_TEXT) })),
  /** The same, and every page is asked to show it (event `link`). `pages`: how many were told. */
  'app.openLink': call<{ pages: number }>()(v.strictObject({ text: text(MAX_LINK_TEXT) })),
  /** The page that has, or had last, the person's eyes is asked to show this buffer (event `show`): a notification outside of it was pressed. Throws `notFound`. */
  'app.show': call<null>()(buffer),
  /** The computer slept, or its network is another one: connects again at once and renews routes; at most once per ten seconds. */
  'app.resumed': call<null>()(nothing),
  /** The last lines of the core's log, a line each. Never more than two megabytes. */
  'app.log': call<{ text: string }>()(nothing),
  /** A sound file that the configuration names for a notification, at most 512 KiB. Throws `notFound` or `limit` with a sentence. */
  'app.sound': call<{ base64: string }>()(v.strictObject({ name: text(200) })),
  /** Whether this page has the person's eyes: a buffer that it shows then is not notified of. */
  'app.focused': call<null>()(v.strictObject({ focused: v.boolean() })),
  /** The key of the message store. While it is locked the core answers these and `app.quit` only; all others throw `unavailable`. */
  'key.view': call<KeyView>()(nothing),
  /** Takes a second or more with a passphrase. Throws `badInput` for a wrong one, `limit` while one has to wait, `unavailable` from the keyring. */
  'key.unlock': call<null>()(KeyAttempt),
  /** Sets, changes or removes the passphrase. Throws `badInput`; `held` where what is left is too little. */
  'key.setPassphrase': call<null>()(SetPassphrase),
  /** Lets the keyring keep the key, or no longer. Throws `unavailable` from the keyring; `held` as above. */
  'key.setKeyring': call<{ recovery: RecoveryView | null }>()(SetKeyring),
  /** Makes a recovery key, which replaces an earlier one. Shown once. */
  'key.recovery': call<RecoveryView>()(nothing),
  /** Back to the plain key file: everything else that opens it is gone. */
  'key.setPlain': call<null>()(SetPlain),
  /** Welcome page, and links to a server that is not configured: writes the entry and connects. `key`: of the first channel. */
  'app.welcome': call<null>()(
    v.strictObject({
      nickname: text(64),
      server: text(255),
      port: v.optional(v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535))), null),
      tls: v.optional(v.boolean(), true),
      channels: v.pipe(v.array(text(64)), v.maxLength(20)),
      key: v.optional(v.nullable(text(64)), null),
    }),
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
  /** `replyTo`: the line that is answered, where the server knows replies. */
  'buffer.input': call<InputResult>()(
    v.strictObject({ buffer: BufferId, text: text(MAX_INPUT_LENGTH), replyTo: v.optional(v.nullable(MessageId), null) }),
  ),
  /** What the user is doing in the input; told to others where server and configuration allow it. */
  'buffer.typing': call<null>()(v.strictObject({ buffer: BufferId, state: v.picklist(['active', 'paused', 'done']) })),
  /** Asks the server for lines older than what is here. `ended`: there are none. */
  'buffer.olderFromServer': call<{ lines: number; ended: boolean }>()(buffer),
  /** Where lines are missing between those that are here, oldest first. */
  'buffer.gaps': call<{ gaps: GapView[] }>()(buffer),
  /**
   * Fetches what is missing there, page after page from its newer end, until it is filled, the server has no more, or the call is cancelled; what
   * came is kept. `lines`: how many were new; `isFilled`: the mark is gone. Throws `unavailable`, `notConnected`, `notFound`, `limit`.
   */
  'buffer.fillGap': call<{ lines: number; isFilled: boolean }>()(v.strictObject({ buffer: BufferId, gap: GapId })),
  /** The bans or another list mode of a channel. */
  'buffer.masks': call<{ masks: ListedMask[] }>()(v.strictObject({ buffer: BufferId, mode: text(1) })),
  'buffer.read': call<null>()(v.strictObject({ buffer: BufferId, upTo: MessageId })),
  'buffer.draft': call<null>()(v.strictObject({ buffer: BufferId, text: text(MAX_INPUT_LENGTH) })),
  'buffer.close': call<null>()(buffer),
  /** Opens a query with a nick of this server. */
  'buffer.query': call<{ buffer: BufferId }>()(v.strictObject({ server: ServerName, nick: text(256) })),

  'server.connect': call<null>()(v.strictObject({ server: ServerName })),
  'server.disconnect': call<null>()(v.strictObject({ server: ServerName })),

  /** LIST, sorted by users; `total` may be more than the rows. */
  'server.channels': call<{ channels: ListedChannel[]; total: number }>()(v.strictObject({ server: ServerName, pattern: text(256) })),
  /**
   * Before an account is made: connects where that is not done. `early`: the server waits with letting us in until it is made, `server.leaveAccount` is
   * called, or minutes have passed. Throws `unavailable` with the reason.
   */
  'server.prepareAccount': call<{ early: boolean }>()(v.strictObject({ server: ServerName })),
  'server.leaveAccount': call<null>()(v.strictObject({ server: ServerName })),
  /** Makes an account on the network (draft/account-registration). */
  'server.registerAccount': call<{ state: 'verify' | 'done'; text: string }>()(
    v.strictObject({ server: ServerName, account: v.nullable(text(256)), email: v.nullable(text(320)), password: text(300) }),
  ),
  'server.verifyAccount': call<{ text: string }>()(v.strictObject({ server: ServerName, account: text(256), code: text(256) })),

  /** A line of IRC that can be referred to. Throws `unavailable` where the server does not know it. */
  'message.react': call<null>()(v.strictObject({ buffer: BufferId, message: MessageId, text: text(64), removed: v.boolean() })),
  'message.redact': call<null>()(v.strictObject({ buffer: BufferId, message: MessageId, reason: text(300) })),

  /** Takes a file that is offered; from then on the other side knows this computer's address. */
  'transfer.accept': call<null>()(v.strictObject({ transfer: TransferId })),
  'transfer.reject': call<null>()(v.strictObject({ transfer: TransferId })),
  /** Ends it; one that is over leaves the list. */
  'transfer.cancel': call<null>()(v.strictObject({ transfer: TransferId })),
  /** One part of a file to be sent, which begins at byte `at`, as base64; 0 begins a new file. Pages cannot name files of this computer. */
  'transfer.part': call<{ received: number }>()(
    v.strictObject({ at: v.pipe(v.number(), v.integer(), v.minValue(0)), data: text(MAX_FILE_PART_LENGTH) }),
  ),
  /** Offers the file whose parts came before to the nick of a query. */
  'transfer.send': call<{ transfer: number }>()(v.strictObject({ buffer: BufferId, name: text(512) })),

  /** Own live routes; starts the node if it is not running. */
  'route.get': call<{ text: string }>()(nothing),
  'route.renew': call<null>()(nothing),
  /** Own iroh address: whoever has it learns where this computer is. Throws `unavailable` where iroh is switched off. */
  'route.direct': call<{ text: string }>()(nothing),
  /** The public card: a record that anybody who has the link may read; off unless the user switches it on. */
  'card.publicLink': call<PublicCardView>()(nothing),
  /** Makes and writes the record, or ends it. Throws `unavailable`. */
  'card.setPublic': call<PublicCardView>()(v.strictObject({ enabled: v.boolean() })),
  'invite.create': call<{ text: string; expires: number }>()(nothing),

  /**
   * Connects to a person by route blob, invite or `sotto:` link. `from`: 'outside' for what was pasted, scanned or opened from outside;
   * 'buffer' for what was pressed in a conversation, which proves less (design §6.3).
   */
  'contact.connect': call<{ contact: ContactId; buffer: BufferId }>()(
    v.strictObject({ text: text(MAX_ADDRESS_TEXT), from: v.optional(v.picklist(['outside', 'buffer']), 'outside') }),
  ),
  /** Gives `contact`'s name, fingerprint and addresses to `to`. */
  'contact.introduce': call<null>()(v.strictObject({ contact: ContactId, to: ContactId })),
  /** Connects to the person that a line of kind `introduction` names. */
  'contact.introduced': call<{ contact: ContactId; buffer: BufferId }>()(v.strictObject({ buffer: BufferId, message: MessageId })),
  'contact.accept': call<{ buffer: BufferId }>()(contact),
  /** Opens the conversation with a contact again. */
  'contact.open': call<{ buffer: BufferId }>()(contact),
  'contact.block': call<null>()(contact),
  'contact.unblock': call<null>()(contact),
  /** The identity that answered at an iroh address is theirs: the conversation begins. */
  'contact.confirm': call<null>()(contact),
  /** What differs from the configuration for this contact; null: as configured. What is left out stays. */
  'contact.set': call<null>()(
    v.strictObject({
      contact: ContactId,
      readReceipts: v.optional(choice),
      presence: v.optional(choice),
      cover: v.optional(choice),
      /** Lets them know where this computer is: iroh is used once they have chosen it too. */
      direct: v.optional(v.boolean()),
    }),
  ),
  /** The user's own name for them; empty: the one they gave themselves. */
  'contact.rename': call<null>()(v.strictObject({ contact: ContactId, nickname: text(64) })),
  /** `block`: their identity is blocked as well. */
  'contact.remove': call<null>()(v.strictObject({ contact: ContactId, block: v.optional(v.boolean(), false) })),
  'contact.safetyNumber': call<SafetyNumberView>()(contact),
  'contact.verify': call<null>()(v.strictObject({ contact: ContactId, verified: v.boolean() })),
  /** Tries the waiting messages now instead of at the next back-off. */
  'contact.retry': call<null>()(contact),

  /** Offers a private conversation to the nick of a query (`/secure`). */
  'secure.offer': call<null>()(buffer),
  'secure.withdraw': call<null>()(buffer),
  /** Answers the offer shown in a query; accepted, the private conversation is in `buffer`. */
  'secure.answer': call<{ buffer: BufferId }>()(v.strictObject({ buffer: BufferId, accept: v.boolean() })),
  /** Says whom a held conversation is for, and sends `text` (what was held; may be empty) there. */
  'secure.choose': call<InputResult>()(
    v.strictObject({ buffer: BufferId, to: v.picklist(['private', 'plain']), text: text(MAX_INPUT_LENGTH) }),
  ),
  /** The user has confirmed `/insecure`: plain IRC beside the private conversation, in `buffer`. */
  'secure.plain': call<{ buffer: BufferId }>()(buffer),

  'node.page': call<NodePageView>()(nothing),
  /** Starts the Veilid node anew, or tries again where its start or build failed. */
  'node.restart': call<null>()(nothing),
  /** The user agrees that Veilid goes around the configured proxy; asked once. */
  'node.confirm': call<null>()(nothing),

  /**
   * Identity and contacts in one file under the passphrase (docs/BACKUP.md), as base64. Takes seconds; cancelling ends it.
   * Throws `badInput`, `limit`.
   */
  'profile.export': call<BackupView>()(v.strictObject({ passphrase: text(MAX_PASSPHRASE_LENGTH) })),
  /** One part of a file, which begins at byte `at`, as base64; 0 begins a new file. One file at a time. Throws `badInput`, `limit`. */
  'profile.importPart': call<{ received: number }>()(
    v.strictObject({ at: v.pipe(v.number(), v.integer(), v.minValue(0)), data: text(MAX_PART_LENGTH) }),
  ),
  /** Takes over the file whose parts came before. Throws `unavailable` where this profile is in use, `badInput`. */
  'profile.import': call<ImportView>()(v.strictObject({ passphrase: text(MAX_PASSPHRASE_LENGTH) })),

  /** Sends a message that has failed once more; tries one that waits now. */
  'message.retry': call<null>()(message),
  /** Takes a private message that has failed off the conversation and the disk. Throws `badInput` where it has not failed. */
  'message.remove': call<null>()(message),
  /** Gives up a message that waits: it stays, marked as failed. */
  'message.giveUp': call<null>()(message),

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
  /** A line of a shown buffer is another one now: reactions, or it was taken back. */
  messageChanged: { buffer: BufferId; message: Message };
  /** A line of a shown buffer is gone. */
  messageRemoved: { buffer: BufferId; message: MessageId };
  /** All gaps of a shown buffer, whenever one changes. */
  gaps: { buffer: BufferId; gaps: GapView[] };
  typing: { buffer: BufferId; nick: string; state: TypingState };
  /** All of them, whenever one changes. */
  transfers: { transfers: TransferView[] };
  members: MembersChange;
  contact: ContactView;
  contactRemoved: { id: ContactId };
  requests: { requests: RequestView[] };
  /** All of them, whenever one changes. */
  secure: { views: SecureView[] };
  node: NodeView;
  config: ConfigView;
  /** To be told by the desktop now; each page and window decides whether it is the one that does. */
  notification: NotificationView;
  /** They were read, here or elsewhere, or are about nothing any more. */
  notificationsClosed: { ids: number[] };
  attention: AttentionView;
  storage: StorageView;
  /** A link was opened from outside: show what it asks for. */
  link: { link: LinkView };
  /** A notification was pressed: show its buffer. */
  show: { buffer: BufferId };
  /** Locked, unlocked, or opened in other ways from now on. */
  key: KeyView;
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
  'messageChanged',
  'messageRemoved',
  'gaps',
  'typing',
  'transfers',
  'members',
  'contact',
  'contactRemoved',
  'requests',
  'secure',
  'node',
  'config',
  'notification',
  'notificationsClosed',
  'attention',
  'storage',
  'link',
  'show',
  'key',
  'notice',
];

/** The core's end of the table: one handler a call. */
export type Handlers = { [N in CallName]: (params: Params<N>, signal: AbortSignal, connection: ConnectionId) => Promise<Result<N>> };
/** Identifies a connected page towards the handlers; it dies with the connection. */
export type ConnectionId = number & { readonly connection: unique symbol };

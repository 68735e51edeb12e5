/** The store's named maxima. An operation that would pass one is refused with `StoreError` 'limit'; nothing is written. */

/** Lines in one `appendIrc` call. */
export const MAX_APPEND_LINES = 2_000;
/** Lines given to `appendIrc` and not committed yet. */
export const MAX_WAITING_LINES = 100_000;
/** Operations under way at a time. */
export const MAX_WAITING_CALLS = 10_000;
/** Group commit: at most so many lines ... */
export const GROUP_COMMIT_LINES = 2_000;
/** ... and so many milliseconds after the first. */
export const GROUP_COMMIT_MS = 50;

/** Lines of one page. */
export const MAX_PAGE_LINES = 200;
/** UTF-16 units of a line's text, a draft or a topic. */
export const MAX_TEXT_LENGTH = 65_536;
/** UTF-16 units of a name, nickname, key or reason. */
export const MAX_NAME_LENGTH = 1_024;

/** UTF-16 units of a line's details as JSON; kinds of reactions to a line, and nicks of each. */
export const MAX_DETAILS_LENGTH = 16_384;
export const MAX_REACTIONS = 32;
export const MAX_REACTION_NICKS = 100;
/** Lines of a history given at once. */
export const MAX_HISTORY_LINES = 1_000;
/** Gaps marked in one buffer; beyond it the oldest mark goes. */
export const MAX_GAPS = 64;
/** Reactions and withdrawals kept in one buffer for lines that are not here yet; beyond it the oldest are forgotten. */
export const MAX_EARLY_CHANGES = 1_000;

export const MAX_BUFFERS = 20_000;
export const MAX_CONTACTS = 10_000;
/** Strangers waiting to be accepted (design §6.7). */
export const MAX_REQUESTS = 100;
/** Texts of one stranger before it is accepted (design §6.7). */
export const MAX_REQUEST_TEXTS = 16;
/** Fingerprints of blocked requests; beyond it the oldest is forgotten. */
export const MAX_BLOCKED_FINGERPRINTS = 10_000;
/** Addresses kept of one contact, and bytes of each (design §4: accept 200-4,096). */
export const MAX_CONTACT_ADDRESSES = 4;
export const MAX_ADDRESS_BYTES = 4_096;

/** Unacknowledged payloads of one contact. */
export const MAX_OUTBOX_ROWS = 1_000;
/** Of these, sealed ones (design §6.5). */
export const MAX_SEALED_PACKETS = 256;
/** Bytes of a payload or packet (the overlay carries no more). */
export const MAX_PACKET_BYTES = 32_768;

/** Rows given up at a time because they waited too long. */
export const MAX_EXPIRED = 1_000;
/** Messages that one read receipt names (DM/1 section 11). */
export const MAX_READ_IDS = 256;

export const MAX_SESSIONS_PER_CONTACT = 16;
/** Bytes of one ratchet session's state. */
export const MAX_SESSION_BYTES = 262_144;
/** Skipped keys of one session; beyond it the oldest are dropped (DM/1 B.6). */
export const MAX_SKIPPED_KEYS = 2_000;
/** Message numbers of one chain that the replay check remembers (design §7). */
export const REPLAY_WINDOW = 2_048;
/** How long received message ids, replay rows and skipped keys are kept. */
export const KEEP_MS = 30 * 24 * 3_600_000;

/** How long a receive-only session is kept after its last use (DM/1 B.6). */
export const KEEP_RETIRED_MS = 7 * 24 * 3_600_000;
/** Opened hellos whose prekey still exists; beyond it no new one is taken. */
export const MAX_HELLOS = 100_000;

/** Payloads of one contact that wait for a later version; beyond it the oldest are dropped. */
export const MAX_KEPT_PAYLOADS = 1_000;

/** Nicks of one IRC server that stand for contacts. */
export const MAX_BINDINGS = 1_000;
export const MAX_PREKEYS = 1_000;
export const MAX_INVITES = 1_000;
/** Bytes of a secret, a prekey, an identity, or what `dm` keeps with a contact. */
export const MAX_SECRET_BYTES = 65_536;
/** Message ids in one acknowledgement. */
export const MAX_ACKNOWLEDGED = 10_000;
/** Damaged irc.db files that are kept beside the new one. */
export const MAX_SET_ASIDE = 3;
/** Hosts with an STS policy. */
export const MAX_STS_POLICIES = 1_000;

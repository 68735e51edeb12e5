/** What DM/1 works on. Everything is plain data; no function of this room changes what it is given. Times are ms since 1970. */

/**
 * `length` bytes nobody can guess. Tests hand in deterministic ones. `native`: these come from the system, and where an algorithm
 * cannot be handed its randomness (encapsulation by node:crypto) the runtime may draw its own.
 */
export type RandomSource = ((length: number) => Uint8Array) & { readonly native?: true };

/** The four long-term seeds: Ed25519 (32), ML-DSA-65 (32), X25519 (32), ML-KEM-1024 (64). Never leave the encrypted store. */
export interface Identity {
  ed: Uint8Array;
  pq: Uint8Array;
  x: Uint8Array;
  k: Uint8Array;
}

/** The public keys of an identity: 32, 1,952, 32 and 1,568 bytes. */
export interface PublicIdentity {
  ed: Uint8Array;
  pq: Uint8Array;
  x: Uint8Array;
  k: Uint8Array;
}

/** An identity ready for use: expansion costs some milliseconds, so it is done once. */
export interface ExpandedIdentity {
  readonly seeds: Identity;
  readonly public: PublicIdentity;
  readonly fingerprint: Uint8Array;
  /** Expanded ML-DSA-65 signing key and ML-KEM-1024 decapsulation key. */
  readonly pqSecret: Uint8Array;
  readonly kSecret: Uint8Array;
}

interface PrekeyFacts {
  /** 8 random bytes. */
  id: Uint8Array;
  notBefore: number;
  notAfter: number;
  /** Made for one invite, deleted at its first accepted hello. */
  oneTime: boolean;
}

/** Seeds of X25519 (32) and ML-KEM-1024 (64). */
export interface PrekeySecret extends PrekeyFacts {
  x: Uint8Array;
  k: Uint8Array;
}

/** The public half (32 and 1,568 bytes). It means something only inside a card, whose two signatures cover it. */
export interface SignedPrekey extends PrekeyFacts {
  x: Uint8Array;
  k: Uint8Array;
}

/** What two contacts tell each other, sealed: a name, at most two addresses, and the record made for this pair. */
export interface Profile {
  nickname: string;
  addresses: Uint8Array[];
  recordKey: string | null;
}

/** A card whose signatures were right. The nickname is not sanitised. */
export interface Card {
  identity: PublicIdentity;
  prekey: SignedPrekey;
  nickname: string;
  /** Rises with each card of an identity: callers refuse older ones. */
  seq: number;
  issued: number;
  /** Head of the signer's identity log (32). */
  logHead: Uint8Array;
  addresses: Uint8Array[];
}

/** How the inviter meant it to travel. Whoever receives it judges by how it really arrived. */
export type InviteChannel = 'pasted' | 'irc';

export interface Invite {
  id: Uint8Array;
  fingerprint: Uint8Array;
  prekeyId: Uint8Array;
  /** 32 bytes, mixed into the first message. */
  secret: Uint8Array;
  notAfter: number;
  recordKey: string | null;
  address: Uint8Array | null;
  channel: InviteChannel;
}

/** The requester's fresh public keys, and the invite it names with proof that it knows the secret. */
export interface CardRequest {
  x: Uint8Array;
  k: Uint8Array;
  invite: { id: Uint8Array; gate: Uint8Array } | null;
}

/** Seeds of a card request, kept in memory until its answer. */
export interface CardRequestSecret {
  x: Uint8Array;
  k: Uint8Array;
  request: CardRequest;
}

/** Which messages of a chain have arrived: all below `base`, and base + i where bit i (low bit of byte 0 first) is set. */
export interface AckVector {
  chain: number;
  base: number;
  bitmap: Uint8Array;
}

/** A file somebody could fetch. `id` (16) names it between the two, `size` is in bytes, `sha256` (32) is of its content. */
export interface FileOffer {
  id: Uint8Array;
  name: string;
  mediaType: string;
  size: number;
  sha256: Uint8Array;
}

/** Somebody the sender knows, whom the receiver could write to. It proves nothing: who answers has to own the fingerprint (32). */
export interface Introduction {
  nickname: string;
  fingerprint: Uint8Array;
  /** One or two. */
  addresses: Uint8Array[];
}

export type Body =
  | { kind: 'dummy' }
  | { kind: 'text'; text: string; action: boolean }
  | ({ kind: 'profile' } & Profile)
  | { kind: 'addressUpdate'; addresses: Uint8Array[] }
  | { kind: 'ack' }
  /** `target` (16) is the mid of what it is about, here and below. */
  | { kind: 'reply'; target: Uint8Array; text: string; action: boolean }
  | { kind: 'edit'; target: Uint8Array; text: string }
  | { kind: 'delete'; target: Uint8Array }
  | { kind: 'reaction'; target: Uint8Array; emoji: string; add: boolean }
  | { kind: 'typing'; state: 'done' | 'active' | 'paused' }
  | { kind: 'read'; mids: Uint8Array[] }
  | { kind: 'record'; recordKey: string }
  | ({ kind: 'file' } & FileOffer)
  /** An entry of the sender's identity log, not read yet. */
  | { kind: 'identity'; entry: Uint8Array }
  | { kind: 'presence'; state: 'offline' | 'online' | 'away' }
  | ({ kind: 'introduction' } & Introduction)
  | { kind: 'unknown'; code: number; bytes: Uint8Array };

/** What the caller wants sealed. `mid` (16) stays the same when a message is sealed anew. */
export interface OutgoingPayload {
  mid: Uint8Array;
  body: Body;
}

export interface Payload extends OutgoingPayload {
  ts: number;
  /** The sender's; checked against the session. */
  fingerprint: Uint8Array;
  ack: AckVector;
  /** Head of the receiver's identity log as the sender knows it (32); zeros: the sender knows none. */
  logHead: Uint8Array;
}

/** Key of a message that was passed over. `chain` is the chain number as hex text, so that it serves as a map key. */
export interface SkippedRow {
  chain: string;
  n: number;
  bytes: Uint8Array;
}

/** What was opened as (chain, n): hash of the packet, and the tag it was answered with. */
export interface ReplayRow {
  chain: string;
  n: number;
  hash: Uint8Array;
  tag: Uint8Array | null;
}

/** Our ratchet key: seeds and public keys. `kSecret` is the expanded ML-KEM key, in memory only; null where it was not kept. */
export interface OwnRatchet {
  x: Uint8Array;
  k: Uint8Array;
  xPublic: Uint8Array;
  kPublic: Uint8Array;
  kSecret: Uint8Array | null;
}

/** Where the next ratchet key comes from: made ahead of time, or now. Each is used once. */
export type RatchetSource = () => OwnRatchet;

/** Our half of a turn: the ratchet key, and what every message of the chain repeats. */
export interface SendChain extends OwnRatchet {
  number: number;
  headerKey: Uint8Array;
  chainKey: Uint8Array;
  n: number;
  /** Messages in the chain before. */
  previous: number;
  /** Encapsulation to their ratchet key, and in the answerer's first chain to their identity key; else empty. */
  ct: Uint8Array;
  ctIdentity: Uint8Array;
}

export interface ReceiveChain {
  number: number;
  headerKey: Uint8Array;
  chainKey: Uint8Array;
  /** The next number that was not derived yet. */
  n: number;
  ack: { base: number; bitmap: Uint8Array };
}

/** One ratchet session (B.3). Holds seeds; never changed in place. */
export interface RatchetSession {
  id: Uint8Array;
  helloId: Uint8Array;
  /** When its hello was made, by the initiator's clock and after every session it held: orders the sessions of two people. */
  begun: number;
  initiator: boolean;
  /** The other side has proved who it is, post-quantumly (B.3): the shield stops saying "confirming". */
  confirmed: boolean;
  ownFingerprint: Uint8Array;
  peerFingerprint: Uint8Array;
  /** Head of the peer's identity log as we know it: told in every payload, so that a split view shows (B.7). */
  peerLogHead: Uint8Array;
  rootKey: Uint8Array;
  send: SendChain;
  nextSendKey: Uint8Array;
  receive: ReceiveChain | null;
  nextReceiveKey: Uint8Array;
  /** Newest first. */
  oldChains: { number: number; headerKey: Uint8Array }[];
  /** The hello, repeated in every packet until the first answer; else empty. */
  pre: Uint8Array;
  unacknowledged: { chain: number; n: number; mid: Uint8Array }[];
}

import type { ClientCertificate } from '../net/clientCertificate.ts';
import type { Proxy } from '../net/proxy.ts';
import type { WebSocketOptions } from '../net/webSocket.ts';

import type { Origin } from '../contract/chat.ts';

/** One way to log in. `required`: rather no connection than one without a login (it counts for all, once one has it). */
export type SaslOptions =
  /** The client certificate of the TLS link says who we are; `account` may be '' for the one it belongs to. */
  | { kind: 'external'; account: string; required: boolean }
  /** SCRAM where the server offers it; else, with `plain`, the password itself. */
  | { kind: 'password'; account: string; password: string; plain: boolean; required: boolean }
  /** `key`: PEM of a P-256 private key, PKCS#8 or SEC 1, unencrypted. */
  | { kind: 'ecdsa'; account: string; key: string; required: boolean }
  | { kind: 'oauthbearer'; account: string; token: string; required: boolean };

/** An STS policy of one host: TLS on this port until then, whatever else the configuration says. */
export interface StsPolicy {
  port: number;
  /** Seconds it lasts from the last time a secure link ended; what the server said last. */
  duration: number;
  /** Milliseconds since 1970. */
  expires: number;
}

/** Keeps policies over restarts. `host` as configured, lower case, without a trailing dot. */
export interface StsStore {
  get(host: string): StsPolicy | null;
  /** Null forgets it. `get` knows it from now on; resolves once it is on disk, which is begun at once. */
  set(host: string, policy: StsPolicy | null): Promise<void>;
}

/** Which CTCP requests are answered; `userinfo` with this text. */
export interface CtcpAnswers {
  ping: boolean;
  source: boolean;
  time: boolean;
  version: boolean;
  userinfo: string | null;
}

/** What a network needs to know. Only data; the core maps its configuration to it. */
export interface NetworkOptions {
  host: string;
  port: number;
  tls: boolean;
  acceptInvalidCerts: boolean;
  /** PEM text of a root to trust beside the system's. */
  rootCert: string | null;
  /** Fingerprints of the certificates the server may have (net/pins.ts). Where there are any, nothing else counts. */
  pins: readonly string[];
  /** Shown to the server on TLS links, for CertFP and SASL EXTERNAL. */
  clientCert: ClientCertificate | null;
  /** Null connects directly. */
  proxy: Proxy | null;
  /** Null speaks IRC on the bare stream. */
  webSocket: WebSocketOptions | null;
  nick: string;
  altNicks: string[];
  username: string;
  realname: string;
  /** Server password (PASS). */
  password: string | null;
  /** For NickServ, where SASL has not logged in. */
  nickPassword: string | null;
  /** Ways to log in that are configured, in any order: mechanisms are tried in the order of session/sasl/mechanisms.ts. Empty: none. */
  sasl: SaslOptions[];
  /**
   * Passwords may go over a link that is not encrypted. Without it PASS, NickServ's password and SASL PLAIN are withheld there,
   * save on a link that stays on this computer.
   */
  allowUnencryptedPasswords: boolean;
  /** Where the policies of hosts are kept (IRCv3 sts). */
  sts: StsStore;
  /** Capabilities never to ask for. */
  doNotRequest: string[];
  /** Set on ourselves after registration, e.g. "+iw-x"; null: none. */
  umodes: string | null;
  /** Order of the words of NickServ's IDENTIFY; null: by what is known of the network. */
  nickIdentifySyntax: 'nick-password' | 'password-nick' | null;
  /** Takes the nick back from whoever has it, by these commands of NickServ, one after the other. Needs `nickPassword` or a login. */
  shouldGhost: boolean;
  ghostSequence: string[];
  /** Joined after each registration. */
  channels: { name: string; key: string | null }[];
  /** Command lines the core runs after `registered`; not looked at here. */
  onConnect: string[];
  /** Pause before the first new attempt; it doubles with each failure. */
  reconnectDelaySeconds: number;
  /** Failures in a row (a session of a minute ends the row) after which Sotto gives up; null: no limit. */
  maxAttempts: number | null;
  /** Silence after which the server is asked for a sign of life, and the time it has for it. */
  pingSeconds: number;
  pingTimeoutSeconds: number;
  /** Milliseconds for one more line once the burst is used up. */
  antiFloodMs: number;
  /** For a CTCP VERSION reply. */
  version: string;
  /** How a CTCP request of this person is answered, asked each time; null: not at all (behind a proxy, or they are ignored). */
  ctcp: (from: Origin) => CtcpAnswers | null;
  /** Whether others are told that we are writing, and whether we are told of them (IRCv3 typing); asked each time. */
  typing: () => { share: boolean; show: boolean };
  /** Nicks to watch (MONITOR), in this order as far as the server allows. */
  monitor: string[];
  /** Own metadata by key (draft/metadata-2). */
  metadata: Readonly<Record<string, string>>;
  /** WHO for away states where the server does not tell them, one request every so many seconds at most. */
  whoPoll: { enabled: boolean; seconds: number };
  /** The network of a bouncer this connection is for (BOUNCER BIND); null: none. */
  bouncerNetwork: string | null;
  /** Asked before each connection but the first, for secrets that may have changed where they are kept. What it does not say, or where it fails, stays as it was. */
  refresh?: (signal: AbortSignal) => Promise<FreshSecrets>;
}

export type FreshSecrets = Partial<Pick<NetworkOptions, 'password' | 'nickPassword' | 'sasl' | 'proxy'>>;

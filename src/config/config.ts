/** The configuration as the rest of the program reads it: plain data, every default filled in, nothing left to check. */
import type { CoverTraffic } from '../contract/cover.ts';
import type { ServerName } from '../contract/ids.ts';
import type { Secret } from './secret.ts';

export interface Config {
  /** Entries of `[servers.<name>]` in the order of the file. */
  readonly servers: readonly ServerConfig[];
  readonly veilid: VeilidConfig;
  readonly iroh: IrohConfig;
  readonly directMessages: DirectMessagesConfig;
  /** A proxy or Tor is configured somewhere. Veilid does not run through it, so the node must not start unasked. */
  readonly proxied: boolean;
}

export type ServerConfig = IrcServerConfig | VeilidServerConfig;

export interface IrcServerConfig {
  readonly protocol: 'irc';
  readonly name: ServerName;
  /**
   * A sentence for the user when the entry asks for something this version cannot do and must not go without: a proxy,
   * a WebSocket, a client certificate. Such a server must never be connected. Null when nothing is in the way.
   */
  readonly unsupported: string | null;
  readonly nickname: string;
  readonly altNicks: readonly string[];
  /** The nickname where the file names none. */
  readonly username: string;
  /** The nickname where the file names none. */
  readonly realname: string;
  /** Host name or address, without scheme and port. */
  readonly server: string;
  /** 6697, or 6667 without TLS, where the file names none. */
  readonly port: number;
  readonly useTls: boolean;
  readonly dangerouslyAcceptInvalidCerts: boolean;
  readonly rootCertPath: string | null;
  /** Sent as PASS. */
  readonly password: Secret | null;
  /** For NickServ IDENTIFY. */
  readonly nickPassword: Secret | null;
  readonly sasl: SaslPlainConfig | null;
  readonly channels: readonly ChannelConfig[];
  /** Channel name as written in the file -> key. */
  readonly channelKeys: Readonly<Record<string, string>>;
  /** Commands such as `/msg NickServ …`, run in order once connected. */
  readonly onConnect: readonly string[];
  readonly autoconnect: boolean;
  /** Seconds. */
  readonly reconnectDelay: number;
  readonly maxConnectionAttempts: number | 'unlimited';
  /** Seconds of silence before a PING. */
  readonly pingTime: number;
  /** Seconds to wait for the PONG. */
  readonly pingTimeout: number;
  /** Milliseconds a line costs once the bucket of ten is empty. */
  readonly antiFlood: number;
}

export interface ChannelConfig {
  readonly name: string;
  readonly mute: boolean;
}

export interface SaslPlainConfig {
  readonly mechanism: 'plain';
  /** The nickname where the file names none. */
  readonly username: string;
  readonly password: Secret;
  readonly disconnectOnFailure: boolean;
}

export interface VeilidServerConfig {
  readonly protocol: 'veilid';
  readonly name: ServerName;
  /** Base64 or base64url of 200–4,096 bytes, as the user wrote it; null = only start the node. */
  readonly veilidRouteBlob: string | null;
}

export interface DirectMessagesConfig {
  readonly readReceipts: boolean;
  readonly presence: boolean;
  readonly coverTraffic: CoverTraffic;
  /** Days after which a message that did not arrive is given up. */
  readonly expireUnsent: number | 'never';
}

export interface IrohConfig {
  readonly enabled: boolean;
  readonly mode: 'direct' | 'relay';
  /** Null takes any free port. */
  readonly port: number | null;
  /** `address:port` where a router forwards it. */
  readonly externalAddress: string | null;
}

export interface VeilidConfig {
  readonly enabled: boolean;
  /** Client API of a running veilid-server, a socket's path or `host:port`; null = run our own node. */
  readonly server: string | null;
}

/** What an empty or missing file means. */
export const defaultConfig: Config = {
  servers: [],
  veilid: { enabled: true, server: null },
  iroh: { enabled: false, mode: 'direct', port: null, externalAddress: null },
  directMessages: { readReceipts: true, presence: false, coverTraffic: 'active', expireUnsent: 'never' },
  proxied: false,
};

/** What is wrong, or worth saying, about a configuration text. Never holds a value from the file, which may be a secret. */
export interface Problem {
  readonly severity: 'error' | 'warning' | 'info';
  /** A sentence for the user. */
  readonly message: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
  /** Dotted key, quoted where TOML needs it; null when it is about the whole file. */
  readonly path: string | null;
}

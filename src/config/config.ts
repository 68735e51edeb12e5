/** The configuration as the rest of the program reads it: plain data, every default filled in, nothing left to check. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { CoverTraffic } from '../contract/cover.ts';
import type { NotificationKind } from '../contract/desktop.ts';
import type { ServerName } from '../contract/ids.ts';
import type { Secret } from './secret.ts';

export interface Config {
  /** Entries of `[servers.<name>]` in the order of the file. */
  readonly servers: readonly ServerConfig[];
  readonly veilid: VeilidConfig;
  readonly iroh: IrohConfig;
  readonly directMessages: DirectMessagesConfig;
  readonly ctcp: CtcpConfig;
  readonly fileTransfer: FileTransferConfig;
  readonly commands: CommandsConfig;
  readonly typing: TypingConfig;
  readonly notifications: NotificationsConfig;
  /** Whom the entries of servers ignore. Not part of the entries: a change needs no new connection. */
  readonly ignored: ReadonlyMap<ServerName, readonly IgnoreConfig[]>;
  /** A proxy or Tor is configured somewhere. Veilid does not run through it, so the node must not start unasked. */
  readonly proxied: boolean;
}

export type ServerConfig = IrcServerConfig | VeilidServerConfig;

export interface IrcServerConfig {
  readonly protocol: 'irc';
  readonly name: ServerName;
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
  /** Hex in lower case, 64 (SHA-256) or 128 (SHA-512) digits each. Where there are any, only they count. */
  readonly certificateFingerprints: readonly string[];
  readonly clientCertificate: ClientCertificateConfig | null;
  /** The entry's own, else that of the whole file. */
  readonly proxy: ProxyConfig | null;
  readonly webSocket: WebSocketConfig | null;
  /** Sent as PASS. */
  readonly password: Secret | null;
  /** For NickServ IDENTIFY. */
  readonly nickPassword: Secret | null;
  readonly sasl: readonly SaslConfig[];
  /** Passwords may be said in the clear. */
  readonly allowUnencryptedPasswords: boolean;
  readonly nickIdentifySyntax: 'nick-password' | 'password-nick' | null;
  readonly shouldGhost: boolean;
  readonly ghostSequence: readonly string[];
  readonly umodes: string | null;
  /** Names of capabilities, with or without vendor. */
  readonly doNotRequest: readonly string[];
  readonly channels: readonly ChannelConfig[];
  /** Channel name as written in the file -> key. */
  readonly channelKeys: Readonly<Record<string, string>>;
  /** Channel name -> entry of the keyring that has its key. */
  readonly channelKeyEntries: Readonly<Record<string, string>>;
  /** Commands such as `/msg NickServ …`, run in order once connected. */
  readonly onConnect: readonly string[];
  /** Nicks whose conversations are opened once connected. */
  readonly queries: readonly string[];
  /** Nicks to watch with MONITOR. */
  readonly monitor: readonly string[];
  /** Own metadata (draft/metadata-2) by key. */
  readonly metadata: Readonly<Record<string, string>>;
  /** What differs for networks of a bouncer, by their name in small letters. */
  readonly networks: Readonly<Record<string, BouncerNetworkConfig>>;
  readonly whoPollEnabled: boolean;
  /** Seconds. */
  readonly whoPollInterval: number;
  /** Missed history is asked for without being told to. */
  readonly automatedChathistory: boolean;
  readonly autoconnect: boolean;
  /** Seconds. */
  readonly reconnectDelay: number;
  readonly maxConnectionAttempts: number | 'unlimited';
  /** Seconds of silence before a PING. */
  readonly pingTime: number;
  /** Seconds to wait for the PONG. */
  readonly pingTimeout: number;
  /** Milliseconds a line costs once the burst of four is used up. */
  readonly antiFlood: number;
}

/** `[servers.<name>.sasl.external]` */
export interface ClientCertificateConfig {
  readonly certPath: string;
  /** Null where the key stands in the file of the certificate. */
  readonly keyPath: string | null;
  readonly disconnectOnFailure: boolean;
}

export type ProxyConfig =
  | {
      readonly kind: 'http' | 'socks5';
      readonly host: string;
      readonly port: number;
      readonly username: string | null;
      readonly password: Secret | null;
    }
  | { readonly kind: 'tor'; readonly host: string; readonly port: number };

export interface WebSocketConfig {
  readonly path: string;
  /** Seconds. */
  readonly pingInterval: number;
}

/** Null: as for the bouncer itself. */
export interface BouncerNetworkConfig {
  readonly enabled: boolean;
  readonly channels: readonly ChannelConfig[] | null;
  readonly onConnect: readonly string[] | null;
  readonly monitor: readonly string[] | null;
  readonly metadata: Readonly<Record<string, string>> | null;
  readonly whoPollEnabled: boolean | null;
}

export interface ChannelConfig {
  readonly name: string;
  readonly mute: boolean;
}

/** `[servers.<name>.sasl.*]`, but for `external`. `scram` never sends the password itself. */
export type SaslConfig =
  | { readonly kind: 'plain' | 'scram'; readonly username: string; readonly password: Secret; readonly disconnectOnFailure: boolean }
  | { readonly kind: 'ecdsa'; readonly username: string; readonly keyPath: string; readonly disconnectOnFailure: boolean }
  /** `username` '' where the file names none. */
  | { readonly kind: 'oauthbearer'; readonly username: string; readonly token: Secret; readonly disconnectOnFailure: boolean };

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

/** Whether others are told that we are writing, and whether we are shown that they are. */
export interface TypingChoice {
  readonly share: boolean;
  readonly show: boolean;
}
export interface TypingConfig {
  readonly everywhere: TypingChoice;
  /** Servers where something else was chosen. */
  readonly servers: ReadonlyMap<ServerName, TypingChoice>;
}

export interface CtcpConfig {
  readonly ping: boolean;
  readonly source: boolean;
  readonly time: boolean;
  readonly version: boolean;
  readonly userinfo: string | null;
}

export interface FileTransferConfig {
  readonly enabled: boolean;
  /** As written, `~/` expanded; relative to the directory of the configuration file. */
  readonly saveDirectory: string;
  readonly passive: boolean;
  /** Seconds. */
  readonly timeout: number;
  readonly allowLan: boolean;
  /** Where to listen; null: never. */
  readonly server: {
    readonly publicAddress: string;
    readonly bindAddress: string;
    readonly firstPort: number;
    readonly lastPort: number;
  } | null;
}

export interface CommandsConfig {
  /** Name in lower case, without slash -> what it stands for, with its slash. */
  readonly aliases: Readonly<Record<string, string>>;
  /** '' for none. */
  readonly quitReason: string;
  readonly partReason: string;
  readonly sysinfo: { readonly cpu: boolean; readonly memory: boolean; readonly os: boolean; readonly uptime: boolean };
}

/** Names in small letters; null: any. All that are named have to fit. */
export interface NotificationPlace {
  readonly user: string | null;
  readonly channel: string | null;
  readonly server: string | null;
}
/** One of the places has to fit. */
export type NotificationScope = 'all' | readonly NotificationPlace[];

export interface NotificationRule {
  readonly toast: boolean;
  readonly content: boolean;
  readonly attention: boolean;
  /** Milliseconds between two of the same kind and place. */
  readonly delay: number;
  readonly sound: string | null;
  readonly exclude: NotificationScope;
  /** Despite `exclude`. */
  readonly include: NotificationScope;
}

export interface NotificationsConfig {
  readonly whileAway: boolean;
  readonly kinds: Readonly<Record<Exclude<NotificationKind, 'channel'>, NotificationRule>>;
  /** By the channel's name in small letters: for every line of it. */
  readonly channels: ReadonlyMap<string, NotificationRule>;
}

export interface IgnoreConfig {
  /** A nick, or a mask with * and ?. */
  readonly user: string;
  /** Only there; null: everywhere. */
  readonly channel: string | null;
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

const notification = (toast: boolean): NotificationRule => ({
  toast,
  content: false,
  attention: false,
  delay: 500,
  sound: null,
  exclude: [],
  include: [],
});

/** What an empty or missing file means. */
export const defaultConfig: Config = {
  servers: [],
  veilid: { enabled: true, server: null },
  iroh: { enabled: false, mode: 'direct', port: null, externalAddress: null },
  directMessages: { readReceipts: true, presence: false, coverTraffic: 'active', expireUnsent: 'never' },
  ctcp: { ping: true, source: true, time: true, version: true, userinfo: null },
  fileTransfer: {
    enabled: true,
    saveDirectory: join(homedir(), 'Downloads'),
    passive: true,
    timeout: 300,
    allowLan: false,
    server: null,
  },
  commands: { aliases: {}, quitReason: '', partReason: '', sysinfo: { cpu: true, memory: true, os: true, uptime: true } },
  ignored: new Map(),
  notifications: {
    whileAway: true,
    kinds: {
      directMessage: notification(true),
      highlight: notification(true),
      request: notification(true),
      fileTransferRequest: notification(true),
      connected: notification(false),
      disconnected: notification(false),
      reconnected: notification(false),
      monitoredOnline: notification(false),
      monitoredOffline: notification(false),
      reaction: notification(false),
    },
    channels: new Map(),
  },
  typing: { everywhere: { share: false, show: true }, servers: new Map() },
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

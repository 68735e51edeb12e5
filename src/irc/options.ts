/** What a network needs to know. Only data; the core maps its configuration to it. */
export interface NetworkOptions {
  host: string;
  port: number;
  tls: boolean;
  acceptInvalidCerts: boolean;
  /** PEM text of a root to trust beside the system's. */
  rootCert: string | null;
  nick: string;
  altNicks: string[];
  username: string;
  realname: string;
  /** Server password (PASS). */
  password: string | null;
  /** For NickServ, where SASL has not logged in. */
  nickPassword: string | null;
  sasl: { mechanism: 'PLAIN'; username: string; password: string; disconnectOnFailure: boolean } | null;
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
  /** For a CTCP VERSION reply; none is sent yet. */
  version: string;
}

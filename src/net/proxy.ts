/** Where connections go through instead of going out directly. Behind a proxy no name but its own is ever looked up here. */
import { randomBytes } from 'node:crypto';

export type Proxy =
  | {
      kind: 'http' | 'socks5';
      host: string;
      port: number;
      username: string | null;
      password: string | null;
    }
  | {
      /** The SOCKS port of a running tor. */
      kind: 'tor';
      host: string;
      port: number;
      /** Connections with different names here never share a circuit (tor's IsolateSOCKSAuth). */
      circuit: string;
    };

const CIRCUIT_BYTES = 16;

/** A name that no other connection has: hex, of no meaning to anybody who sees it. */
export const freshCircuit = (): string => randomBytes(CIRCUIT_BYTES).toString('hex');

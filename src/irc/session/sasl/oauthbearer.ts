/** OAUTHBEARER (RFC 7628): a token that somebody else handed out. It is as good as a password, and goes over encrypted links only. */
import { hostile, type Mechanism } from './mechanism.ts';
import { utf8 } from './payload.ts';
import { saslName } from './saslprep.ts';

const SEPARATOR = '\u0001';
/** Of the server's error we show at most this much. */
const MAX_STATUS = 64;

/** The `status` of the JSON with which a server refuses a token (RFC 7628 §3.2.2). */
function readStatus(challenge: Uint8Array): string | null {
  try {
    const read: unknown = JSON.parse(new TextDecoder().decode(challenge));
    if (typeof read !== 'object' || read === null || !('status' in read) || typeof read.status !== 'string') return null;
    return read.status.replace(/[^\x20-\x7e]/g, '').slice(0, MAX_STATUS);
  } catch {
    return null;
  }
}

export interface OauthBearer {
  account: string;
  token: string;
  host: string;
  port: number;
}

export function createOauthBearer({ account, token, host, port }: OauthBearer): Mechanism {
  let phase: 'idle' | 'sent' | 'refused' = 'idle';
  return {
    name: 'OAUTHBEARER',
    next: (challenge) => {
      if (phase === 'idle' && challenge.length === 0) {
        phase = 'sent';
        const header = account === '' ? 'n,,' : `n,a=${saslName(account)},`;
        const fields = [header, `host=${host}`, `port=${port}`, `auth=Bearer ${token}`, '', ''];
        return { kind: 'answer', bytes: utf8(fields.join(SEPARATOR)) };
      }
      // The server says why it refuses, and waits for an acknowledgement before it says so with 904.
      if (phase === 'sent' && readStatus(challenge) !== null) {
        phase = 'refused';
        return { kind: 'answer', bytes: utf8(SEPARATOR) };
      }
      return hostile('the server asked something that OAUTHBEARER does not ask');
    },
    complete: () => phase === 'sent',
  };
}

/** Which mechanisms the configured logins allow, best first. */
import type { SaslOptions } from '../../options.ts';
import { createEcdsa } from './ecdsa.ts';
import { createExternal } from './external.ts';
import type { Mechanism } from './mechanism.ts';
import { createOauthBearer } from './oauthbearer.ts';
import { createPlain } from './plain.ts';
import { createScram, NONCE_BYTES, scramName, scramNonce, type ScramHash } from './scram.ts';

export interface Candidate {
  name: string;
  /** The login it stands for: once it is refused, no other mechanism tries it. */
  login: SaslOptions;
  make: () => Mechanism;
}

export interface LinkFacts {
  host: string;
  port: number;
  /** TLS, whatever was checked of it. */
  encrypted: boolean;
  /** Secrets may be said as they are: the link is encrypted, stays on this computer, or the user agreed. */
  mayCarrySecrets: boolean;
}

/** Secure random bytes. */
export type Random = (length: number) => Uint8Array;

export interface Candidates {
  usable: Candidate[];
  /** Mechanisms left out because the link is not encrypted. */
  withheld: string[];
}

/** In the order EXTERNAL, SCRAM-SHA-512, SCRAM-SHA-256, ECDSA, OAUTHBEARER, PLAIN: the less a false server learns, the earlier. */
export function candidates(logins: readonly SaslOptions[], link: LinkFacts, random: Random): Candidates {
  const usable: Candidate[] = [];
  const withheld: string[] = [];
  const scram = (hash: ScramHash): void => {
    for (const login of logins) {
      if (login.kind !== 'password') continue;
      const { account, password } = login;
      const make = (): Mechanism => createScram({ hash, account, password, nonce: scramNonce(random(NONCE_BYTES)) });
      usable.push({ name: scramName(hash), login, make });
    }
  };
  for (const login of logins) {
    if (login.kind !== 'external') continue;
    if (link.encrypted) usable.push({ name: 'EXTERNAL', login, make: () => createExternal(login.account) });
    else withheld.push('EXTERNAL');
  }
  scram('sha512');
  scram('sha256');
  for (const login of logins)
    if (login.kind === 'ecdsa') usable.push({ name: 'ECDSA-NIST256P-CHALLENGE', login, make: () => createEcdsa(login.account, login.key) });
  for (const login of logins) {
    if (login.kind !== 'oauthbearer') continue;
    const { account, token } = login;
    if (link.mayCarrySecrets)
      usable.push({ name: 'OAUTHBEARER', login, make: () => createOauthBearer({ account, token, host: link.host, port: link.port }) });
    else withheld.push('OAUTHBEARER');
  }
  for (const login of logins) {
    if (login.kind !== 'password' || !login.plain) continue;
    if (link.mayCarrySecrets) usable.push({ name: 'PLAIN', login, make: () => createPlain(login.account, login.password) });
    else withheld.push('PLAIN');
  }
  return { usable, withheld };
}

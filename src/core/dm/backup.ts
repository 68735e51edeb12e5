/** Export and import of who we are and whom we know, under a passphrase (docs/BACKUP.md). */
import { ContractError } from '../../contract/errors.ts';
import { MIN_PASSPHRASE_LENGTH } from '../../contract/backup.ts';
import { PqError } from '../../pq/errors.ts';
import { decodeIdentity, expandIdentity } from '../../pq/identity.ts';
import { decodeLogEntry, followLog, logHead } from '../../pq/identityLog.ts';
import { equalBytes } from '../../pq/primitives.ts';
import type { RandomSource } from '../../pq/types.ts';
import type { NewContact } from '../../store/rows.ts';
import type { Store } from '../../store/store.ts';
import { toHex } from './bytes.ts';
import { decodeBackup, encodeBackup, type Backup, type BackupContact } from './backupContent.ts';
import { openBackup, sealBackup, type Derive } from './backupFile.ts';
import type { Contacts } from './contacts.ts';
import type { Invites } from './invites.ts';
import { cardSeqSecret, type Own } from './own.ts';
import { identitySecrets } from './ownIdentity.ts';

export interface Imported {
  contacts: number;
  blocked: number;
  /** When the backup was made. */
  made: number;
}

export interface Backups {
  /** The file's bytes and how many contacts are in it. Throws `badInput` for a short passphrase, `limit`. */
  export(passphrase: string, signal: AbortSignal): Promise<{ bytes: Uint8Array; contacts: number }>;
  /** Takes over a backup: only into a profile that nobody knows. Throws `unavailable` there, else `badInput` with a sentence. */
  import(file: Uint8Array, passphrase: string, signal: AbortSignal): Promise<Imported>;
}

interface Options {
  store: Store;
  own: Own;
  contacts: Contacts;
  invites: Pick<Invites, 'anyGiven' | 'endAll'>;
  /** A public card says this identity to everybody. */
  isPublic: () => boolean;
  random: RandomSource;
  derive: Derive;
  now: () => number;
  /** Everybody is to be asked for a new session. */
  restored: () => void;
}

/** Those who are known by identity. Who has not answered and who has not been accepted yet have to come again. */
const backedUp = (contacts: Contacts): BackupContact[] =>
  contacts.all().flatMap((row) => {
    const { fingerprint, state } = row;
    return fingerprint !== null && (state === 'active' || state === 'blocked') ? [{ ...row, fingerprint, state }] : [];
  });

/** Throws `malformed`, `badSignature` or `identityMismatch` unless the log leads, link by link, to the identity, and each contact stands there once. */
function checkTogether({ seeds, log, former, contacts }: Backup): void {
  const [first, ...later] = log;
  if (!first) throw new PqError('malformed');
  const start = decodeLogEntry(first);
  let known = { head: logHead(start), seq: start.seq, identity: start.identity };
  if (start.seq !== 0) throw new PqError('malformed');
  const identities = [start.identity];
  for (const entry of later) {
    known = followLog(known, entry);
    identities.push(known.identity);
  }
  for (const one of [...former, { seq: known.seq, seeds }]) {
    const { public: keys } = expandIdentity(decodeIdentity(one.seeds));
    const named = identities[one.seq];
    if (
      !named ||
      !equalBytes(keys.ed, named.ed) ||
      !equalBytes(keys.pq, named.pq) ||
      !equalBytes(keys.x, named.x) ||
      !equalBytes(keys.k, named.k)
    )
      throw new PqError('identityMismatch');
  }
  if (former.some(({ seq }) => seq >= known.seq)) throw new PqError('malformed');
  if (new Set(contacts.map((contact) => toHex(contact.fingerprint))).size !== contacts.length) throw new PqError('malformed');
}

export function createBackups(options: Options): Backups {
  const { store, own, contacts, invites, random, derive, now } = options;

  const requireFresh = (): void => {
    if (contacts.all().length > 0 || own.keys.seq > 0 || invites.anyGiven() || options.isPublic())
      throw new ContractError(
        'unavailable',
        'This profile is in use: it has contacts, requests, open invites, a public card or a renewed identity, and two identities cannot become one. Start Sotto with a new profile (--profile DIRECTORY) and import there.',
      );
  };

  const read = async (file: Uint8Array, passphrase: string, signal: AbortSignal): Promise<Backup> => {
    const content = await openBackup(file, passphrase, { derive, signal });
    try {
      const backup = decodeBackup(content);
      checkTogether(backup);
      return backup;
    } catch (error) {
      if (!(error instanceof PqError)) throw error;
      throw new ContractError('badInput', 'The passphrase is right, but what is in this file does not fit together. It is not used.', {
        cause: error,
      });
    } finally {
      content.fill(0);
    }
  };

  return {
    export: async (passphrase, signal) => {
      if (Array.from(passphrase).length < MIN_PASSPHRASE_LENGTH)
        throw new ContractError('badInput', `The passphrase needs at least ${MIN_PASSPHRASE_LENGTH} characters.`);
      const known = backedUp(contacts);
      const content = encodeBackup({
        made: now(),
        cardSeq: await own.cardSeq(),
        ...own.keys.secrets(),
        contacts: known,
        blocked: await store.listBlocked(),
      });
      try {
        return { bytes: await sealBackup(content, passphrase, { random, derive, signal }), contacts: known.length };
      } finally {
        content.fill(0);
      }
    },
    import: async (file, passphrase, signal) => {
      requireFresh();
      const backup = await read(file, passphrase, signal);
      signal.throwIfAborted();
      // Somebody may have come while the key was derived.
      requireFresh();
      await invites.endAll();
      const restored: NewContact[] = backup.contacts.map((contact) => ({ ...contact, ownRecordSeq: 0 }));
      await store.restore({
        secrets: [...identitySecrets(backup), cardSeqSecret(backup.cardSeq)],
        contacts: restored,
        blocked: backup.blocked,
      });
      await own.reload();
      await contacts.load();
      options.restored();
      return { contacts: restored.length, blocked: backup.blocked.length, made: backup.made };
    },
  };
}

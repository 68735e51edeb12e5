/** Both files of one profile, opened, with every operation on them. Runs inside the worker. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createBuffers } from './buffers.ts';
import { createContacts } from './contacts.ts';
import { openDatabase } from './database.ts';
import type { Db } from './db.ts';
import { createGeneration, type Generation } from './generation.ts';
import { createHellos } from './hellos.ts';
import { createHistory } from './history.ts';
import { createInvites } from './invites.ts';
import { openIrcFile, type IrcFile } from './ircFile.ts';
import { createBindings } from './bindings.ts';
import { createSts } from './sts.ts';
import { createKeptPayloads } from './keptPayloads.ts';
import { loadKey } from './key.ts';
import { createPrivateLines } from './lines.ts';
import { createMeta } from './meta.ts';
import { ircMigrations, privateMigrations } from './migrations/all.ts';
import type { Operations } from './operations.ts';
import { createOutbox } from './outbox.ts';
import { createMailbox } from './mailbox.ts';
import { createPositions } from './positions.ts';
import { createPrekeys } from './prekeys.ts';
import { createReceive } from './receive.ts';
import { keyInForce, rekeyDatabase } from './rekey.ts';
import { createSecrets } from './secrets.ts';
import { createSessions } from './sessions.ts';
import { StoreError, conflict, storeError } from './errors.ts';
import { transaction } from './transaction.ts';

const PAIR_BYTES = 16;
/** More than one message takes with everything around it. */
const PROBE_BYTES = 256 * 1024;

export interface Directories {
  dataDirectory: string;
  stateDirectory: string;
  /** The database key that is wanted, then those a file may still be under; null: it is in the plain key file. */
  keys: readonly [string, ...string[]] | null;
}

export interface OpenedFiles {
  operations: Operations;
  generation: number;
  rolledBack: boolean;
  ircDamaged: boolean;
  /**
   * Runs tasks on private.db that are committed together: when it returns, all are; when it throws, none is. A task has to keep
   * its own failure to itself; what it wrote before it failed is undone by its own transaction.
   */
  together(tasks: readonly (() => void)[]): void;
  close(): void;
}

/** Node tells a read-only file system as ENOENT where `recursive` is set: the plain call says what it is. */
const makeDirectory = (directory: string): void => {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch {
    mkdirSync(directory, { mode: 0o700 });
  }
};

const holdsData = (path: string): boolean => (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0;

/** Says which irc.db belongs to this private.db. */
const pairOf = (db: Db): Uint8Array => {
  const meta = createMeta(db);
  const known = meta.bytes('pair');
  if (known) return known;
  const pair = new Uint8Array(randomBytes(PAIR_BYTES));
  meta.set('pair', pair);
  return pair;
};

const probe = (db: Db): void => {
  const meta = createMeta(db);
  for (const length of [PROBE_BYTES, 0]) meta.set('probe', new Uint8Array(length));
};

const createOperations = (db: Db, irc: IrcFile, generation: Generation): { operations: Omit<Operations, 'rekey'>; flush: () => void } => {
  const secrets = createSecrets(db);
  const buffers = createBuffers(db);
  const contacts = createContacts(db);
  const lines = createPrivateLines(db);
  const sessions = createSessions(db);
  const prekeys = createPrekeys(db);
  const invites = createInvites(db, prekeys);
  const outbox = createOutbox(db, lines, sessions);
  const kept = createKeptPayloads(db);
  const hellos = createHellos(db);
  const positions = createPositions(db);
  const mailbox = createMailbox(db);
  const receive = createReceive(db, { hellos, positions, kept, buffers, contacts, lines, sessions, outbox, prekeys, invites });
  const { flush, removeOrphans, ...history } = createHistory(db, buffers, lines, irc);
  removeOrphans();

  const removeContact = transaction(db, (({ id, block, now }) => {
    const contact = contacts.require(id);
    if (block && contact.fingerprint) contacts.block(contact.fingerprint, now);
    const gone = buffers.ofContact(id).filter(({ kind }) => kind === 'private');
    const counts = {
      buffers: gone.map((buffer) => buffer.id),
      lines: gone.reduce((sum, buffer) => sum + lines.count(buffer.id), 0),
      outbox: outbox.count(id),
      sessions: sessions.count(id),
    };
    buffers.removeOf(id);
    contacts.remove(id);
    return counts;
  }) satisfies Operations['removeContact']);
  const restore = transaction(db, (({ secrets: named, contacts: known, blocked }) => {
    if (contacts.listContacts().length > 0 || sessions.listSessions(null).length > 0) throw conflict('This profile knows people already.');
    secrets.putAll(named);
    for (const contact of known) contacts.insert(contact);
    for (const { fingerprint, time } of blocked) contacts.block(fingerprint, time);
  }) satisfies Operations['restore']);
  const prunePrivate = transaction(
    db,
    (now: number) =>
      sessions.prune(now) + receive.prune(now) + prekeys.prune(now) + hellos.prune(now) + invites.prune(now) + positions.prune(now),
  );

  return {
    flush,
    operations: {
      getSecret: secrets.getSecret,
      putSecret: secrets.putSecret,
      putSecrets: secrets.putSecrets,
      deleteSecret: secrets.deleteSecret,
      listBuffers: buffers.listBuffers,
      openBuffer: buffers.openBuffer,
      setBuffer: buffers.setBuffer,
      setDraft: buffers.setDraft,
      ...history,
      listContacts: contacts.listContacts,
      insertContact: contacts.insertContact,
      updateContact: contacts.updateContact,
      blockFingerprint: contacts.blockFingerprint,
      unblockFingerprint: contacts.unblockFingerprint,
      isBlocked: contacts.isBlocked,
      listBlocked: contacts.listBlocked,
      restore,
      removeContact: (removal) => {
        flush();
        const counts = removeContact(removal);
        removeOrphans();
        return counts;
      },
      putPrekey: prekeys.putPrekey,
      getPrekey: prekeys.getPrekey,
      listPrekeys: prekeys.listPrekeys,
      deletePrekey: prekeys.deletePrekey,
      putInvite: invites.putInvite,
      getInvite: invites.getInvite,
      listInvites: invites.listInvites,
      setInvite: invites.setInvite,
      removeInvite: invites.removeInvite,
      listSessions: sessions.listSessions,
      loadPlace: sessions.loadPlace,
      removeSession: sessions.removeSession,
      removeIdleSessions: sessions.removeIdleSessions,
      isKnownHello: hellos.isKnownHello,
      retireSessions: transaction(db, (contact) => {
        sessions.retireAll(contact);
        if (contact === null) generation.settle();
      }),
      advanceGeneration: generation.advance,
      queue: outbox.queue,
      commitSeal: outbox.commitSeal,
      outbox: outbox.outbox,
      setOutbox: outbox.setOutbox,
      acknowledge: outbox.acknowledge,
      markRead: outbox.markRead,
      dropPacket: outbox.dropPacket,
      failOutbox: outbox.failOutbox,
      requeue: outbox.requeue,
      sentLine: outbox.sentLine,
      expiredOutbox: outbox.expiredOutbox,
      untold: outbox.untold,
      tell: outbox.tell,
      ...mailbox,
      commitReceive: receive.commitReceive,
      keptPayloads: kept.keptPayloads,
      keptOfLine: kept.keptOfLine,
      ...createBindings(db),
      ...createSts(db),
      prune: (now) => prunePrivate(now) + removeOrphans(),
      probe: () => {
        probe(db);
        irc.use((_lines, file) => {
          probe(file);
        });
      },
    },
  };
};

/** Nothing runs yet that could wait for room: the sentence says where to make it. */
function openingError(error: StoreError, dataDirectory: string, stateDirectory: string): StoreError {
  const where = `${dataDirectory} and ${stateDirectory}`;
  if (error.code === 'diskFull')
    return new StoreError('diskFull', `The disk is full: Sotto cannot start without room in ${where}. Nothing was lost.`, { cause: error });
  if (error.code === 'readOnly')
    return new StoreError('readOnly', `Sotto cannot start: ${where} have to be writable, and one of them is not. Nothing was lost.`, {
      cause: error,
    });
  return error;
}

/** Opens or makes everything. Throws keyMissing, wrongKey, corrupt, diskFull, readOnly or io, with nothing left open. */
export function openFiles({ dataDirectory, stateDirectory, keys: given }: Directories, onIrcDamaged: () => void): OpenedFiles {
  const privatePath = join(dataDirectory, 'private.db');
  const ircPath = join(dataDirectory, 'irc.db');
  let db: Db | null = null;
  let irc: IrcFile | null = null;
  let isOpen = false;
  const damagedLater = (): void => {
    if (isOpen) onIrcDamaged();
  };
  try {
    for (const directory of [dataDirectory, stateDirectory]) makeDirectory(directory);
    const keys = given ?? ([loadKey(stateDirectory, holdsData(privatePath) || holdsData(ircPath))] as const);
    const [wanted] = keys;
    const privateKey = keyInForce(privatePath, keys);
    const opened = openDatabase({ path: privatePath, key: privateKey, synchronous: 'FULL', migrations: privateMigrations });
    db = opened;
    if (privateKey !== wanted) rekeyDatabase(opened, wanted, 'FULL');
    const generation = createGeneration(opened, stateDirectory);
    const start = generation.start();
    const ircKey = keyInForce(ircPath, keys);
    const ircOptions = { path: ircPath, key: ircKey, synchronous: 'NORMAL', migrations: ircMigrations } as const;
    const file = openIrcFile(ircOptions, pairOf(opened), damagedLater);
    irc = file;
    if (ircKey !== wanted) file.rekey(wanted);
    const { operations: withoutRekey, flush } = createOperations(opened, file, generation);
    const operations: Operations = {
      ...withoutRekey,
      rekey: (key) => {
        flush();
        rekeyDatabase(opened, key, 'FULL');
        file.rekey(key);
      },
    };
    isOpen = true;
    return {
      ...start,
      operations,
      ircDamaged: file.damaged(),
      together: transaction(opened, (tasks: readonly (() => void)[]) => {
        for (const task of tasks) {
          task();
          // A full disk makes SQLite undo everything at once; what would follow now would be on its own.
          if (!opened.inTransaction) throw new StoreError('io', 'The message store could not be written.');
        }
      }),
      close: () => {
        flush();
        file.close();
        opened.close();
      },
    };
  } catch (error) {
    irc?.close();
    db?.close();
    throw openingError(storeError(error), dataDirectory, stateDirectory);
  }
}

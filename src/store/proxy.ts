import type { Connection } from './connection.ts';
import { limit } from './errors.ts';
import { MAX_WAITING_LINES } from './limits.ts';
import type { Store } from './operations.ts';

/** The door's operations as calls to the worker. */
export function createStore({ call, close }: Connection): Store {
  let waitingLines = 0;
  const appendIrc: Store['appendIrc'] = async (lines) => {
    if (waitingLines + lines.length > MAX_WAITING_LINES) throw limit('Lines arrive faster than they can be stored.');
    waitingLines += lines.length;
    try {
      await call('appendIrc', lines);
    } finally {
      waitingLines -= lines.length;
    }
  };
  return {
    getSecret: (name) => call('getSecret', name),
    putSecret: (name, bytes) => call('putSecret', name, bytes),
    putSecrets: (secrets) => call('putSecrets', secrets),
    deleteSecret: (name) => call('deleteSecret', name),
    listBuffers: () => call('listBuffers'),
    openBuffer: (request) => call('openBuffer', request),
    setBuffer: (change) => call('setBuffer', change),
    setRead: (read) => call('setRead', read),
    setDraft: (draft) => call('setDraft', draft),
    counters: () => call('counters'),
    page: (page) => call('page', page),
    insertHistory: (lines) => call('insertHistory', lines),
    findLine: (of) => call('findLine', of),
    linePoint: (of) => call('linePoint', of),
    historyEdges: (buffer) => call('historyEdges', buffer),
    newestText: (buffers) => call('newestText', buffers),
    lastLineUpTo: (of) => call('lastLineUpTo', of),
    gaps: (buffer) => call('gaps', buffer),
    putGap: (gap) => call('putGap', gap),
    removeGap: (id) => call('removeGap', id),
    reactLine: (reaction) => call('reactLine', reaction),
    redactLine: (redaction) => call('redactLine', redaction),
    lastMessageId: () => call('lastMessageId'),
    lastPlace: (buffer) => call('lastPlace', buffer),
    removeLines: (buffer) => call('removeLines', buffer),
    listContacts: () => call('listContacts'),
    insertContact: (contact) => call('insertContact', contact),
    updateContact: (update) => call('updateContact', update),
    removeContact: (removal) => call('removeContact', removal),
    blockFingerprint: (block) => call('blockFingerprint', block),
    unblockFingerprint: (fingerprint) => call('unblockFingerprint', fingerprint),
    isBlocked: (fingerprint) => call('isBlocked', fingerprint),
    listBlocked: () => call('listBlocked'),
    restore: (restored) => call('restore', restored),
    putPrekey: (prekey) => call('putPrekey', prekey),
    getPrekey: (id) => call('getPrekey', id),
    listPrekeys: () => call('listPrekeys'),
    deletePrekey: (id) => call('deletePrekey', id),
    putInvite: (put) => call('putInvite', put),
    getInvite: (id) => call('getInvite', id),
    listInvites: () => call('listInvites'),
    setInvite: (change) => call('setInvite', change),
    removeInvite: (id) => call('removeInvite', id),
    listSessions: (contact) => call('listSessions', contact),
    loadPlace: (place) => call('loadPlace', place),
    removeSession: (session) => call('removeSession', session),
    removeIdleSessions: (before) => call('removeIdleSessions', before),
    isKnownHello: (id) => call('isKnownHello', id),
    retireSessions: (contact) => call('retireSessions', contact),
    advanceGeneration: () => call('advanceGeneration'),
    queue: (entry) => call('queue', entry),
    commitSeal: (seal) => call('commitSeal', seal),
    outbox: (contact) => call('outbox', contact),
    setOutbox: (change) => call('setOutbox', change),
    acknowledge: (ack) => call('acknowledge', ack),
    markRead: (read) => call('markRead', read),
    dropPacket: (mid) => call('dropPacket', mid),
    failOutbox: (failure) => call('failOutbox', failure),
    requeue: (entry) => call('requeue', entry),
    removeFailed: (of) => call('removeFailed', of),
    sentLine: (message) => call('sentLine', message),
    expiredOutbox: (before) => call('expiredOutbox', before),
    untold: (query) => call('untold', query),
    tell: (told) => call('tell', told),
    listMail: () => call('listMail'),
    putMail: (row) => call('putMail', row),
    removeMail: (of) => call('removeMail', of),
    commitReceive: (receive) => call('commitReceive', receive),
    keptOfLine: (line) => call('keptOfLine', line),
    listBindings: () => call('listBindings'),
    putBindings: (put) => call('putBindings', put),
    listSts: () => call('listSts'),
    putSts: (put) => call('putSts', put),
    keptPayloads: (page) => call('keptPayloads', page),
    rekey: (key) => call('rekey', key),
    prune: (now) => call('prune', now),
    probe: () => call('probe'),
    appendIrc,
    close,
  };
}

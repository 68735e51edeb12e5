/** Veilid entries of the configuration: the blob is for first contact only, then the entry belongs to that contact (design §6.2). */
import { noFeatures } from '../../contract/chat.ts';
import type { ContactId, ServerName } from '../../contract/ids.ts';
import type { ServerView } from '../../contract/views.ts';
import type { Overlay } from '../../overlay/overlay.ts';
import { fingerprint } from '../../pq/identity.ts';
import type { Card } from '../../pq/types.ts';
import type { ContactRow } from '../../store/rows.ts';
import { sameBytes } from './bytes.ts';
import type { Contacts } from './contacts.ts';
import type { VeilidEntry } from './dm.ts';
import { readPasted } from './pasted.ts';
import { levelBySource } from './people.ts';

export interface Entries {
  apply(entries: readonly VeilidEntry[]): Promise<void>;
  /** A blob was exchanged: the same person moves, another person is *changed*. True when all have been asked. */
  check(): Promise<boolean>;
  views(): ServerView[];
}

interface Options {
  contacts: Contacts;
  overlay: () => Overlay | null;
  nickname: () => string;
  connect: (text: string, entry: VeilidEntry) => Promise<unknown>;
  card: (overlay: Overlay, address: Uint8Array) => Promise<Card>;
  /** The contact may be reached by another way now. */
  want: (contact: ContactId) => void;
  log: (line: string) => void;
}

export function createEntries({ contacts, overlay, nickname, connect, card, want, log }: Options): Entries {
  let entries: readonly VeilidEntry[] = [];
  /** What is wrong with an entry, as a sentence. */
  const problems = new Map<ServerName, string>();
  /** Blobs that were changed, by contact, until somebody has answered there. At most one for each entry. */
  const toCheck = new Map<ContactId, Uint8Array>();
  const rowOf = (entry: VeilidEntry): ContactRow | undefined => contacts.all().find((row) => row.configServer === entry.name);

  const applyOne = async (entry: VeilidEntry, blob: string): Promise<void> => {
    const row = rowOf(entry);
    if (!row) {
      await connect(blob, entry);
      return;
    }
    const pasted = readPasted(blob);
    if (pasted.kind !== 'address') return;
    if (row.memo !== null && sameBytes(row.memo, pasted.bytes)) {
      toCheck.delete(row.id);
      return;
    }
    if (row.state === 'connecting') {
      await contacts.change(row.id, { pendingAddress: pasted.bytes, pendingInvite: null, memo: pasted.bytes });
    } else {
      toCheck.set(row.id, pasted.bytes);
    }
    want(row.id);
  };
  const checkOne = async (current: Overlay, row: ContactRow, blob: Uint8Array): Promise<void> => {
    const answered = await card(current, blob);
    // The file was edited again while somebody answered.
    if (toCheck.get(row.id) !== blob || row.fingerprint === null) return;
    if (sameBytes(fingerprint(answered.identity), row.fingerprint)) {
      const addresses = answered.addresses.length > 0 ? answered.addresses : [blob];
      await contacts.change(row.id, { addresses, memo: blob, ...(row.level === 'changed' ? { level: levelBySource(row) } : {}) });
    } else {
      await contacts.change(row.id, { level: 'changed', memo: blob });
    }
    toCheck.delete(row.id);
    want(row.id);
  };

  const viewOf = (entry: VeilidEntry): ServerView => {
    const row = rowOf(entry);
    const view = row ? contacts.view(row.id) : undefined;
    const problem = problems.get(entry.name);
    const state = (): Pick<ServerView['state'], 'phase' | 'text'> => {
      if (problem !== undefined) return { phase: 'failed', text: problem };
      if (view === undefined) return { phase: 'idle', text: 'Your own route is shown in the status bar' };
      const text = view.status === '' ? view.nickname : view.status;
      if (view.shield === 'connecting') return { phase: 'connecting', text };
      return { phase: view.shield === 'changed' || view.shield === 'blocked' ? 'failed' : 'online', text };
    };
    return {
      name: entry.name,
      protocol: 'veilid',
      state: { ...state(), retryAt: null },
      nick: nickname(),
      away: false,
      network: null,
      features: noFeatures,
      bouncerNetworks: [],
      contact: row?.id ?? null,
    };
  };

  return {
    apply: async (next) => {
      entries = next;
      problems.clear();
      for (const entry of next) {
        if (entry.routeBlob === null) continue;
        try {
          await applyOne(entry, entry.routeBlob);
        } catch (error) {
          const problem = error instanceof Error ? error.message : 'This entry cannot be used.';
          problems.set(entry.name, problem);
          log(`configuration: a veilid entry cannot be used: ${problem}`);
        }
      }
    },
    check: async () => {
      const current = overlay();
      if (!current || current.state().phase !== 'ready') return true;
      for (const [contact, blob] of [...toCheck]) {
        const row = contacts.get(contact);
        if (row?.fingerprint) await checkOne(current, row, blob);
        else toCheck.delete(contact);
      }
      return true;
    },
    views: () => entries.map(viewOf),
  };
}

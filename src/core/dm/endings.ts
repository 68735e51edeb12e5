/** Records of ours that are over (a used invite, a deleted contact) and still have to be overwritten; kept until that is done. */
import type { Overlay, RecordHandle } from '../../overlay/overlay.ts';
import type { Store } from '../../store/store.ts';

const SECRET = 'records-to-end';
/** The oldest is given up beyond it; records that are not refreshed fade by themselves. */
const MAX_ENDINGS = 200;
const END_TIMEOUT_MS = 60_000;

export interface Endings {
  load(): Promise<void>;
  /** Remembers the record; the next round ends it. */
  add(record: RecordHandle): Promise<void>;
  /** True when none is left. */
  run(signal: AbortSignal): Promise<boolean>;
}

const encode = (records: readonly RecordHandle[]): Uint8Array =>
  new TextEncoder().encode(records.map(({ key, writer }) => `${key}\n${writer}`).join('\n\n'));
const decode = (bytes: Uint8Array): RecordHandle[] =>
  new TextDecoder()
    .decode(bytes)
    .split('\n\n')
    .flatMap((entry) => {
      const [key, writer] = entry.split('\n');
      return key && writer ? [{ key, writer }] : [];
    });

export function createEndings({ store, overlay }: { store: Store; overlay: () => Overlay | null }): Endings {
  let records: RecordHandle[] = [];
  const save = (): Promise<void> => store.putSecret(SECRET, encode(records));
  return {
    load: async () => {
      const bytes = await store.getSecret(SECRET);
      if (bytes) records = decode(bytes);
    },
    add: async (record) => {
      if (records.some(({ key }) => key === record.key)) return;
      records = [...records, record].slice(-MAX_ENDINGS);
      await save();
    },
    run: async (signal) => {
      const current = overlay();
      if (records.length === 0) return true;
      if (!current?.records) return true;
      for (const record of [...records]) {
        await current.records.end(record, AbortSignal.any([signal, AbortSignal.timeout(END_TIMEOUT_MS)]));
        records = records.filter(({ key }) => key !== record.key);
        await save();
      }
      return true;
    },
  };
}

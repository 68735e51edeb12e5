/** What a stopped person's profile holds, for tests that read or spoil it. */
import { openStore, type Store } from '../../src/store/store.ts';
import type { Person } from '../support/cores.ts';

export async function withStore<T>(person: Person, use: (store: Store) => Promise<T>): Promise<T> {
  await person.stop();
  const { store } = await openStore(person.paths);
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

export const counted = async (person: Person): Promise<Record<string, number>> => {
  const { dropped } = await person.client.call('diagnostics.read', {});
  return Object.fromEntries(dropped.map(({ reason, count }) => [reason, count]));
};

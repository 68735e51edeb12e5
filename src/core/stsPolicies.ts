/** STS policies of IRC hosts: read once, asked without waiting, written at once. */
import type { StsPolicy, StsStore } from '../irc/options.ts';
import type { Store } from '../store/store.ts';

/** Rejects where the store does: without the policies nothing may be connected. */
export async function loadStsPolicies(store: Pick<Store, 'listSts' | 'putSts'>): Promise<StsStore> {
  const policies = new Map<string, StsPolicy>();
  for (const { host, ...policy } of await store.listSts()) policies.set(host, policy);
  return {
    get: (host) => policies.get(host) ?? null,
    set: (host, policy) => {
      if (policy === null) policies.delete(host);
      else policies.set(host, policy);
      return store.putSts({ host, policy });
    },
  };
}

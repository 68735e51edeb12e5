/**
 * Which nick stands for which contact (design §6.4). Data in, data out: the bindings of one server, what was seen on IRC, and what
 * follows. A binding never decides who reads a message: private ones always go to the contact; it decides what a nick means.
 */
import type { ContactId } from '../../contract/ids.ts';

/** Bindings of one server; beyond it the oldest that is not in force is forgotten. */
export const MAX_BINDINGS = 500;

/** A user as IRC shows them. `account`: undefined where the server does not say, null where it says that there is none. */
export interface Seen {
  account: string | null | undefined;
  user: string | null;
  host: string | null;
}

export interface Binding {
  /** Folded nick. */
  key: string;
  nick: string;
  contact: ContactId;
  seen: Seen;
  /**
   * bound: the nick is the contact. held: that has ended, and what is meant for the nick waits for a choice. chosen: the user said that it
   * goes to the contact all the same.
   */
  state: 'bound' | 'held' | 'chosen';
  /** Why it ended, as a sentence; '' while it is bound. */
  reason: string;
}

/** Of one server, oldest first, one for each nick. */
export type Bindings = readonly Binding[];

export const find = (bindings: Bindings, key: string): Binding | undefined => bindings.find((binding) => binding.key === key);

/** The one in which a contact is met: in force before held. */
export const ofContact = (bindings: Bindings, contact: ContactId): Binding | undefined =>
  bindings.find((binding) => binding.contact === contact && binding.state === 'bound') ??
  bindings.findLast((binding) => binding.contact === contact);

const without = (bindings: Bindings, key: string): Bindings => bindings.filter((binding) => binding.key !== key);

function put(bindings: Bindings, binding: Binding): Bindings {
  const next = [...without(bindings, binding.key), binding];
  if (next.length <= MAX_BINDINGS) return next;
  const oldest = next.find(({ state }) => state !== 'bound') ?? next[0];
  return next.filter((candidate) => candidate !== oldest);
}

const held = (binding: Binding, reason: string): Binding => ({ ...binding, state: 'held', reason });
const change = (bindings: Bindings, key: string, to: (binding: Binding) => Binding): Bindings =>
  bindings.map((binding) => (binding.key === key ? to(binding) : binding));
const end = (bindings: Bindings, key: string, reason: string): Bindings =>
  change(bindings, key, (binding) => (binding.state === 'bound' ? held(binding, reason) : binding));

/** From now on `nick` is `contact`. */
export const bind = (bindings: Bindings, made: Omit<Binding, 'state' | 'reason'>): Bindings =>
  put(bindings, { ...made, state: 'bound', reason: '' });

/** An account decides where there is one; else user name and host do. */
export function isSame(known: Seen, now: Seen): boolean {
  if (known.account !== null && known.account !== undefined) {
    if (now.account !== undefined) return now.account !== null && now.account.toLowerCase() === known.account.toLowerCase();
  } else if (now.account !== null && now.account !== undefined && known.account === null) return false;
  return (
    (known.user === null || now.user === null || known.user === now.user) &&
    (known.host === null || now.host === null || known.host === now.host)
  );
}

/** What is newly seen of them fills what was not known. */
const learn = (known: Seen, now: Seen): Seen => ({
  account: known.account ?? now.account,
  user: now.user ?? known.user,
  host: now.host ?? known.host,
});

/** Somebody with this nick said or did something. */
export function seen(bindings: Bindings, key: string, now: Seen): Bindings {
  const binding = find(bindings, key);
  if (binding?.state !== 'bound') return bindings;
  if (!isSame(binding.seen, now)) return end(bindings, key, `Somebody else uses the nick ${binding.nick} now.`);
  return change(bindings, key, () => ({ ...binding, seen: learn(binding.seen, now) }));
}

/** The server says that account, user name or host of a user changed. A host may change; an account ends it. */
export function changed(bindings: Bindings, key: string, before: Seen, now: Seen): Bindings {
  const checked = seen(bindings, key, { ...before, account: undefined });
  const binding = find(checked, key);
  if (binding?.state !== 'bound') return checked;
  const known = binding.seen.account ?? null;
  const next = now.account === undefined ? known : now.account;
  if (known !== null && next?.toLowerCase() !== known.toLowerCase())
    return end(checked, key, `${binding.nick} is no longer logged in to the account that this conversation was begun with.`);
  const account = now.account ?? binding.seen.account;
  return change(checked, key, () => ({ ...binding, seen: { account, user: now.user, host: now.host } }));
}

/** The binding goes with the user; the nick they leave may be anybody's from now on. */
export function renamed(bindings: Bindings, from: string, to: { key: string; nick: string }): Bindings {
  const taken = find(bindings, to.key);
  const cleared = from !== to.key && taken ? end(bindings, to.key, `Somebody else uses the nick ${taken.nick} now.`) : bindings;
  const binding = find(cleared, from);
  if (binding?.state !== 'bound') return cleared;
  const moved: Binding = { ...binding, ...to };
  if (from === to.key) return put(cleared, moved);
  return put(put(cleared, held(binding, `${binding.nick} is called ${to.nick} now.`)), moved);
}

export function left(bindings: Bindings, key: string): Bindings {
  const binding = find(bindings, key);
  return binding ? end(bindings, key, `${binding.nick} has left IRC.`) : bindings;
}

/** Our own connection ended: who comes back under a nick is known by an account only. */
export const disconnected = (bindings: Bindings, reason = 'Sotto was not connected to IRC for a while.'): Bindings =>
  bindings.map((binding) => {
    if (binding.state !== 'bound') return binding;
    if (typeof binding.seen.account !== 'string') return held(binding, reason);
    return { ...binding, seen: { account: binding.seen.account, user: null, host: null } };
  });

/** The private conversation cannot begin. */
export const failed = (bindings: Bindings, contact: ContactId, reason: string): Bindings =>
  bindings.map((binding) => (binding.contact === contact && binding.state === 'bound' ? held(binding, reason) : binding));

/** The user said whom it is for: the contact all the same, or (the binding goes) whoever has the nick. */
export const choose = (bindings: Bindings, key: string, to: 'private' | 'plain'): Bindings =>
  to === 'plain' ? without(bindings, key) : change(bindings, key, (binding) => ({ ...binding, state: 'chosen', reason: '' }));

/** One contact turned out to be another. */
export const merged = (bindings: Bindings, from: ContactId, into: ContactId): Bindings =>
  bindings.map((binding) => (binding.contact === from ? { ...binding, contact: into } : binding));

export const removed = (bindings: Bindings, contact: ContactId): Bindings => bindings.filter((binding) => binding.contact !== contact);

/** All names are folded anew. Of two that become one the one in force stays. */
export function refolded(bindings: Bindings, fold: (nick: string) => string): Bindings {
  const byState = [...bindings].sort((one, two) => Number(one.state === 'bound') - Number(two.state === 'bound'));
  return byState.reduce<Bindings>((kept, binding) => put(kept, { ...binding, key: fold(binding.nick) }), []);
}

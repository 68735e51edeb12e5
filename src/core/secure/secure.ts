/**
 * `/secure` in an IRC query (design §6.4): offers go and come as CTCP, an accepted one turns the query into the conversation with a
 * contact, and from then on nothing meant for that nick reaches IRC unless the user has said so. What follows from what is decided in
 * binding.ts, offers.ts and parts.ts; here it meets buffers, IRC and private messages.
 */
import { randomBytes } from 'node:crypto';
import { assertNever, type Action, type IrcEvent, type Origin } from '../../contract/chat.ts';
import { ContractError } from '../../contract/errors.ts';
import type { BufferId, ContactId, ServerName } from '../../contract/ids.ts';
import type { BufferView, SecureView, ServerView } from '../../contract/views.ts';
import type { Store } from '../../store/store.ts';
import type { Buffers } from '../buffers.ts';
import type { Dm } from '../dm/dm.ts';
import type { SecureNews } from '../dm/approach.ts';
import type { Network } from '../../irc/network.ts';
import * as rules from './binding.ts';
import { markedName, nickOfQuery } from './mark.ts';
import * as offering from './offers.ts';
import { splitInvite, takePart } from './parts.ts';
import { createSecureState } from './state.ts';
import { isOfServer, viewsOf, type Surroundings } from './views.ts';
import * as words from './words.ts';
import { toldBy } from './told.ts';

const OFFER_ID_BYTES = 6;

export interface Secure {
  load(): Promise<void>;
  stop(): void;
  views(): SecureView[];
  /** To be called before an event of a server is shown; a promise where that has to wait. */
  irc(server: ServerName, event: IrcEvent): Promise<void> | undefined;
  news(news: SecureNews | { kind: 'removed'; contact: ContactId }): void;
  /** The name of the query with a nick: marked where the nick stands for a contact. */
  queryName(server: ServerName, nick: string): string;
  /** The nicks of a server that stand for a contact now. */
  bound(server: ServerName): string[];
  /** The contact a nick stands for, or stood for and the user has not decided. */
  contactOf(server: ServerName, nick: string): ContactId | null;
  /** Throws `held` where it is not known for whom something said to this nick is. */
  checkNick(server: ServerName, nick: string): void;
  /** The same for what is typed in a private conversation. */
  checkPrivate(buffer: BufferView): void;
  /** Throws `held` for what must not reach IRC. */
  checkPlain(server: ServerName, action: Action): void;
  /** Offers a private conversation to the nick of a query. */
  offer(buffer: BufferId, signal: AbortSignal): Promise<void>;
  withdraw(buffer: BufferId): Promise<void>;
  answer(buffer: BufferId, accept: boolean): Promise<BufferId>;
  /** Whom a held conversation is for. Resolves to the buffer to write in. */
  choose(buffer: BufferId, to: 'private' | 'plain'): Promise<BufferId>;
  /** Plain IRC beside the private conversation, as the user has confirmed. Resolves to its buffer. */
  plain(buffer: BufferId): Promise<BufferId>;
}

/** The IRC servers that run, as far as they matter here. */
interface IrcServers {
  get(name: ServerName): { network: Pick<Network, 'fold' | 'tellsAccounts'> } | undefined;
  /** Throws `notConnected`. */
  require(name: ServerName): { network: Pick<Network, 'who'>; view(): Pick<ServerView, 'state'>; act(action: Action): void };
}

interface Options {
  store: Store;
  buffers: Buffers;
  servers: () => IrcServers;
  dm: () => Dm;
  /** Resolves once there is a route of our own. */
  ready: (signal: AbortSignal) => Promise<unknown>;
  now: () => number;
  onViews: (views: SecureView[]) => void;
  onNotice: (text: string) => void;
  /** A contact's buffer is another one now. */
  onContact: (contact: ContactId) => void;
  log: (line: string) => void;
}

export function createSecure(options: Options): Secure {
  const { store, buffers, servers, dm, now, log } = options;
  const state = createSecureState(store, log);
  let timer: NodeJS.Timeout | null = null;

  const fold = (server: ServerName, nick: string): string => servers().get(server)?.network.fold(nick) ?? nick;
  const nameOf = (contact: ContactId): string =>
    dm()
      .contacts()
      .find(({ id }) => id === contact)?.nickname ?? 'this contact';
  const around: Surroundings = {
    conversation: (contact) => buffers.ofContact(contact),
    query: (server, key) => buffers.find('query', server, key),
    nameOf,
    known: (invite) => dm().readOffer(invite)?.known ?? null,
    isOpen: (server, key) => state.of(server).open.has(key),
  };
  const views = (): SecureView[] => state.servers().flatMap(([server, { bindings, offers }]) => viewsOf(server, bindings, offers, around));

  const withdrawn = (invite: string | null): void => {
    if (invite === null) return;
    dm()
      .withdrawOffer(invite)
      .catch((error: unknown) => {
        log(`secure: an offer could not be ended: ${error instanceof Error ? error.name : 'unknown error'}`);
      });
  };
  /** What was offered and is not any more ends at once. */
  const setOffers = (server: ServerName, offers: offering.Offers): boolean => {
    if (offers === state.of(server).offers) return false;
    const kept = new Set(offers.own.map(({ invite }) => invite));
    for (const { invite } of state.of(server).offers.own) if (!kept.has(invite)) withdrawn(invite);
    return state.set(server, { offers });
  };
  const sweep = (): void => {
    timer = null;
    for (const [server, { offers }] of state.servers()) setOffers(server, offering.expire(offers, now()));
    tell();
  };
  const tell = (): void => {
    options.onViews(views());
    const ends = state.servers().flatMap(([, { offers }]) => [...offers.own, ...offers.theirs].map(({ until }) => until));
    if (timer !== null) clearTimeout(timer);
    timer = ends.length === 0 ? null : setTimeout(sweep, Math.max(0, Math.min(...ends) - now()) + 1).unref();
  };
  const note = (contact: ContactId, text: string): void => {
    const buffer = buffers.ofContact(contact);
    if (buffer)
      buffers.add(buffer.id, { kind: 'info', time: now(), from: null, text, subject: null, self: false, highlight: false, msgid: null });
  };
  /** Takes over what follows from something seen on IRC, and says what ended by it. */
  const setBindings = (server: ServerName, next: rules.Bindings): boolean => {
    const before = state.of(server).bindings;
    if (next.length === before.length && next.every((binding, index) => binding === before[index])) return false;
    const isChanged = state.set(server, { bindings: next });
    for (const was of before) {
      const is = next.find((binding) => binding.key === was.key);
      if (
        was.state === 'bound' &&
        is?.state === 'held' &&
        !next.some(({ contact, state: now }) => contact === was.contact && now === 'bound')
      )
        note(was.contact, words.ended(is.reason, was.nick, nameOf(was.contact)));
    }
    return isChanged;
  };
  const rename = (server: ServerName, key: string): void => {
    const query = buffers.find('query', server, key);
    if (!query) return;
    const name = queryName(server, nickOfQuery(query.name));
    if (name !== query.name) buffers.update(query.id, { name });
  };
  const queryName = (server: ServerName, nick: string): string =>
    rules.find(state.of(server).bindings, fold(server, nick)) ? markedName(nick) : nick;

  const seenOf = (server: ServerName, from: Pick<Origin, 'user' | 'host' | 'account'>): rules.Seen => {
    const isTold = servers().get(server)?.network.tellsAccounts() ?? false;
    return { user: from.user, host: from.host, account: from.account ?? (isTold ? null : undefined) };
  };
  const openQuery = (server: ServerName, nick: string): Promise<BufferView> =>
    buffers.open({ kind: 'query', server, contact: null, key: fold(server, nick), name: queryName(server, nick), muted: false });

  /** From here on the nick is the contact, and the query their conversation where they have none yet. `offers`: those that are left. */
  const bind = (
    server: ServerName,
    met: Pick<rules.Binding, 'key' | 'nick' | 'seen'>,
    contact: ContactId,
    query: BufferId,
    offers: offering.Offers,
  ): void => {
    const view = buffers.get(query);
    const isFree = view?.kind === 'query' || (view?.contact !== null && view?.contact !== undefined && !dm().contactOpened(view.contact));
    if (view && isFree && buffers.ofContact(contact) === undefined) buffers.bind(query, contact, nameOf(contact));
    setBindings(server, rules.bind(state.of(server).bindings, { ...met, contact }));
    setOffers(server, offers);
    rename(server, met.key);
    options.onContact(contact);
    tell();
    note(contact, words.begun(met.nick, server, nameOf(contact)));
  };

  const takeOffer = async (server: ServerName, { from, text, time }: Extract<IrcEvent, { kind: 'sotto' }>): Promise<void> => {
    const key = fold(server, from.nick);
    const { partials, invite } = takePart(state.of(server).partials, key, text, now());
    state.set(server, { partials });
    const read = invite === null || Math.abs(now() - time) > offering.OFFER_MS ? null : dm().readOffer(invite);
    const offers = offering.expire(state.of(server).offers, now());
    if (invite === null || read === null || !offering.mayShow(offers, read.id, key, now())) return;
    const query = await openQuery(server, from.nick);
    const until = Math.min(read.expires, now() + offering.OFFER_MS);
    const offer: offering.Offer = { key, nick: from.nick, seen: seenOf(server, from), buffer: query.id, invite, until };
    setOffers(server, offering.show(offers, offer, read.id, now()));
    tell();
    options.onNotice(`${from.nick} on ${server} offers a private conversation.`);
  };

  /** The binding a buffer is about. */
  const bindingOf = (id: BufferId): { server: ServerName; binding: rules.Binding } => {
    const view = buffers.require(id);
    const { server, contact } = view;
    const found =
      server !== null && view.kind === 'query'
        ? rules.find(state.of(server).bindings, fold(server, nickOfQuery(view.name)))
        : contact === null
          ? undefined
          : state.servers().flatMap(([, { bindings }]) => rules.ofContact(bindings, contact) ?? [])[0];
    const where =
      view.kind === 'query' ? server : (state.servers().find(([, { bindings }]) => found && bindings.includes(found))?.[0] ?? null);
    if (!found || where === null) throw new ContractError('notFound', 'This conversation does not stand for a nick.');
    return { server: where, binding: found };
  };
  const conversationOf = async (contact: ContactId): Promise<BufferId> => buffers.ofContact(contact)?.id ?? dm().open(contact);

  return {
    load: async () => {
      await state.load();
      // An invite is in memory only: who had not answered by then does not answer any more.
      for (const [server, { bindings }] of state.servers())
        for (const { contact } of bindings.filter((binding) => binding.state === 'bound' && !dm().contactOpened(binding.contact)))
          setBindings(server, rules.failed(state.of(server).bindings, contact, 'Sotto was ended before they had answered the offer.'));
    },
    stop: () => {
      if (timer !== null) clearTimeout(timer);
    },
    views,
    queryName,
    bound: (server) =>
      state
        .of(server)
        .bindings.filter((binding) => binding.state === 'bound')
        .map(({ nick }) => nick),
    contactOf: (server, nick) => {
      const binding = rules.find(state.of(server).bindings, fold(server, nick));
      if (!binding) return null;
      // A conversation that never was a query is no place to ask whom it is for.
      const isPlace = binding.state !== 'held' || isOfServer(buffers.ofContact(binding.contact), server);
      return isPlace ? binding.contact : null;
    },

    irc: (server, event) => {
      const { bindings, offers } = state.of(server);
      const key = (nick: string): string => fold(server, nick);
      switch (event.kind) {
        case 'sotto':
          return takeOffer(server, event);
        case 'text':
        case 'join':
          if (event.historic || event.self || event.from.server || bindings.length === 0) return undefined;
          if (setBindings(server, rules.seen(bindings, key(event.from.nick), seenOf(server, event.from)))) tell();
          return undefined;
        case 'user':
          if (bindings.length === 0) return undefined;
          if (
            setBindings(
              server,
              rules.changed(bindings, key(event.from.nick), seenOf(server, event.from), {
                account: event.account,
                user: event.user,
                host: event.host,
              }),
            )
          )
            tell();
          return undefined;
        case 'nick': {
          if (event.historic || event.self) return undefined;
          const [from, to] = [key(event.from.nick), key(event.to)];
          const isChanged = setBindings(server, rules.renamed(bindings, from, { key: to, nick: event.to }));
          const isLess = setOffers(server, offering.cleared(offering.cleared(state.of(server).offers, from), to));
          if (isChanged || isLess) tell();
          return undefined;
        }
        case 'quit': {
          if (event.historic) return undefined;
          const isChanged = setBindings(server, rules.left(bindings, key(event.from.nick)));
          if (setOffers(server, offering.cleared(offers, key(event.from.nick))) || isChanged) tell();
          return undefined;
        }
        // Nobody has to share a channel to be seen leaving.
        case 'monitor': {
          if (event.online) return undefined;
          const isChanged = setBindings(server, rules.left(bindings, key(event.nick)));
          if (setOffers(server, offering.cleared(offers, key(event.nick))) || isChanged) tell();
          return undefined;
        }
        case 'state': {
          if (event.state.phase === 'online') return undefined;
          const isChanged = setBindings(server, rules.disconnected(bindings));
          const hasOffers = offers.own.length + offers.theirs.length > 0;
          if (hasOffers) setOffers(server, { ...offers, own: [], theirs: [] });
          if (isChanged || hasOffers) tell();
          return undefined;
        }
        case 'folding':
          setBindings(
            server,
            rules.refolded(bindings, (nick) => key(nick)),
          );
          return undefined;
        case 'registered':
        case 'part':
        case 'kick':
        case 'mode':
        case 'topic':
        case 'members':
        case 'member':
        case 'invite':
        case 'react':
        case 'redact':
        case 'typing':
        case 'readMarker':
        case 'rename':
        case 'list':
        case 'masks':
        case 'metadata':
        case 'features':
        case 'bouncerNetwork':
        case 'history':
        case 'dcc':
        case 'dccResume':
        case 'ctcpReply':
        case 'accountRegistration':
        case 'away':
        case 'server':
          return undefined;
        default:
          return assertNever(event);
      }
    },

    news: (news) => {
      switch (news.kind) {
        case 'invited':
          for (const [server, { offers }] of state.servers()) {
            const own = offers.own.find(({ invite }) => invite === news.invite);
            if (!own) continue;
            const left = offering.cleared(offers, own.key);
            const binding = rules.find(state.of(server).bindings, own.key);
            // Whoever answers second, with an offer that was still open, takes the nick from nobody.
            if (binding && binding.contact !== news.contact && dm().contactOpened(binding.contact)) setOffers(server, left);
            else bind(server, own, news.contact, own.buffer, left);
          }
          return;
        case 'gaveUp':
          for (const { server } of state.ofContact(news.contact))
            setBindings(server, rules.failed(state.of(server).bindings, news.contact, `${news.reason}.`));
          tell();
          return;
        case 'merged':
          for (const { server, binding } of state.ofContact(news.from)) {
            const buffer = buffers.ofContact(news.from);
            // The lines stay where they are; the conversation goes on where it was with them.
            if (buffer && isOfServer(buffer, server) && buffers.find('query', server, binding.key) === undefined) {
              if (buffers.ofContact(news.into)) buffers.unbind(buffer.id, binding.key, markedName(binding.nick));
              else buffers.bind(buffer.id, news.into, nameOf(news.into));
            }
            setBindings(server, rules.merged(state.of(server).bindings, news.from, news.into));
          }
          tell();
          return;
        case 'removed':
          for (const { server, binding } of state.ofContact(news.contact)) {
            setBindings(server, rules.removed(state.of(server).bindings, news.contact));
            rename(server, binding.key);
          }
          tell();
          return;
        default:
          assertNever(news);
      }
    },

    checkNick: (server, nick) => {
      const binding = rules.find(state.of(server).bindings, fold(server, nick));
      if (binding?.state === 'held') throw new ContractError('held', words.held(binding, nameOf(binding.contact)));
    },
    checkPrivate: (buffer) => {
      const { contact } = buffer;
      if (contact === null) return;
      const mine = state.ofContact(contact).filter(({ server }) => isOfServer(buffer, server));
      const last = mine.at(-1);
      if (last && mine.every(({ binding }) => binding.state === 'held'))
        throw new ContractError('held', words.held(last.binding, nameOf(contact)));
    },
    checkPlain: (server, action) => {
      for (const name of toldBy(action)) {
        const key = fold(server, name);
        const binding = rules.find(state.of(server).bindings, key);
        if (!binding || state.of(server).open.has(key)) continue;
        const contact = nameOf(binding.contact);
        throw new ContractError('held', binding.state === 'held' ? words.held(binding, contact) : words.isPrivate(binding.nick, contact));
      }
    },

    offer: async (id, signal) => {
      const view = buffers.require(id);
      if (view.kind === 'private') throw new ContractError('badInput', 'This conversation is private already.');
      if (view.kind !== 'query' || view.server === null)
        throw new ContractError('badInput', 'A private conversation is offered to one person: open a conversation with their nick first.');
      const server = view.server;
      const network = servers().require(server);
      const nick = nickOfQuery(view.name);
      const key = fold(server, nick);
      if (network.view().state.phase !== 'online') throw new ContractError('notConnected', 'Not connected to this server.');
      if (rules.find(state.of(server).bindings, key)?.state === 'bound')
        throw new ContractError('badInput', `You talk to ${nick} in private already.`);
      const pause = offering.pauseBefore(state.of(server).offers, key, now());
      if (pause === null)
        throw new ContractError('limit', `${offering.MAX_OWN_OFFERS} offers are open already. Each ends after ten minutes.`);
      if (pause > 0) throw new ContractError('limit', `An offer is on its way. Another one can be made in ${Math.ceil(pause / 1_000)} s.`);
      const who = network.network.who(nick);
      // Of whom a channel shows only the nick it is not known that they have no account.
      const seen: rules.Seen = { user: who?.user ?? null, host: who?.host ?? null, account: who?.account ?? undefined };
      const begun: offering.OwnOffer = { key, nick, seen, buffer: id, invite: null, made: now(), until: now() + offering.OFFER_MS };
      setOffers(server, offering.offered(state.of(server).offers, begun));
      tell();
      let made: Awaited<ReturnType<Dm['offer']>> | null = null;
      try {
        await options.ready(signal);
        made = await dm().offer(signal);
        // The nick may be somebody else's by now.
        if (!state.of(server).offers.own.includes(begun))
          throw new ContractError('unavailable', `${nick} left, or the offer was withdrawn.`);
        const offer: offering.OwnOffer = { ...begun, invite: made.id, until: made.expires };
        network.act({ kind: 'sotto', target: nick, parts: splitInvite(made.text, offerId()) });
        setOffers(server, offering.offered(state.of(server).offers, offer));
        tell();
      } catch (error) {
        withdrawn(made?.id ?? null);
        const { offers } = state.of(server);
        setOffers(server, { ...offers, own: offers.own.filter((offer) => offer !== begun) });
        tell();
        throw error;
      }
    },
    withdraw: (id) => {
      for (const [server, { offers }] of state.servers())
        setOffers(server, { ...offers, own: offers.own.filter(({ buffer }) => buffer !== id) });
      tell();
      return Promise.resolve();
    },
    answer: async (id, accept) => {
      const { server } = buffers.require(id);
      const offer =
        server === null ? undefined : offering.expire(state.of(server).offers, now()).theirs.find(({ buffer }) => buffer === id);
      if (!offer || server === null) throw new ContractError('notFound', 'This offer has ended.');
      const drop = (): void => {
        const { offers } = state.of(server);
        setOffers(server, { ...offers, theirs: offers.theirs.filter(({ key }) => key !== offer.key) });
        tell();
      };
      if (!accept) {
        drop();
        return id;
      }
      // Taken before anything waits: a second press finds none.
      drop();
      const contact = await dm().acceptOffer(offer.invite, offer.nick);
      // An offer of ours stays open: they may be accepting it at this moment, and our invite is what their hello is sealed for.
      bind(server, offer, contact, id, offering.answered(state.of(server).offers, offer.key));
      return conversationOf(contact);
    },
    choose: async (id, to) => {
      const { server, binding } = bindingOf(id);
      const { key, nick, contact } = binding;
      if (to === 'private') {
        for (const other of state.of(server).bindings)
          if (other.contact === contact && other.state === 'held')
            setBindings(server, rules.choose(state.of(server).bindings, other.key, 'private'));
        tell();
        return conversationOf(contact);
      }
      setBindings(server, rules.choose(state.of(server).bindings, key, 'plain'));
      const buffer = buffers.ofContact(contact);
      // Nobody ever answered there: the query is what it was.
      if (buffer && isOfServer(buffer, server) && !dm().contactOpened(contact) && buffers.find('query', server, key) === undefined) {
        buffers.unbind(buffer.id, key, nick);
        await dm().remove(contact, false);
      }
      rename(server, key);
      const query = await openQuery(server, nick);
      tell();
      return query.id;
    },
    plain: async (id) => {
      const { server, binding } = bindingOf(id);
      const query = await openQuery(server, binding.nick);
      state.set(server, { open: new Set([...state.of(server).open, binding.key]) });
      tell();
      return query.id;
    },
  };
}

const offerId = (): string => {
  const bytes = randomBytes(OFFER_ID_BYTES);
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_');
};

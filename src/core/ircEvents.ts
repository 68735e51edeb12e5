/** What an IRC event means for buffers and nick lists. Returns a promise only where the store has to be asked first. */
import { assertNever, type ConnectionState, type EventHandler, type IrcEvent, type Origin } from '../contract/chat.ts';
import type { BufferId, ServerName } from '../contract/ids.ts';
import type { Details, Message, MessageKind } from '../contract/message.ts';
import type { BufferView } from '../contract/views.ts';
import type { Network } from '../irc/network.ts';
import type { Store } from '../store/store.ts';
import type { Buffers, Draft } from './buffers.ts';
import { ctcpReplyWords } from './ctcpReply.ts';
import { namesNick } from './highlights.ts';
import { detailsOf } from './ircDetails.ts';
import type { IrcHistory } from './ircHistory.ts';
import type { StateEvent } from './ircState.ts';
import { createNetsplits } from './netsplits.ts';
import type { Pages } from './pages.ts';

interface Options {
  server: ServerName;
  buffers: Buffers;
  pages: Pages;
  store: Pick<Store, 'findLine' | 'reactLine' | 'redactLine'>;
  history: Pick<IrcHistory, 'add' | 'flush' | 'joined'>;
  muted: (channel: string) => boolean;
  network: () => Network;
  /** The name of the query with a nick. */
  queryName: (nick: string) => string;
  onState: (state: ConnectionState) => void;
  onRegistered: (network: string | null) => void;
  onAway: (away: boolean) => void;
  onStateEvent: (event: StateEvent) => Promise<void> | undefined;
  /** Somebody reacts now to a line of ours. */
  onReaction: (buffer: BufferView, from: string, text: string, to: string) => void;
  /** Once per connection: registered and ready for commands. */
  onConnected: () => void;
}

const line = (kind: MessageKind, time: number, from: string | null, text: string, more: Partial<Draft> = {}): Draft => ({
  kind,
  time,
  from,
  text,
  subject: null,
  self: false,
  highlight: false,
  msgid: null,
  ...more,
});

export function createIrcEvents(options: Options): EventHandler<IrcEvent> {
  const { server, buffers, pages, store, history } = options;
  let greeted = false;

  const channelBuffer = (name: string): BufferView | Promise<BufferView> =>
    buffers.find('channel', server, options.network().fold(name)) ??
    buffers.open({ kind: 'channel', server, contact: null, key: options.network().fold(name), name, muted: options.muted(name) });
  const queryBuffer = (nick: string): BufferView | Promise<BufferView> =>
    buffers.find('query', server, options.network().fold(nick)) ??
    buffers.open({ kind: 'query', server, contact: null, key: options.network().fold(nick), name: options.queryName(nick), muted: false });
  const conversation = (target: string | null): BufferView | Promise<BufferView> => {
    if (target === null) return buffers.openServer(server);
    return options.network().isChannel(target) ? channelBuffer(target) : queryBuffer(target);
  };
  /** The conversation if it is open already, else the server's buffer: a numeric never opens one. */
  const openConversation = (target: string | null): BufferView | Promise<BufferView> => {
    if (target === null) return buffers.openServer(server);
    const key = options.network().fold(target);
    return buffers.find('channel', server, key) ?? buffers.find('query', server, key) ?? buffers.openServer(server);
  };
  const into = (buffer: BufferView | Promise<BufferView>, draft: Draft): Promise<void> | undefined => {
    if (buffer instanceof Promise) return buffer.then((opened) => void buffers.add(opened.id, draft));
    buffers.add(buffer.id, draft);
    return undefined;
  };
  /** A line of a history, or one that is said now. */
  const place = (buffer: BufferView | Promise<BufferView>, draft: Draft, historic: boolean): Promise<void> | undefined => {
    if (!historic) return into(buffer, draft);
    if (buffer instanceof Promise) return buffer.then((opened) => history.add(opened.id, draft));
    return history.add(buffer.id, draft);
  };
  const placeText = async (
    buffer: BufferView | Promise<BufferView>,
    draft: Draft,
    event: Extract<IrcEvent, { kind: 'text' }>,
  ): Promise<void> => {
    const opened = await buffer;
    // The line it answers may have come a moment ago.
    if (event.tags?.replyTo !== undefined) {
      if (event.historic) await history.flush();
      buffers.flush();
    }
    const details: Details | undefined = await detailsOf(event.tags, opened.id, store);
    await place(opened, details === undefined ? draft : { ...draft, details }, event.historic);
  };
  /** A change of a line that is here; of another one, and in a conversation that is not open, it means nothing. */
  const amend = async (target: string, historic: boolean, work: (buffer: BufferId) => Promise<Message | null>): Promise<Message | null> => {
    const key = options.network().fold(target);
    const buffer = buffers.find(options.network().isChannel(target) ? 'channel' : 'query', server, key);
    if (!buffer) return null;
    if (historic) await history.flush();
    buffers.flush();
    const changed = await work(buffer.id);
    if (changed) buffers.changed(changed);
    return changed;
  };
  const setJoined = async (channel: string, joined: boolean): Promise<BufferId> => {
    const buffer = await channelBuffer(channel);
    buffers.update(buffer.id, { joined });
    return buffer.id;
  };
  const allIn = (channels: readonly string[], draft: Draft, historic: boolean): void => {
    for (const channel of channels) {
      const buffer = buffers.find('channel', server, options.network().fold(channel));
      if (buffer) void place(buffer, draft, historic);
    }
  };
  /** A netsplit is thousands of people times dozens of channels: only nick lists that somebody looks at hear of each. */
  const leaveShown = (channels: readonly string[], nick: string): void => {
    for (const id of pages.shown()) {
      const buffer = buffers.opened(id);
      if (buffer?.kind !== 'channel' || buffer.server !== server) continue;
      const key = options.network().fold(buffer.name);
      if (channels.some((channel) => options.network().fold(channel) === key)) pages.member(id, nick, null);
    }
  };
  const name = (origin: Origin): string => origin.nick;
  const netsplits = createNetsplits({
    fold: (nick) => options.network().fold(nick),
    tell: (channel, time, text) => {
      allIn([channel], line('info', time, null, text), false);
    },
    tellOne: (channel, kind, nick, time, reason) => {
      allIn([channel], line(kind, time, nick, reason), false);
    },
  });

  return (event) => {
    switch (event.kind) {
      case 'state':
        if (event.state.phase !== 'online') {
          greeted = false;
          netsplits.disconnected();
          for (const buffer of buffers.ofServer(server))
            if (buffer.kind === 'channel' && buffer.joined) buffers.update(buffer.id, { joined: false });
        }
        options.onState(event.state);
        return undefined;
      case 'registered':
        options.onRegistered(event.network);
        if (!greeted) {
          greeted = true;
          options.onConnected();
        }
        return undefined;
      case 'folding':
        buffers.refold(server, (text) => options.network().fold(text));
        return undefined;
      case 'text': {
        netsplits.flush();
        const highlight = !event.self && event.form !== 'notice' && namesNick(event.text, options.network().nick());
        const said = event.tags?.channelContext ?? event.target;
        const target = event.from.server && said !== null && !options.network().isChannel(said) ? null : said;
        const draft = line(event.form, event.time, name(event.from), event.text, { self: event.self, highlight, msgid: event.msgid });
        if (event.tags !== undefined) return placeText(conversation(target), draft, event);
        return place(conversation(target), draft, event.historic);
      }
      case 'join': {
        if (netsplits.take(event)) return undefined;
        const draft = line('join', event.time, name(event.from), '', { self: event.self });
        if (!event.self || event.historic) return place(channelBuffer(event.channel), draft, event.historic);
        return setJoined(event.channel, true).then((id) => {
          buffers.add(id, draft);
          return history.joined(buffers.require(id), event.time);
        });
      }
      case 'part': {
        netsplits.flush();
        const draft = line('part', event.time, name(event.from), event.reason, { self: event.self });
        // The answer to closing the buffer must not open it again.
        if (event.self && !buffers.find('channel', server, options.network().fold(event.channel))) return undefined;
        if (!event.self || event.historic) return place(channelBuffer(event.channel), draft, event.historic);
        return setJoined(event.channel, false).then((id) => void buffers.add(id, draft));
      }
      case 'kick': {
        netsplits.flush();
        const draft = line('kick', event.time, name(event.from), event.reason, { subject: event.nick, highlight: event.self });
        if (!event.self || event.historic) return place(channelBuffer(event.channel), draft, event.historic);
        return setJoined(event.channel, false).then((id) => void buffers.add(id, draft));
      }
      case 'quit':
        if (!event.historic) leaveShown(event.channels, event.from.nick);
        if (netsplits.take(event)) return undefined;
        allIn(event.channels, line('quit', event.time, name(event.from), event.reason), event.historic);
        return undefined;
      case 'nick': {
        const draft = line('nick', event.time, name(event.from), '', { subject: event.to, self: event.self });
        allIn(event.channels, draft, event.historic);
        if (event.historic) return undefined;
        if (event.self) {
          options.onRegistered(null);
          return into(buffers.openServer(server), draft);
        }
        const query = buffers.find('query', server, options.network().fold(event.from.nick));
        if (query && !buffers.find('query', server, options.network().fold(event.to))) {
          buffers.add(query.id, draft);
          buffers.update(query.id, { name: options.queryName(event.to) }, options.network().fold(event.to));
        }
        return undefined;
      }
      case 'mode':
        return into(
          event.channel ? channelBuffer(event.target) : buffers.openServer(server),
          line('mode', event.time, name(event.from), event.modes, { subject: event.target }),
        );
      case 'topic': {
        const buffer = channelBuffer(event.channel);
        const take = (opened: BufferView): void => {
          if (!event.historic) buffers.update(opened.id, { topic: event.topic });
          if (event.changed) buffers.add(opened.id, line('topic', event.time, event.from?.nick ?? null, event.topic));
        };
        if (buffer instanceof Promise) return buffer.then(take);
        take(buffer);
        return undefined;
      }
      case 'members': {
        const buffer = buffers.find('channel', server, options.network().fold(event.channel));
        if (buffer) pages.members(buffer.id, event.members);
        return undefined;
      }
      case 'member': {
        const buffer = buffers.find('channel', server, options.network().fold(event.channel));
        if (buffer) pages.member(buffer.id, event.nick, event.member);
        return undefined;
      }
      case 'invite': {
        const network = options.network();
        // Somebody else was invited to a channel of ours (invite-notify): nothing for us to do.
        if (network.fold(event.nick) !== network.fold(network.nick())) {
          allIn([event.channel], line('info', event.time, null, `${event.from.nick} invited ${event.nick}.`), event.historic);
          return undefined;
        }
        return into(
          buffers.openServer(server),
          line('info', event.time, null, `${event.from.nick} invites ${event.nick} to ${event.channel}. /join ${event.channel} accepts.`, {
            highlight: !event.historic,
          }),
        );
      }
      case 'sotto':
      case 'user':
        // Nothing to show: `secure/` has dealt with it.
        return undefined;
      case 'react': {
        const { msgid, text, removed } = event;
        const reaction = { msgid, nick: name(event.from), text, removed };
        return amend(event.target, event.historic, (buffer) => store.reactLine({ buffer, ...reaction })).then((changed) => {
          const buffer = changed?.self === true && !event.historic && !event.self && !removed ? buffers.opened(changed.buffer) : undefined;
          if (changed && buffer) options.onReaction(buffer, reaction.nick, text, changed.text);
        });
      }
      case 'redact': {
        const { msgid, reason } = event;
        return amend(event.target, event.historic, (buffer) => store.redactLine({ buffer, msgid, by: name(event.from), reason })).then(
          () => undefined,
        );
      }
      case 'typing': {
        const key = options.network().fold(event.target);
        const buffer = buffers.find(options.network().isChannel(event.target) ? 'channel' : 'query', server, key);
        if (buffer) pages.typing({ buffer: buffer.id, nick: event.from.nick, state: event.state });
        return undefined;
      }
      case 'history':
      case 'readMarker':
        // `ircHistory` has dealt with it.
        return undefined;
      case 'ctcpReply':
        return into(openConversation(event.from.nick), line('info', event.time, null, ctcpReplyWords(event, Date.now())));
      case 'dcc':
      case 'dccResume':
        // Transfers have dealt with it.
        return undefined;
      case 'accountRegistration':
        return undefined;
      case 'rename':
      case 'list':
      case 'masks':
      case 'monitor':
      case 'metadata':
      case 'features':
      case 'bouncerNetwork':
        return options.onStateEvent(event);
      case 'away':
        options.onAway(event.away);
        return undefined;
      case 'server':
        return into(openConversation(event.target), line(event.severity === 'error' ? 'error' : 'server', event.time, null, event.text));
      default:
        return assertNever(event);
    }
  };
}

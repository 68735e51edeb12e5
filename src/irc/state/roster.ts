/** Who is where: users and channels of one session, in maps by folded name. Nothing here speaks to the network. */
import type { Member } from '../../contract/chat.ts';
import { foldChannel, foldNick, type CaseMapping, type FoldedChannel, type FoldedNick } from './fold.ts';

export const MAX_CHANNELS = 1_000;
/** Users in all channels together, each counted once per channel. */
const MAX_MEMBERSHIPS = 200_000;
/** UTF-16 units of all metadata together. */
export const MAX_METADATA = 2_000_000;

export interface User {
  nick: string;
  /** The folded nick: one string for all maps, so that a look-up by it compares no letters. */
  key: FoldedNick;
  user: string | null;
  host: string | null;
  account: string | null;
  away: boolean;
  /** Null: not known. */
  realname: string | null;
  /** They say to be a bot (bot mode). */
  bot: boolean;
  /** What they say about themselves (metadata): keys that Sotto asked for, values cleaned. Null: nothing. */
  metadata: Readonly<Record<string, string>> | null;
  channels: Set<Channel>;
}

export interface Channel {
  name: string;
  topic: string;
  /** Modes that are set, as far as they were told, with their parameter; never lists or people's status. */
  modes: Map<string, string | null>;
  members: Map<FoldedNick, Membership>;
}

export interface Membership {
  user: User;
  /** Status characters, highest first. */
  prefix: string;
}

export interface Roster {
  mapping(): CaseMapping;
  nickKey(nick: string): FoldedNick;
  channelKey(name: string): FoldedChannel;
  channel(name: string): Channel | undefined;
  channels(): Channel[];
  user(nick: string): User | undefined;
  /** A channel we are in now. Null when there are too many. */
  open(name: string): Channel | null;
  close(name: string): void;
  /** Adds a user to a channel, or changes the prefix. Null when there are too many. */
  enter(channel: Channel, nick: string, prefix: string): Membership | null;
  leave(channel: Channel, nick: string): void;
  /** Removes a user everywhere and says where it was. */
  remove(nick: string): Channel[];
  /** Says where the user is. Users we do not know are in no channel. */
  rename(nick: string, to: string): Channel[];
  membership(channel: Channel, nick: string): Membership | undefined;
  /** What a user says about themselves, as a whole. False where all users together say too much: it stays as it was. */
  setMetadata(user: User, metadata: User['metadata']): boolean;
  /** The channel is called otherwise; its members stay. Null where it is not known, or another one has the name. */
  renameChannel(from: string, to: string): Channel | null;
  /** Rebuilds all keys; names that became equal collapse into one. */
  refold(mapping: CaseMapping): void;
}

export function toMember({ user, prefix }: Membership): Member {
  const member: Member = { nick: user.nick, prefix, away: user.away, account: user.account };
  if (user.bot) member.bot = true;
  if (user.metadata !== null) member.metadata = user.metadata;
  return member;
}

export function createRoster(initial: CaseMapping): Roster {
  let mapping = initial;
  let users = new Map<FoldedNick, User>();
  let channels = new Map<FoldedChannel, Channel>();
  let memberships = 0;
  let said = 0;
  const size = ({ metadata }: Pick<User, 'metadata'>): number => {
    if (metadata === null) return 0;
    return Object.entries(metadata).reduce((sum, [key, value]) => sum + key.length + value.length, 0);
  };

  const nickKey = (nick: string): FoldedNick => foldNick(mapping, nick);
  const channelKey = (name: string): FoldedChannel => foldChannel(mapping, name);

  /** Somebody who is in no channel any more. */
  const forget = (user: User): void => {
    users.delete(user.key);
    said -= size(user);
  };
  const drop = (channel: Channel, key: FoldedNick): void => {
    const membership = channel.members.get(key);
    if (!membership) return;
    channel.members.delete(key);
    memberships -= 1;
    membership.user.channels.delete(channel);
    if (membership.user.channels.size === 0) forget(membership.user);
  };

  return {
    mapping: () => mapping,
    nickKey,
    channelKey,
    channel: (name) => channels.get(channelKey(name)),
    channels: () => [...channels.values()],
    user: (nick) => users.get(nickKey(nick)),
    open: (name) => {
      const known = channels.get(channelKey(name));
      if (known) return known;
      if (channels.size >= MAX_CHANNELS) return null;
      const channel: Channel = { name, topic: '', modes: new Map(), members: new Map() };
      channels.set(channelKey(name), channel);
      return channel;
    },
    close: (name) => {
      const channel = channels.get(channelKey(name));
      if (!channel) return;
      for (const key of [...channel.members.keys()]) drop(channel, key);
      channels.delete(channelKey(name));
    },
    enter: (channel, nick, prefix) => {
      const key = nickKey(nick);
      const known = channel.members.get(key);
      if (known) {
        known.prefix = prefix;
        return known;
      }
      if (memberships >= MAX_MEMBERSHIPS) return null;
      const user = users.get(key) ?? {
        nick,
        key,
        user: null,
        host: null,
        account: null,
        away: false,
        realname: null,
        bot: false,
        metadata: null,
        channels: new Set(),
      };
      const membership: Membership = { user, prefix };
      users.set(user.key, user);
      user.channels.add(channel);
      channel.members.set(user.key, membership);
      memberships += 1;
      return membership;
    },
    leave: (channel, nick) => {
      drop(channel, nickKey(nick));
    },
    remove: (nick) => {
      const key = nickKey(nick);
      const user = users.get(key);
      if (!user) return [];
      const left = [...user.channels];
      for (const channel of left) channel.members.delete(user.key);
      memberships -= left.length;
      user.channels.clear();
      forget(user);
      return left;
    },
    rename: (nick, to) => {
      const from = nickKey(nick);
      const user = users.get(from);
      if (!user) return [];
      const key = nickKey(to);
      // A server that lets two users have one nick is wrong: the one that is renamed stays.
      if (key !== from) for (const channel of [...(users.get(key)?.channels ?? [])]) drop(channel, key);
      users.delete(from);
      users.set(key, user);
      user.nick = to;
      user.key = key;
      for (const channel of user.channels) {
        const membership = channel.members.get(from);
        channel.members.delete(from);
        if (membership) channel.members.set(key, membership);
      }
      return [...user.channels];
    },
    renameChannel: (from, to) => {
      const [key, next] = [channelKey(from), channelKey(to)];
      const channel = channels.get(key);
      if (!channel || (next !== key && channels.has(next))) return null;
      channels.delete(key);
      channels.set(next, channel);
      channel.name = to;
      return channel;
    },
    membership: (channel, nick) => channel.members.get(nickKey(nick)),
    setMetadata: (user, metadata) => {
      const change = size({ metadata }) - size(user);
      if (said + change > MAX_METADATA && change > 0) return false;
      said += change;
      user.metadata = metadata;
      return true;
    },
    refold: (next) => {
      mapping = next;
      users = new Map();
      memberships = 0;
      const old = [...channels.values()];
      channels = new Map();
      for (const channel of old) {
        const members = [...channel.members.values()];
        channel.members = new Map();
        const kept = channels.get(channelKey(channel.name)) ?? channel;
        channels.set(channelKey(channel.name), kept);
        for (const { user, prefix } of members) {
          const key = nickKey(user.nick);
          const same = users.get(key) ?? user;
          if (!users.has(key)) {
            users.set(key, user);
            user.key = key;
            user.channels = new Set();
          }
          if (!kept.members.has(key)) memberships += 1;
          same.channels.add(kept);
          kept.members.set(same.key, { user: same, prefix });
        }
      }
      said = [...users.values()].reduce((sum, user) => sum + size(user), 0);
    },
  };
}

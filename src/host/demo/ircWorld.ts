/** What the small IRC server knows and does: people, channels, commands. No sockets here. */

export interface WorldOptions {
  accounts: ReadonlyMap<string, string>;
  /** Offered in CAP LS, with values (`sasl=PLAIN`). */
  capabilities: readonly string[];
  isupport: readonly string[];
  motd: readonly string[];
}

interface Outlet {
  send: (line: string) => void;
  end: () => void;
}

export interface Person {
  nick: string;
  user: string;
  realname: string;
  account: string | null;
  away: string | null;
  readonly capabilities: Set<string>;
  readonly outlet: Outlet;
  negotiating: boolean;
  registered: boolean;
  sasl: string | null;
}

interface Room {
  name: string;
  topic: string | null;
  members: Map<Person, Set<'o' | 'v'>>;
}

export interface World {
  arrive(outlet: Outlet): Person;
  line(person: Person, line: string): void;
  leave(person: Person, reason: string): void;
}

const SERVER = 'irc.demo';
const NICK = /^[A-Za-z[\]\\`_^{|}][A-Za-z0-9[\]\\`_^{|}-]{0,29}$/;
const CHANNEL = /^#[^\s,:\u0007]{1,49}$/; // eslint-disable-line no-control-regex -- BEL is not legal in a channel's name

const fold = (name: string): string =>
  name.toLowerCase().replaceAll('[', '{').replaceAll(']', '}').replaceAll('\\', '|').replaceAll('^', '~');
const maskOf = (person: Person): string => `${person.nick}!${person.user}@demo.host`;

interface Request {
  tags: string;
  command: string;
  params: string[];
}

function read(line: string): Request {
  const [, tags = '', text = ''] = /^(?:@([^ ]*) +)?(.*)$/.exec(line) ?? [];
  const cut = text.indexOf(' :');
  const words = (cut === -1 ? text : text.slice(0, cut)).split(' ').filter((word) => word !== '');
  if (cut !== -1) words.push(text.slice(cut + 2));
  return { tags, command: (words[0] ?? '').toUpperCase(), params: words.slice(1) };
}

export function createWorld(options: WorldOptions): World {
  const people = new Set<Person>();
  const rooms = new Map<string, Room>();
  let messages = 0;

  const find = (nick: string): Person | undefined => [...people].find((person) => person.nick !== '*' && fold(person.nick) === fold(nick));
  const reply = (person: Person, numeric: string, ...params: string[]): void => {
    const words = params.map((param, index) => (index === params.length - 1 ? `:${param}` : param));
    person.outlet.send(`:${SERVER} ${numeric} ${person.nick} ${words.join(' ')}`);
  };
  const tell = (person: Person, line: string, extra: readonly string[] = []): void => {
    const tags = [
      ...(person.capabilities.has('server-time') ? [`time=${new Date().toISOString()}`] : []),
      ...(person.capabilities.has('message-tags') ? extra : []),
    ];
    person.outlet.send(tags.length > 0 ? `@${tags.join(';')} ${line}` : line);
  };
  const roomsOf = (person: Person): Room[] => [...rooms.values()].filter((room) => room.members.has(person));
  const neighbours = (person: Person): Set<Person> => new Set(roomsOf(person).flatMap((room) => [...room.members.keys()]));
  const prefix = (person: Person, modes: Set<'o' | 'v'> | undefined): string => {
    const all = `${modes?.has('o') === true ? '@' : ''}${modes?.has('v') === true ? '+' : ''}`;
    return person.capabilities.has('multi-prefix') ? all : all.slice(0, 1);
  };
  const depart = (person: Person, room: Room): void => {
    room.members.delete(person);
    if (room.members.size === 0) rooms.delete(fold(room.name));
  };

  const names = (person: Person, room: Room): void => {
    const list = [...room.members].map(
      ([member, modes]) => prefix(person, modes) + (person.capabilities.has('userhost-in-names') ? maskOf(member) : member.nick),
    );
    reply(person, '353', '=', room.name, list.join(' '));
    reply(person, '366', room.name, 'End of /NAMES list.');
  };

  const welcome = (person: Person): void => {
    if (person.registered || person.negotiating || person.nick === '*' || person.user === '') return;
    person.registered = true;
    reply(person, '001', `Welcome to the demo, ${person.nick}`);
    reply(person, '002', `Your host is ${SERVER}`);
    reply(person, '005', ...options.isupport, 'are supported by this server');
    for (const line of options.motd) reply(person, '372', `- ${line}`);
    reply(person, '376', 'End of /MOTD command.');
  };

  const message = (person: Person, { command, params, tags }: Request): void => {
    const [target = '', text = ''] = params;
    const room = rooms.get(fold(target));
    const other = find(target);
    const receivers = room ? [...room.members.keys()] : other ? [other] : [];
    if (receivers.length === 0 || (room && !room.members.has(person))) {
      if (command !== 'NOTICE') reply(person, room ? '404' : '401', target, room ? 'Cannot send to channel' : 'No such nick/channel');
      return;
    }
    messages += 1;
    const extra = [`msgid=demo-${messages}`, ...tags.split(';').filter((tag) => tag.startsWith('+'))];
    const line = `:${maskOf(person)} ${command} ${target}${command === 'TAGMSG' ? '' : ` :${text}`}`;
    if (person.capabilities.has('echo-message')) tell(person, line, extra);
    for (const receiver of receivers)
      if (receiver !== person && (command !== 'TAGMSG' || receiver.capabilities.has('message-tags'))) tell(receiver, line, extra);
    if (other?.away != null && command === 'PRIVMSG') reply(person, '301', other.nick, other.away);
  };

  const authenticate = (person: Person, text: string): void => {
    if (text.toUpperCase() === 'PLAIN' && person.sasl === null) {
      person.sasl = '';
      person.outlet.send('AUTHENTICATE +');
      return;
    }
    if (person.sasl === null || text === '*') {
      person.sasl = null;
      reply(person, text === '*' ? '906' : '904', 'SASL authentication failed');
      return;
    }
    person.sasl += text === '+' ? '' : text;
    if (text.length === 400) return;
    const bytes = Uint8Array.from(/^[A-Za-z0-9+/]*=*$/.test(person.sasl) ? atob(person.sasl) : '', (byte) => byte.charCodeAt(0));
    const [, name = '', password = ''] = new TextDecoder().decode(bytes).split('\0');
    person.sasl = null;
    if (name !== '' && options.accounts.get(name) === password) {
      person.account = name;
      reply(person, '900', maskOf(person), name, `You are now logged in as ${name}`);
      reply(person, '903', 'SASL authentication successful');
    } else reply(person, '904', 'SASL authentication failed');
  };

  const capability = (person: Person, [subcommand = '', ...rest]: string[]): void => {
    const send = (...words: string[]): void => {
      person.outlet.send(`:${SERVER} CAP ${person.nick} ${words.join(' ')}`);
    };
    switch (subcommand.toUpperCase()) {
      case 'LS':
        person.negotiating = !person.registered;
        send('LS', `:${options.capabilities.join(' ')}`);
        return;
      case 'REQ': {
        const asked = rest
          .join(' ')
          .split(' ')
          .filter((name) => name !== '');
        const offered = options.capabilities.map((name) => name.split('=')[0]);
        const good = asked.every((name) => offered.includes(name.replace(/^-/, '')));
        if (good)
          for (const name of asked) {
            if (name.startsWith('-')) person.capabilities.delete(name.slice(1));
            else person.capabilities.add(name);
          }
        send(good ? 'ACK' : 'NAK', `:${asked.join(' ')}`);
        return;
      }
      case 'END':
        person.negotiating = false;
        welcome(person);
    }
  };

  const enter = (person: Person, name: string): void => {
    if (!CHANNEL.test(name)) {
      reply(person, '403', name, 'No such channel');
      return;
    }
    const room: Room = rooms.get(fold(name)) ?? { name, topic: null, members: new Map<Person, Set<'o' | 'v'>>() };
    if (room.members.has(person)) return;
    rooms.set(fold(name), room);
    room.members.set(person, new Set(room.members.size === 0 ? ['o'] : []));
    for (const member of room.members.keys()) {
      const extended = member.capabilities.has('extended-join') ? ` ${person.account ?? '*'} :${person.realname}` : '';
      tell(member, `:${maskOf(person)} JOIN ${room.name}${extended}`);
    }
    if (room.topic !== null) reply(person, '332', room.name, room.topic);
    names(person, room);
  };

  const mode = (person: Person, [target = '', change = '', ...nicks]: string[]): void => {
    const room = rooms.get(fold(target));
    if (!room || change === '') {
      if (room) reply(person, '324', room.name, '+nt');
      else reply(person, '221', '+i');
      return;
    }
    if (room.members.get(person)?.has('o') !== true) {
      reply(person, '482', room.name, "You're not channel operator");
      return;
    }
    let adding = true;
    let next = 0;
    for (const letter of change) {
      if (letter === '+' || letter === '-') adding = letter === '+';
      if (letter !== 'o' && letter !== 'v') continue;
      const other = find(nicks[next++] ?? '');
      const modes = other && room.members.get(other);
      if (adding) modes?.add(letter);
      else modes?.delete(letter);
    }
    for (const member of room.members.keys()) tell(member, `:${maskOf(person)} MODE ${room.name} ${[change, ...nicks].join(' ')}`);
  };

  const leave = (person: Person, reason: string): void => {
    const seen = neighbours(person);
    people.delete(person);
    for (const room of roomsOf(person)) depart(person, room);
    seen.delete(person);
    if (person.registered) for (const other of seen) tell(other, `:${maskOf(person)} QUIT :${reason}`);
  };

  /** Commands of people who are registered. */
  const registered: Record<string, (person: Person, request: Request) => void> = {
    PRIVMSG: message,
    NOTICE: message,
    TAGMSG: message,
    JOIN: (person, { params }) => {
      for (const name of (params[0] ?? '').split(',')) enter(person, name);
    },
    PART: (person, { params: [name = '', reason = ''] }) => {
      const room = rooms.get(fold(name));
      if (room?.members.has(person) !== true) {
        reply(person, '442', name, "You're not on that channel");
        return;
      }
      for (const member of room.members.keys()) tell(member, `:${maskOf(person)} PART ${room.name} :${reason}`);
      depart(person, room);
    },
    TOPIC: (person, { params }) => {
      const room = rooms.get(fold(params[0] ?? ''));
      if (!room) reply(person, '403', params[0] ?? '*', 'No such channel');
      else if (params[1] === undefined) reply(person, room.topic === null ? '331' : '332', room.name, room.topic ?? 'No topic is set');
      else {
        room.topic = params[1];
        for (const member of room.members.keys()) tell(member, `:${maskOf(person)} TOPIC ${room.name} :${room.topic}`);
      }
    },
    KICK: (person, { params: [name = '', nick = '', reason = ''] }) => {
      const room = rooms.get(fold(name));
      const other = find(nick);
      if (!room || !other || room.members.get(person)?.has('o') !== true) {
        reply(person, room && other ? '482' : '403', name, 'Not possible');
        return;
      }
      for (const member of room.members.keys()) tell(member, `:${maskOf(person)} KICK ${room.name} ${other.nick} :${reason}`);
      depart(other, room);
    },
    MODE: (person, { params }) => {
      mode(person, params);
    },
    NAMES: (person, { params }) => {
      const room = rooms.get(fold(params[0] ?? ''));
      if (room) names(person, room);
    },
    INVITE: (person, { params: [nick = '', name = ''] }) => {
      const other = find(nick);
      if (other) tell(other, `:${maskOf(person)} INVITE ${other.nick} ${name}`);
      reply(person, other ? '341' : '401', nick, other ? name : 'No such nick/channel');
    },
    AWAY: (person, { params: [reason] }) => {
      person.away = reason === undefined || reason === '' ? null : reason;
      reply(person, person.away === null ? '305' : '306', person.away === null ? 'You are no longer away' : 'You are away');
      for (const other of neighbours(person))
        if (other !== person && other.capabilities.has('away-notify'))
          tell(other, `:${maskOf(person)} AWAY${person.away === null ? '' : ` :${person.away}`}`);
    },
    WHOIS: (person, { params: [nick = ''] }) => {
      const other = find(nick);
      if (other) {
        reply(person, '311', other.nick, other.user, 'demo.host', '*', other.realname);
        if (other.account !== null) reply(person, '330', other.nick, other.account, 'is logged in as');
      } else reply(person, '401', nick, 'No such nick/channel');
      reply(person, '318', nick, 'End of /WHOIS list.');
    },
  };

  const changeNick = (person: Person, nick: string): void => {
    const owner = find(nick);
    if (!NICK.test(nick)) reply(person, '432', nick, 'Erroneous nickname');
    else if (owner && owner !== person) reply(person, '433', nick, 'Nickname is already in use');
    else {
      const old = maskOf(person);
      person.nick = nick;
      if (person.registered) for (const other of new Set([person, ...neighbours(person)])) tell(other, `:${old} NICK :${nick}`);
      else welcome(person);
    }
  };

  return {
    arrive: (outlet) => {
      const person: Person = {
        nick: '*',
        user: '',
        realname: '',
        account: null,
        away: null,
        capabilities: new Set(),
        outlet,
        negotiating: false,
        registered: false,
        sasl: null,
      };
      people.add(person);
      return person;
    },
    leave,
    line: (person, line) => {
      const request = read(line);
      const { command, params } = request;
      switch (command) {
        case 'CAP':
          capability(person, params);
          return;
        case 'AUTHENTICATE':
          authenticate(person, params[0] ?? '');
          return;
        case 'NICK':
          changeNick(person, params[0] ?? '');
          return;
        case 'USER':
          person.user = (params[0] ?? 'user').slice(0, 12);
          person.realname = params[3] ?? '';
          welcome(person);
          return;
        case 'PING':
          person.outlet.send(`:${SERVER} PONG ${SERVER} :${params[0] ?? ''}`);
          return;
        case 'QUIT':
          leave(person, params[0] ?? 'Quit');
          person.outlet.send(`ERROR :Closing link`);
          person.outlet.end();
          return;
        case 'PASS':
        case 'PONG':
        case '':
          return;
      }
      const handler = registered[command];
      if (!person.registered) reply(person, '451', 'You have not registered');
      else if (handler) handler(person, request);
      else reply(person, '421', command, 'Unknown command');
    },
  };
}

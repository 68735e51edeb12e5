/** /ns and its kin: a line to the network's services. */
import { done, usageError, type Command } from './command.ts';

const service = (name: string, nick: string, what: string): Command => {
  const command: Command = {
    name,
    aliases: [nick.toLowerCase()],
    usage: `/${name} command`,
    help: `Writes to ${nick}, ${what}.`,
    arguments: ['text'],
    run: async (args, context) => {
      if (args.trim() === '') throw usageError(command);
      context.checkNick(nick);
      const query = await context.openQuery(nick);
      await context.say(query, 'privmsg', args.trim());
      return done;
    },
  };
  return command;
};

export const serviceCommands: readonly Command[] = [
  service('ns', 'NickServ', 'which keeps accounts'),
  service('cs', 'ChanServ', 'which keeps channels'),
  service('ms', 'MemoServ', 'which keeps notes'),
  service('hs', 'HostServ', 'which gives host names'),
  service('bs', 'BotServ', 'which lends bots'),
];

/** Commands that are an IRC command of the same name with the arguments as typed. Everything else needs /raw. */
import { done, usageError, words, type Command } from './command.ts';

/** Words of one line. */
const MAX_WORDS = 15;

const question = (name: string, usage: string, min: number, help: string, last = false): Command => {
  const command: Command = {
    name,
    aliases: [],
    usage: usage === '' ? `/${name}` : `/${name} ${usage}`,
    help,
    arguments: usage === '' ? [] : ['word', 'word'],
    run: (args, context) => {
      // Where the last argument is a text, it may hold more words than a line has parameters.
      if (last) {
        if (args.trim().split(' ').length < min) throw usageError(command);
      } else words(args, min, MAX_WORDS, command);
      context.act({ kind: 'raw', line: `${name.toUpperCase()} ${args.trim()}`.trim() });
      return Promise.resolve(done);
    },
  };
  return command;
};

export const questionCommands: readonly Command[] = [
  question('motd', '[server]', 0, 'Shows the message of the day.'),
  question('admin', '[server]', 0, 'Shows who runs the server.'),
  question('info', '[server]', 0, 'Shows what the server is.'),
  question('version', '[server]', 0, 'Shows the version of the server.'),
  question('time', '[server]', 0, 'Shows the time of the server.'),
  question('lusers', '', 0, 'Shows how many people are on the network.'),
  question('links', '[mask]', 0, 'Lists the servers of the network.'),
  question('map', '', 0, 'Shows how the servers are connected.'),
  question('stats', 'letter [server]', 1, 'Asks for statistics of the server.'),
  question('rules', '', 0, 'Shows the rules of the server.'),
  question('helpop', '[topic]', 0, 'Asks for the help of the server.'),
  question('userhost', 'nick [nick …]', 1, 'Asks for the hosts of nicks.'),
  question('userip', 'nick', 1, 'Asks for the address of a nick (operators only on most servers).'),
  question('accept', 'nick[,nick]', 1, 'Lets somebody write to you while you take messages from few (mode +g); -nick takes it back.'),
  question('silence', '[+mask|-mask]', 0, 'Has the server drop what somebody sends to you.'),
  question('cnotice', 'nick #channel :text', 3, 'Sends a notice as a channel operator, past the limit of targets.', true),
  question('cprivmsg', 'nick #channel :text', 3, 'Sends a message as a channel operator, past the limit of targets.', true),
  question('massmessage', 'target :text', 2, 'Sends a message to many, where you are an operator of the server.', true),
  question('wallops', ':text', 1, 'Writes to the operators of the network.', true),
];

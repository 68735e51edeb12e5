import { done, type Command } from './command.ts';

export const close: Command = {
  name: 'close',
  aliases: [],
  usage: '/close',
  help: 'Closes this buffer; a channel is left first. Lines stay stored.',
  arguments: [],
  run: async (_args, context) => {
    await context.closeBuffer(context.buffer.id);
    return done;
  },
};

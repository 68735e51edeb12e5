import { ContractError } from '../../contract/errors.ts';
import { done, type Command } from './command.ts';

export const rotateIdentity: Command = {
  name: 'rotate-identity',
  aliases: [],
  usage: '/rotate-identity yes',
  help: 'Replaces your identity by a new one, for example after somebody had access to this computer. Your contacts are told and see you as not verified; open invites end.',
  arguments: ['word'],
  run: async (args, context) => {
    if (args.trim().toLowerCase() !== 'yes')
      throw new ContractError(
        'badInput',
        'This gives you a new identity: your contacts are told, see you as not verified, and should compare the safety number again. Open invites end. Type /rotate-identity yes to do it.',
      );
    await context.rotateIdentity();
    return {
      ...done,
      note: 'You have a new identity. Your contacts are told as soon as they can be reached; compare safety numbers with them.',
    };
  },
};

/** Modes set on ourselves once connected (`umodes`), before channels are joined: some hide where we come from. */
import type { CreateExtension } from '../context.ts';

/** As in MODE: signs and letters. */
export const UMODES = /^[+-]?[A-Za-z](?:[+-]?[A-Za-z]){0,63}$/;

export const createUmodes: CreateExtension = (context) => ({
  onReady: () => {
    const { umodes: modes } = context.options;
    if (modes !== null && UMODES.test(modes)) context.send('background', 'MODE', [context.me.nick, modes]);
  },
});

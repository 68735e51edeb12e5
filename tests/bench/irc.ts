/** The IRC engine beside irc-framework and a bare parser, and whole Sottos before a server of the benchmark. */
import type { Figure } from './figures.ts';
import { benchEngine } from './irc/engine.ts';
import { benchWhole } from './irc/whole.ts';

export const benchIrc = async (): Promise<Figure[]> => [...(await benchEngine()), ...(await benchWhole())];

/** The tables this version reads, in the order of the manual. */
import type { Section } from '../key.ts';
import { directMessagesSection } from './directMessages.ts';
import { irohSection } from './iroh.ts';
import { ircServerSection } from './ircServer.ts';
import { saslPlainSection } from './sasl.ts';
import { veilidSection } from './veilid.ts';
import { veilidServerSection } from './veilidServer.ts';

export const sections: readonly Section[] = [
  ircServerSection,
  saslPlainSection,
  veilidServerSection,
  veilidSection,
  irohSection,
  directMessagesSection,
];

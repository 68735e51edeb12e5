/** The tables this version reads, in the order of the manual. */
import type { Section } from '../key.ts';
import { commandSections } from './commands.ts';
import { ctcpSection } from './ctcp.ts';
import { bouncerNetworkSection } from './bouncerNetwork.ts';
import { directMessagesSection } from './directMessages.ts';
import { fileTransferSection, fileTransferServerSection } from './fileTransfer.ts';
import { filtersSection } from './filters.ts';
import { irohSection } from './iroh.ts';
import { ircServerSection } from './ircServer.ts';
import { metadataSection } from './metadata.ts';
import { notificationSections } from './notifications.ts';
import { proxySections } from './proxy.ts';
import { saslSections } from './sasl.ts';
import { saslExternalSection } from './saslExternal.ts';
import { typingSections } from './typing.ts';
import { veilidSection } from './veilid.ts';
import { veilidServerSection } from './veilidServer.ts';

export const sections: readonly Section[] = [
  ircServerSection,
  ...saslSections,
  saslExternalSection,
  metadataSection,
  bouncerNetworkSection,
  filtersSection,
  ...proxySections,
  veilidServerSection,
  veilidSection,
  irohSection,
  directMessagesSection,
  ctcpSection,
  fileTransferSection,
  fileTransferServerSection,
  ...commandSections,
  ...typingSections,
  ...notificationSections,
];

/** What this server can do beyond RFC 1459, told once it is known and whenever it changes. */
import { noFeatures, type ServerFeatures } from '../../../contract/chat.ts';
import type { Context, CreateExtension } from '../context.ts';
import { isTagAllowed } from '../isupport.ts';

const MAX_ADDRESS = 512;

/** An address as told by the server, if it is one that may be used: https, without credentials; http only where IRC is not encrypted either. */
function address(told: string | null, plainAllowed: boolean): string | null {
  if (told === null || told.length > MAX_ADDRESS || !URL.canParse(told)) return null;
  const { protocol, username, password, hostname } = new URL(told);
  const isSafe = protocol === 'https:' || (plainAllowed && protocol === 'http:');
  return isSafe && username === '' && password === '' && hostname !== '' ? told : null;
}

function readFeatures(context: Context): ServerFeatures {
  const { caps, isupport, options } = context;
  const tags = caps.has('message-tags');
  const tag = (name: string): boolean => tags && isTagAllowed(isupport, name);
  return {
    ...noFeatures,
    typing: tag('typing'),
    replies: tag('reply') || tag('draft/reply'),
    reactions: tag('draft/react'),
    redaction: caps.has('draft/message-redaction'),
    history: caps.has('draft/chathistory'),
    readMarkers: caps.has('draft/read-marker'),
    multiline: caps.has('draft/multiline'),
    search: caps.has('soju.im/search'),
    rename: caps.has('draft/channel-rename'),
    metadata: caps.has('draft/metadata-2'),
    accountRegistration: caps.offered('draft/account-registration') !== undefined,
    monitor: isupport.monitor !== null,
    icon: address(isupport.icon, false),
    filehost: address(isupport.filehost, !options.tls),
    bouncer: caps.has('soju.im/bouncer-networks') && isupport.bouncerNetId === null,
  };
}

export const createFeatures: CreateExtension = (context) => {
  let isReady = false;
  let told = '';
  const tell = (): void => {
    if (!isReady) return;
    const features = readFeatures(context);
    const text = JSON.stringify(features);
    if (text === told) return;
    told = text;
    context.emit({ kind: 'features', features });
  };
  return {
    onReady: () => {
      isReady = true;
      tell();
    },
    onCapabilities: tell,
    onIsupport: tell,
  };
};

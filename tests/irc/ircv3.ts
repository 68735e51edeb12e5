/**
 * What Sotto speaks of IRCv3 and of the bouncers: `docs/IRCV3.md` is written from this by scripts/ircv3.mjs, and ircv3.test.ts holds it against
 * the tests and the engine.
 */
export interface Row {
  /** As ircv3.net and the bouncers call it. */
  spec: string;
  status: 'ratified' | 'draft' | 'deprecated' | 'vendor' | 'not of IRCv3';
  /** Capabilities, tags, commands and tokens on the wire. */
  wire: readonly string[];
  supported: boolean;
  /** Titles of `describe`s, in tests/. */
  tests: readonly string[];
  /** Real servers it was seen on in CI; what none of them has is proved by a scripted one. */
  on: readonly Server[];
  /** Why not, or how far. */
  note?: string;
}
type Server = 'InspIRCd' | 'Atheme' | 'ngIRCd' | 'ZNC';

const row = (
  spec: string,
  status: Row['status'],
  wire: readonly string[],
  tests: readonly string[],
  on: readonly Server[] = [],
  note?: string,
): Row => ({ spec, status, wire, supported: true, tests, on, ...(note === undefined ? {} : { note }) });
const without = (spec: string, status: Row['status'], wire: readonly string[], note: string, tests: readonly string[] = []): Row => ({
  spec,
  status,
  wire,
  supported: false,
  tests,
  on: [],
  note,
});

export const rows: readonly Row[] = [
  row(
    'capability-negotiation 3.1',
    'ratified',
    ['CAP'],
    ['IRCv3 capability-negotiation', 'on InspIRCd with services', 'an old server', 'behind ZNC'],
    ['InspIRCd', 'ngIRCd', 'ZNC'],
  ),
  row(
    'capability-negotiation 3.2',
    'ratified',
    ['CAP LS 302', 'CAP NEW', 'CAP DEL'],
    ['IRCv3 capability-negotiation', 'on InspIRCd with services', 'behind ZNC'],
    ['InspIRCd', 'ZNC'],
  ),
  row('cap-notify', 'ratified', ['cap-notify'], ['IRCv3 cap-notify', 'SASL with Atheme'], ['InspIRCd']),
  without('account-extban', 'ratified', ['ACCOUNTEXTBAN'], 'masks are sent as they are typed; no command makes one of an account yet'),
  row('account-notify', 'ratified', ['account-notify'], ['IRCv3 account-notify', 'InspIRCd beyond the ordinary'], ['InspIRCd']),
  row('account-tag', 'ratified', ['account-tag', 'account'], ['IRCv3 account-tag', 'InspIRCd beyond the ordinary'], ['InspIRCd']),
  row('away-notify', 'ratified', ['away-notify'], ['IRCv3 away-notify', 'on InspIRCd with services'], ['InspIRCd']),
  row('batch', 'ratified', ['batch'], ['IRCv3 batch', 'InspIRCd beyond the ordinary', 'behind ZNC'], ['InspIRCd', 'ZNC']),
  row('bot-mode', 'ratified', ['BOT', 'bot'], ['IRCv3 bot-mode', 'InspIRCd beyond the ordinary'], ['InspIRCd']),
  row('chghost', 'ratified', ['chghost'], ['IRCv3 chghost']),
  row('echo-message', 'ratified', ['echo-message'], ['IRCv3 echo-message', 'on InspIRCd with services', 'behind ZNC'], ['InspIRCd', 'ZNC']),
  row('extended-join', 'ratified', ['extended-join'], ['IRCv3 extended-join', 'InspIRCd beyond the ordinary'], ['InspIRCd']),
  row('extended-monitor', 'ratified', ['extended-monitor'], ['IRCv3 extended-monitor']),
  row('invite-notify', 'ratified', ['invite-notify'], ['IRCv3 invite-notify', 'InspIRCd beyond the ordinary'], ['InspIRCd']),
  row(
    'labeled-response',
    'ratified',
    ['labeled-response', 'label'],
    ['IRCv3 labeled-response', 'IRCv3 labeled-response, through the whole core'],
  ),
  row(
    'message-tags',
    'ratified',
    ['message-tags', 'TAGMSG', 'CLIENTTAGDENY'],
    ['IRCv3 message-tags', 'splitting lines', 'joining lines', 'InspIRCd beyond the ordinary'],
    ['InspIRCd'],
  ),
  row('monitor', 'ratified', ['MONITOR'], ['IRCv3 monitor', 'InspIRCd beyond the ordinary'], ['InspIRCd']),
  row('msgid', 'ratified', ['msgid'], ['IRCv3 msgid', 'IRCv3 msgid and echo-message', 'on InspIRCd with services'], ['InspIRCd']),
  row(
    'multi-prefix',
    'ratified',
    ['multi-prefix'],
    ['IRCv3 multi-prefix', 'on InspIRCd with services', 'an old server'],
    ['InspIRCd', 'ngIRCd'],
  ),
  row(
    'no-implicit-names',
    'ratified',
    ['no-implicit-names', 'draft/no-implicit-names', 'soju.im/no-implicit-names'],
    ['IRCv3 no-implicit-names'],
  ),
  row(
    'sasl 3.1',
    'ratified',
    ['sasl', 'AUTHENTICATE'],
    ['IRCv3 sasl', 'SASL with Atheme', 'SCRAM', 'ECDSA-NIST256P-CHALLENGE', 'the payload'],
    ['InspIRCd', 'Atheme'],
    'EXTERNAL, SCRAM-SHA-512, SCRAM-SHA-256, ECDSA-NIST256P-CHALLENGE, OAUTHBEARER, PLAIN, in this order; on Atheme EXTERNAL, ECDSA and PLAIN',
  ),
  row('sasl 3.2', 'ratified', ['sasl=…', '908'], ['IRCv3 sasl', 'SASL with Atheme', 'the order of mechanisms'], ['InspIRCd', 'Atheme']),
  row(
    'server-time',
    'ratified',
    ['server-time', 'time'],
    ['IRCv3 server-time', 'InspIRCd beyond the ordinary', 'behind ZNC'],
    ['InspIRCd', 'ZNC'],
  ),
  row('setname', 'ratified', ['setname'], ['IRCv3 setname', 'InspIRCd beyond the ordinary'], ['InspIRCd']),
  row('standard-replies', 'ratified', ['standard-replies', 'FAIL', 'WARN', 'NOTE'], ['IRCv3 standard-replies']),
  without('starttls', 'deprecated', ['tls'], 'on purpose: TLS that begins after plain text can be prevented', ['STARTTLS']),
  row('sts', 'ratified', ['sts'], ['IRCv3 sts', 'policies on disk']),
  row('userhost-in-names', 'ratified', ['userhost-in-names'], ['IRCv3 userhost-in-names', 'InspIRCd beyond the ordinary'], ['InspIRCd']),
  row('utf8only', 'ratified', ['UTF8ONLY'], ['IRCv3 utf8only']),
  without('webirc', 'ratified', ['WEBIRC'], 'for gateways: Sotto connects by itself'),
  row('websocket', 'ratified', ['text.ircv3.net', 'binary.ircv3.net'], ['IRCv3 websocket', 'InspIRCd beyond the ordinary'], ['InspIRCd']),
  row('whox', 'ratified', ['WHOX'], ['IRCv3 whox']),
  row('channel-context client tag', 'ratified', ['+channel-context', '+draft/channel-context'], ['IRCv3 channel-context client tag']),
  row(
    'reply client tag',
    'ratified',
    ['+reply', '+draft/reply'],
    ['IRCv3 reply client tag', 'IRCv3 message-redaction, react and reply, through the whole core'],
  ),
  row('typing client tag', 'ratified', ['+typing'], ['IRCv3 typing client tag', 'InspIRCd beyond the ordinary'], ['InspIRCd']),
  row(
    'account-registration',
    'draft',
    ['draft/account-registration', 'REGISTER', 'VERIFY'],
    [
      'IRCv3 account-registration',
      'IRCv3 account-registration, through the whole core',
      'IRCv3 account-registration before the connection is complete',
      'IRCv3 account-registration before the connection is complete, through the whole core',
    ],
  ),
  row('channel-rename', 'draft', ['draft/channel-rename', 'RENAME'], ['IRCv3 channel-rename']),
  row(
    'client-batch',
    'draft',
    ['BATCH'],
    ['IRCv3 multiline', 'IRCv3 multiline, through the whole core'],
    [],
    'for multiline, the only batch a client has to send',
  ),
  row(
    'chathistory',
    'draft',
    ['draft/chathistory', 'CHATHISTORY'],
    ['IRCv3 chathistory', 'IRCv3 chathistory, through the whole core', 'InspIRCd beyond the ordinary'],
    ['InspIRCd'],
    'on InspIRCd what it replays at a join, as batches',
  ),
  row('event-playback', 'draft', ['draft/event-playback'], ['IRCv3 event-playback', 'IRCv3 chathistory, through the whole core']),
  row('extended-isupport', 'draft', ['draft/extended-isupport'], ['IRCv3 extended-isupport']),
  row(
    'message-redaction',
    'draft',
    ['draft/message-redaction', 'REDACT'],
    ['IRCv3 message-redaction', 'IRCv3 message-redaction, react and reply, through the whole core'],
  ),
  row('metadata', 'draft', ['draft/metadata-2', 'METADATA'], ['IRCv3 metadata', 'IRCv3 metadata, through the whole core']),
  row('multiline', 'draft', ['draft/multiline', 'draft/multiline-concat'], ['IRCv3 multiline', 'IRCv3 multiline, through the whole core']),
  row('network-icon', 'draft', ['draft/ICON'], ['IRCv3 network-icon'], [], 'told to the page; never fetched by itself'),
  row('pre-away', 'draft', ['draft/pre-away'], ['IRCv3 pre-away']),
  row('read-marker', 'draft', ['draft/read-marker', 'MARKREAD'], ['IRCv3 read-marker', 'IRCv3 read-marker, through the whole core']),
  row(
    'react client tag',
    'draft',
    ['+draft/react', '+draft/unreact'],
    ['IRCv3 react client tag', 'IRCv3 message-redaction, react and reply, through the whole core', 'InspIRCd beyond the ordinary'],
    ['InspIRCd'],
  ),
  row('oper-tag', 'draft', ['draft/oper-tag', 'draft/oper'], ['IRCv3 bot mode, relaymsg and oper-tag']),
  row('relaymsg', 'not of IRCv3', ['draft/relaymsg'], ['IRCv3 bot mode, relaymsg and oper-tag'], [], 'proposed'),
  row('whoami', 'not of IRCv3', ['draft/whoami'], ['IRCv3 whoami'], [], 'proposed'),
  row(
    'soju bouncer-networks',
    'vendor',
    ['soju.im/bouncer-networks', 'soju.im/bouncer-networks-notify', 'BOUNCER'],
    ['soju.im/bouncer-networks', 'soju bouncer-networks, through the whole core'],
  ),
  row('soju search', 'vendor', ['soju.im/search'], ['soju.im/search']),
  row('soju FILEHOST', 'vendor', ['soju.im/FILEHOST'], ['soju.im/FILEHOST'], [], 'told to the page; nothing is uploaded yet'),
  row('soju SAFERATE', 'vendor', ['soju.im/SAFERATE'], ['soju.im/SAFERATE']),
  row('ZNC self-message', 'vendor', ['znc.in/self-message'], ['behind ZNC'], ['ZNC']),
  row('ZNC playback', 'vendor', ['znc.in/playback', 'znc.in/server-time-iso'], ['behind ZNC'], ['ZNC']),
];

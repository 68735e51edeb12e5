/** What the palette offers for a query. Pure but for the actions it carries. */
import UFuzzy from '@leeoniya/ufuzzy';
import type { BufferView } from '../../contract/views.ts';
import { recogniseAddress } from '../contacts/address.ts';
import { visibleName } from '../chat/visible.ts';
import { serverActions } from '../network/serverActions.ts';
import { walk } from '../network/sidebarOrder.ts';
import { nextTheme } from '../settings/preferences.svelte.ts';
import type { App } from '../shared/app.svelte.ts';

export interface PaletteItem {
  key: string;
  words: string;
  hint: string;
  run: () => void;
}

/** Longer queries are addresses or mistakes; they are not searched for. */
const MAX_QUERY = 100;
export const MAX_SHOWN = 50;

const fuzzy = new UFuzzy();

/** The buffer in which a command for `server` can be typed. */
function ircBuffer(app: App) {
  const { buffer } = app;
  if (buffer !== null && buffer.kind !== 'private' && buffer.server !== null) return buffer;
  return walk(app.sidebar).find(({ kind }) => kind === 'server') ?? null;
}

function joinItem(app: App, channel: string): PaletteItem[] {
  const where = ircBuffer(app);
  if (where === null || !/^[#&+!][^\s,]+$/.test(channel)) return [];
  return [
    {
      key: `join ${channel}`,
      words: `Join ${channel}`,
      hint: where.server ?? '',
      run: () => {
        void app.attempt(
          app.connection.call('buffer.input', { buffer: where.id, text: `/join ${channel}` }).then(({ focus }) => {
            if (focus !== null) app.go({ kind: 'buffer', id: focus });
          }),
        );
      },
    },
  ];
}

function actions(app: App): PaletteItem[] {
  const item = (words: string, hint: string, run: () => void): PaletteItem => ({ key: `do ${words}`, words, hint, run });
  const { world, people, preferences, buffer } = app;
  const servers = [...world.servers.values()]
    .filter(({ protocol }) => protocol === 'irc')
    .flatMap((server) => serverActions(app, server).map(({ named, hint, run }) => item(named, hint, run)));
  return [
    item('Copy route', 'so that somebody can talk to you', () => void people.copyRoute()),
    item('Copy invite', 'for one person, once', () => void people.copyInvite()),
    ...(world.node.direct === null
      ? []
      : [item('Copy iroh address', 'shows whoever has it where this computer is', () => void people.copyDirect())]),
    item('Show route as QR code', 'for another screen’s camera', () => void people.showRoute()),
    item('Show invite as QR code', 'for one person, once', () => void people.showInvite()),
    item('Connect to a person', 'route, invite or sotto: link', () => {
      app.ask({ kind: 'connect', text: '', from: 'outside' });
    }),
    item('Contacts', 'everybody you know', () => {
      app.go({ kind: 'contacts' });
    }),
    item('Export identity and contacts…', 'one file under a passphrase', () => {
      app.ask({ kind: 'export' });
    }),
    item('Import identity and contacts…', 'into a new profile', () => {
      app.ask({ kind: 'import' });
    }),
    item('Key of the history…', 'passphrase, keyring, recovery key', () => {
      app.ask({ kind: 'key' });
    }),
    item('Public card…', 'a link for a web page', () => {
      app.ask({ kind: 'publicCard' });
    }),
    item('Renew route', 'others can no longer use the old one', () => {
      void app.attempt(
        app.connection.call('route.renew', {}).then(() => {
          app.toasts.say('Your route is being renewed.');
        }),
      );
    }),
    ...(world.requests.length === 0
      ? []
      : [
          item('Requests', `${world.requests.length} waiting`, () => {
            app.go({ kind: 'requests' });
          }),
        ]),
    ...(buffer?.kind !== 'query' || app.secure.of(buffer.id, 'irc') !== undefined
      ? []
      : [
          item(
            `Offer ${visibleName(buffer.name)} a private conversation`,
            'over Veilid instead of IRC',
            () => void app.secure.offer(buffer.id),
          ),
        ]),
    ...(buffer?.kind !== 'private' || buffer.contact === null
      ? []
      : [
          item(`Introduce ${visibleName(buffer.name)} to somebody`, 'hands over name, fingerprint and addresses', () => {
            if (buffer.contact !== null) app.ask({ kind: 'introduce', contact: buffer.contact });
          }),
        ]),
    ...servers,
    ...(buffer?.kind !== 'channel' || !buffer.joined || app.features === null
      ? []
      : [
          item(`Bans of ${visibleName(buffer.name)}…`, 'bans, quiets and exceptions', () => {
            app.ask({ kind: 'masks', buffer: buffer.id });
          }),
        ]),
    ...(buffer?.kind !== 'query' || app.features === null
      ? []
      : [
          item(`Send a file to ${visibleName(buffer.name)}…`, 'they learn this computer’s address', () => {
            app.ask({ kind: 'sendFile', buffer: buffer.id });
          }),
        ]),
    item('Files', 'offered, sent and received', () => {
      app.go({ kind: 'files' });
    }),
    ...(buffer === null
      ? []
      : [
          item(`Close ${visibleName(buffer.name)}`, 'this buffer', () => {
            app.closeBuffer(buffer.id);
          }),
        ]),
    item(preferences.nickList ? 'Hide the people' : 'Show the people', 'nick list', () => {
      preferences.nickList = !preferences.nickList;
    }),
    item(`Theme: ${nextTheme(preferences.theme)}`, `now ${preferences.theme}`, () => {
      preferences.theme = nextTheme(preferences.theme);
    }),
    item('Veilid', 'the node: state, traffic, routes, log, restart', () => {
      app.ask({ kind: 'node' });
    }),
    item('Diagnostics', 'Veilid, and what was dropped in silence', () => {
      app.ask({ kind: 'diagnostics' });
    }),
    item('Show log…', 'what Sotto reported, to read, copy or save', () => {
      app.ask({ kind: 'log' });
    }),
    ...(app.notifications?.permission !== 'default'
      ? []
      : [
          item(
            'Allow notifications…',
            'of the desktop, while you look elsewhere',
            () => void app.attempt(app.notifications?.ask() ?? Promise.resolve()),
          ),
        ]),
    item('Keyboard shortcuts', 'help', () => {
      app.ask({ kind: 'help' });
    }),
    item('Quit Sotto', 'ends it for all pages', () => {
      app.ask({
        kind: 'confirm',
        title: 'Quit Sotto?',
        text: 'All connections are closed. Messages that wait are kept and sent after the next start.',
        action: 'Quit',
        run: app.quit,
      });
    }),
  ];
}

function buffers(app: App): PaletteItem[] {
  // Where something waits comes first, and where one already is comes last.
  const rank = ({ id, unread, highlights }: BufferView): number => (id === app.buffer?.id ? 3 : highlights > 0 ? 0 : unread > 0 ? 1 : 2);
  const sorted = walk(app.sidebar).sort((one, two) => rank(one) - rank(two));
  return sorted.map(({ id, name, server, kind, unread }) => ({
    key: `buffer ${id}`,
    words: visibleName(name),
    hint: `${kind === 'private' ? 'private' : (server ?? '')}${unread > 0 ? ` · ${unread} unread` : ''}`,
    run: () => {
      app.go({ kind: 'buffer', id });
    },
  }));
}

const commands = (app: App): PaletteItem[] =>
  app.world.commands.map(({ name, usage, help }) => ({
    key: `command ${name}`,
    words: `/${name}`,
    hint: `${usage.replace(/^\S+\s*/, '')} ${help}`.trim(),
    run: () => {
      app.composer.insert(`/${name} `);
    },
  }));

export function paletteItems(app: App, query: string): PaletteItem[] {
  const wanted = query.trim();
  const address = recogniseAddress(wanted);
  if (address !== null) {
    return [
      {
        key: 'connect',
        words: 'Connect to this person',
        hint: 'asks them whether they want to talk to you',
        run: () => void app.attempt(app.people.connect(address, 'outside')),
      },
    ];
  }
  if (/^ircs?:\S+$/i.test(wanted)) {
    return [
      {
        key: 'link',
        words: 'Open this link',
        hint: 'shows what it asks for',
        run: () => {
          app.openLink(wanted, 'outside');
        },
      },
    ];
  }
  const all = wanted.startsWith('/') ? commands(app) : [...buffers(app), ...actions(app), ...commands(app)];
  if (wanted === '') return all.slice(0, MAX_SHOWN);
  if (wanted.length > MAX_QUERY) return [];
  const known = all.some(({ words }) => words.toLowerCase() === wanted.toLowerCase());
  return [...(known ? [] : joinItem(app, wanted)), ...fuzzyOrder(all, wanted)].slice(0, MAX_SHOWN);
}

/** Places where the words match come before those where only the hint does. */
function fuzzyOrder(items: readonly PaletteItem[], query: string): PaletteItem[] {
  // uFuzzy leaves out punctuation: a needle of nothing else is matched as it stands.
  const lower = query.toLowerCase();
  const literal = items.filter(({ words }) => words.toLowerCase().startsWith(lower));
  const found = (haystack: string[]): PaletteItem[] => {
    const [indexes, , order] = fuzzy.search(haystack, query);
    if (indexes === null) return [];
    const ranked = order === null ? indexes : order.map((place) => indexes[place] ?? -1);
    return ranked.flatMap((index) => items[index] ?? []);
  };
  const byWords = found(items.map(({ words }) => words));
  const byAll = found(items.map(({ words, hint }) => `${words} ${hint}`));
  return [...new Set([...literal, ...byWords, ...byAll])];
}

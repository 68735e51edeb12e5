/** What can be done with a server: its menu in the sidebar and the palette offer the same. */
import type { BufferView, ServerView } from '../../contract/views.ts';
import { visibleName } from '../chat/visible.ts';
import type { App } from '../shared/app.svelte.ts';
import { isBusy } from './serverWords.ts';

export interface ServerAction {
  key: string;
  /** In the server's own menu, and where the server has to be named. */
  words: string;
  named: string;
  hint: string;
  run: () => void;
}

/** Trying, or there. */
export const isUp = ({ state: { phase } }: Pick<ServerView, 'state'>): boolean =>
  phase === 'online' || phase === 'waiting' || isBusy(phase);

export function toggleServer(app: App, server: ServerView): void {
  void app.attempt(app.connection.call(isUp(server) ? 'server.disconnect' : 'server.connect', { server: server.name }));
}

export function joinOn(app: App, own: BufferView | null): void {
  if (own !== null) app.go({ kind: 'buffer', id: own.id });
  app.ask({ kind: 'palette', query: '#' });
}

export function serverActions(app: App, server: ServerView): ServerAction[] {
  const name = visibleName(server.name);
  const isOnline = server.state.phase === 'online';
  const up = isUp(server);
  return [
    {
      key: 'connection',
      words: up ? 'Disconnect' : 'Connect',
      named: up ? `Disconnect from ${name}` : `Connect to ${name}`,
      hint: 'server',
      run: () => {
        toggleServer(app, server);
      },
    },
    ...(isOnline
      ? [
          {
            key: 'channels',
            words: 'Channel list…',
            named: `Channels on ${name}…`,
            hint: 'look for one and join it',
            run: () => {
              app.ask({ kind: 'channels', server: server.name });
            },
          },
        ]
      : []),
    ...((isOnline && server.features.accountRegistration) || (!up && server.protocol === 'irc')
      ? [
          {
            key: 'account',
            words: isOnline ? 'Make an account…' : 'Connect to make an account…',
            named: isOnline ? `Make an account on ${name}…` : `Connect to ${name} to make an account…`,
            hint: 'the network keeps your nick for you',
            run: () => {
              app.ask({ kind: 'account', server: server.name });
            },
          },
        ]
      : []),
  ];
}

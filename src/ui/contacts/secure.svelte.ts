/** Private conversations in the place of a nick (`/secure`): offers, their answers, and whom a held text is for. */
import type { BufferId } from '../../contract/ids.ts';
import type { SecureView } from '../../contract/views.ts';
import type { Composer } from '../chat/composer.svelte.ts';
import { visibleName } from '../chat/visible.ts';
import type { Connection } from '../shared/connection.svelte.ts';
import type { DialogState } from '../shared/dialogs.ts';
import type { World } from '../shared/world.svelte.ts';

type ViewOf<K extends SecureView['kind']> = Extract<SecureView, { kind: K }>;

export interface Secure {
  /** Something is being offered or answered. */
  readonly busy: boolean;
  of<K extends SecureView['kind']>(buffer: BufferId, kind: K): ViewOf<K> | undefined;
  offer(buffer: BufferId): Promise<void>;
  withdraw(buffer: BufferId): Promise<void>;
  answer(buffer: BufferId, accept: boolean): Promise<void>;
  /** Says whom it is for; a text that was held goes there. */
  choose(buffer: BufferId, to: 'private' | 'plain'): Promise<void>;
  /** Asks before plain IRC is opened beside a private conversation. */
  askPlain(buffer: BufferId, nick: string): void;
}

interface Options {
  connection: Connection;
  world: World;
  ask: (dialog: DialogState) => void;
  attempt: (action: Promise<unknown>) => Promise<boolean>;
  composer: () => Composer;
  openBuffer: (id: BufferId) => void;
}

const isKind =
  <K extends SecureView['kind']>(kind: K) =>
  (view: SecureView): view is ViewOf<K> =>
    view.kind === kind;

export function createSecure({ connection, world, ask, attempt, composer, openBuffer }: Options): Secure {
  let busy = $state(false);
  const whileBusy = async (action: () => Promise<unknown>): Promise<void> => {
    if (busy) return;
    busy = true;
    await attempt(action());
    busy = false;
  };

  return {
    get busy() {
      return busy;
    },
    of: (buffer, kind) => world.secure.filter(isKind(kind)).find((view) => view.buffer === buffer),
    offer: (buffer) => whileBusy(() => connection.call('secure.offer', { buffer })),
    withdraw: (buffer) => whileBusy(() => connection.call('secure.withdraw', { buffer })),
    answer: (buffer, accept) =>
      whileBusy(async () => {
        const answered = await connection.call('secure.answer', { buffer, accept });
        if (accept) openBuffer(answered.buffer);
        composer().focus();
      }),
    choose: (buffer, to) =>
      whileBusy(async () => {
        const mine = composer();
        const { focus } = await connection.call('secure.choose', { buffer, to, text: mine.held ? mine.text : '' });
        if (mine.held) mine.taken();
        if (focus !== null) openBuffer(focus);
        mine.focus();
      }),
    askPlain: (buffer, nick) => {
      ask({
        kind: 'confirm',
        title: `Plain IRC to ${visibleName(nick)}?`,
        text: 'The IRC server can read what you write there, and somebody else may have the nick by now. Your private conversation stays as it is.',
        action: 'Use plain IRC',
        run: () =>
          void attempt(
            connection.call('secure.plain', { buffer }).then((opened) => {
              openBuffer(opened.buffer);
            }),
          ),
      });
    },
  };
}

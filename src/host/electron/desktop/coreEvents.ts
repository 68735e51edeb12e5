/** The core that answers now, if any: one client after the other, and what each tells the desktop. */
import type { AttentionView, NotificationView } from '../../../contract/desktop.ts';
import type { AnyEvent, Client } from '../../../contract/rpc/client.ts';

interface Options {
  onNotification: (view: NotificationView) => void;
  /** Read elsewhere. */
  onClosed: (ids: readonly number[]) => void;
  onAttention: (attention: AttentionView) => void;
  signal: AbortSignal;
}

export interface CoreEvents {
  /** Null while there is none. */
  readonly client: Client | null;
  attach: (client: Client) => void;
  /** What the client at hand still tells is not listened to. */
  detach: () => void;
}

export function createCoreEvents({ onNotification, onClosed, onAttention, signal }: Options): CoreEvents {
  let client: Client | null = null;

  /** A locked profile has nothing to tell yet: it is asked again once it is open. */
  const load = (from: Client): void => {
    from.call('app.snapshot', {}, signal).then(
      ({ attention }) => {
        if (client === from) onAttention(attention);
      },
      () => undefined,
    );
  };
  const receive = (from: Client, event: AnyEvent): void => {
    if (client !== from) return;
    if (event.name === 'notification') onNotification(event.payload);
    else if (event.name === 'notificationsClosed') onClosed(event.payload.ids);
    else if (event.name === 'attention') onAttention(event.payload);
    else if (event.name === 'key') load(from);
  };
  return {
    get client() {
      return client;
    },
    attach: (attached) => {
      client = attached;
      attached.onEvent((event) => {
        receive(attached, event);
      });
      attached.onResync(() => {
        load(attached);
      });
      attached.onClose(() => {
        if (client === attached) client = null;
      });
      load(attached);
    },
    detach: () => {
      client = null;
    },
  };
}

/** All extensions of a session, spoken to as one. */
import type { Action } from '../../contract/chat.ts';
import type { BatchChange } from './batches.ts';
import type { BatchHandler, Context, CreateExtension, Extension, Handler, Handlers, Incoming } from './context.ts';
import { createAccountRegistration } from './extensions/accountRegistration.ts';
import { createCtcp } from './extensions/ctcp.ts';
import { createTyping } from './extensions/typing.ts';
import { createMultiline } from './extensions/multiline.ts';
import { createHistory } from './extensions/history.ts';
import { createReadMarker } from './extensions/readMarker.ts';
import { createRedact } from './extensions/redact.ts';
import { createReact } from './extensions/react.ts';
import { createZnc } from './extensions/znc.ts';
import { createSearch } from './extensions/search.ts';
import { createBouncer } from './extensions/bouncer.ts';
import { createFeatures } from './extensions/features.ts';
import { createList } from './extensions/list.ts';
import { createMasks } from './extensions/masks.ts';
import { createMetadata } from './extensions/metadata.ts';
import { createMonitor } from './extensions/monitor.ts';
import { createNames } from './extensions/names.ts';
import { createRename } from './extensions/rename.ts';
import { createWhox } from './extensions/whox.ts';
import { createUmodes } from './extensions/umodes.ts';

/** In the order in which they hear of things; features last, as others are ready by then. */
const all: readonly CreateExtension[] = [
  createAccountRegistration,
  createUmodes,
  createCtcp,
  createMonitor,
  createMetadata,
  createNames,
  createRename,
  createWhox,
  createList,
  createMasks,
  createBouncer,
  createTyping,
  createMultiline,
  createHistory,
  createReadMarker,
  createRedact,
  createReact,
  createZnc,
  createSearch,
  createFeatures,
];

export interface Extensions extends Required<Omit<Extension, 'handlers' | 'historyHandlers' | 'batches'>> {
  /** Runs every extension's handler of a command; undefined where there is none. */
  handler(command: string): Handler | undefined;
  /** The same for a line of a history. */
  historyHandler(command: string): Handler | undefined;
  /** A batch was opened or is over. `incoming` has the tags, source and time of the line that opened it. */
  batch(incoming: Incoming, change: Extract<BatchChange, { kind: 'opened' | 'closed' }>): void;
  /** A line that stands in a batch: true where the extension of that one, or of one around it, keeps it. */
  batchLine(incoming: Incoming): boolean;
}

/** All handlers by command; of several for one command each runs. */
function merged(all: readonly (Handlers | undefined)[]): ReadonlyMap<string, Handler> {
  const handlers = new Map<string, Handler>();
  for (const [command, handler] of all.flatMap((own) => Object.entries(own ?? {}))) {
    const before = handlers.get(command);
    handlers.set(
      command,
      before === undefined
        ? handler
        : (...line) => {
            before(...line);
            handler(...line);
          },
    );
  }
  return handlers;
}

export function createExtensions(context: Context): Extensions {
  const made = all.map((create) => create(context));
  const listeners = made.flatMap(({ onEvent }) => (onEvent ? [onEvent] : []));
  const handlers = merged(made.map(({ handlers: own }) => own));
  const historyHandlers = merged(made.map(({ historyHandlers: own }) => own));
  const batches = new Map<string, BatchHandler>(made.flatMap(({ batches: own = {} }) => Object.entries(own)));
  return {
    handler: (command) => handlers.get(command),
    historyHandler: (command) => historyHandlers.get(command),
    batch: (incoming, { kind, batch }) => {
      batches.get(batch.type)?.[kind]?.(incoming, batch);
    },
    batchLine: (incoming) => {
      for (let { batch } = incoming; batch !== null; batch = batch.parent)
        if (batches.get(batch.type)?.line?.(incoming, batch) === true) return true;
      return false;
    },
    onReady: () => {
      for (const extension of made) extension.onReady?.();
    },
    onCapabilities: () => {
      for (const extension of made) extension.onCapabilities?.();
    },
    onIsupport: () => {
      for (const extension of made) extension.onIsupport?.();
    },
    onEvent: (event) => {
      for (const listener of listeners) listener(event);
    },
    standardReply: (incoming) => made.some((extension) => extension.standardReply?.(incoming) === true),
    act: (action: Exclude<Action, { kind: 'quit' }>) => made.some((extension) => extension.act?.(action) === true),
    onClose: () => {
      for (const extension of made) extension.onClose?.();
    },
  };
}

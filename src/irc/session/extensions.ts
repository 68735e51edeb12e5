/** All extensions of a session, spoken to as one. */
import type { Action } from '../../contract/chat.ts';
import type { Context, CreateExtension, Extension, Handler } from './context.ts';

const all: readonly CreateExtension[] = [];

export interface Extensions extends Required<Omit<Extension, 'handlers'>> {
  /** Runs every extension's handler of a command; undefined where there is none. */
  handler(command: string): Handler | undefined;
}

export function createExtensions(context: Context): Extensions {
  const made = all.map((create) => create(context));
  const handlers = new Map<string, Handler>();
  for (const { handlers: own = {} } of made) {
    for (const [command, handler] of Object.entries(own)) {
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
  }
  return {
    handler: (command) => handlers.get(command),
    onReady: () => {
      for (const extension of made) extension.onReady?.();
    },
    onCapabilities: () => {
      for (const extension of made) extension.onCapabilities?.();
    },
    act: (action: Exclude<Action, { kind: 'quit' }>) => made.some((extension) => extension.act?.(action) === true),
    onClose: () => {
      for (const extension of made) extension.onClose?.();
    },
  };
}

/** The handlers of one event. */
export interface Listeners<T> {
  /** Returns what takes the handler away again. */
  add(handler: (value: T) => void): () => void;
  emit(value: T): void;
}

export function createListeners<T>(): Listeners<T> {
  const handlers = new Set<{ handler: (value: T) => void }>();
  return {
    add(handler) {
      const entry = { handler };
      handlers.add(entry);
      return () => {
        handlers.delete(entry);
      };
    },
    emit(value) {
      for (const { handler } of [...handlers]) handler(value);
    },
  };
}

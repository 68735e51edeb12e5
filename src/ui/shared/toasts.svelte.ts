/** Short sentences that pass by. Each is announced, and errors stay until they are dismissed. */

const MAX_TOASTS = 4;
const SHOWN_FOR = 6_000;

export interface Toast {
  id: number;
  severity: 'info' | 'error';
  text: string;
}
export interface Toasts {
  readonly list: readonly Toast[];
  say(text: string, severity?: Toast['severity']): void;
  dismiss(id: number): void;
}

export function createToasts(): Toasts {
  let list = $state.raw<readonly Toast[]>([]);
  let next = 1;
  const dismiss = (id: number): void => {
    list = list.filter((toast) => toast.id !== id);
  };
  return {
    get list() {
      return list;
    },
    dismiss,
    say: (text, severity = 'info') => {
      const id = next++;
      list = [...list.filter((toast) => toast.text !== text), { id, severity, text }].slice(-MAX_TOASTS);
      if (severity === 'info') setTimeout(dismiss, SHOWN_FOR, id);
    },
  };
}

/** Carries out the bindings of `shortcuts.ts`. */
import { assertNever } from '../../contract/chat.ts';
import type { App } from '../shared/app.svelte.ts';
import { shortcutFor, type ShortcutId } from '../shared/shortcuts.ts';
import { cycleRegion, tellScrollback } from './regions.ts';

export function handleKey(app: App, event: KeyboardEvent): void {
  const id = shortcutFor(event);
  if (id === null || event.isComposing) return;
  // An open dialog has the keys; Ctrl+K closes the palette it opened.
  if (app.dialog !== null) {
    if (id === 'palette' && app.dialog.kind === 'palette') app.closeDialog();
    else if (id !== 'palette' && id !== 'help') return;
    event.preventDefault();
    return;
  }
  event.preventDefault();
  run(app, id);
}

function run(app: App, id: ShortcutId): void {
  switch (id) {
    case 'palette':
      app.ask({ kind: 'palette', query: '' });
      return;
    case 'help':
      app.ask({ kind: 'help' });
      return;
    case 'nextBuffer':
      app.step(1, false);
      return;
    case 'previousBuffer':
      app.step(-1, false);
      return;
    case 'nextUnread':
      app.step(1, true);
      return;
    case 'previousUnread':
      app.step(-1, true);
      return;
    case 'cycleRegion':
      cycleRegion(1);
      return;
    case 'cycleRegionBack':
      cycleRegion(-1);
      return;
    case 'toggleNickList':
      app.preferences.nickList = !app.preferences.nickList;
      return;
    case 'toggleTopic':
      app.topicOpen = !app.topicOpen;
      return;
    case 'latest':
    case 'oldest':
      tellScrollback(id);
      return;
    case 'closeBuffer':
      if (app.buffer !== null) app.closeBuffer(app.buffer.id);
      return;
    case 'copyRoute':
      void app.people.copyRoute();
      return;
    case 'escape':
      app.sidebarOpen = false;
      app.composer.clearNotes();
      app.composer.focus();
      return;
    default:
      assertNever(id);
  }
}

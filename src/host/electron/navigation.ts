/** A window shows Sotto's page and stays on it (E6). Registered for every contents that are ever made, before they load anything. */
import { isPage } from './appPages.ts';
import { GESTURE_MS, type LinkOpener } from './links.ts';

interface Navigation {
  readonly url: string;
  preventDefault(): void;
}

/** What is used of Electron's WebContents. */
export interface GuardedContents {
  on(event: 'will-navigate' | 'will-redirect' | 'will-frame-navigate', listener: (event: Navigation) => void): unknown;
  on(event: 'will-attach-webview', listener: (event: { preventDefault(): void }) => void): unknown;
  on(event: 'input-event', listener: (event: unknown, input: { type: string }) => void): unknown;
  setWindowOpenHandler(handler: (details: { url: string }) => { action: 'deny' }): void;
  setWebRTCIPHandlingPolicy(policy: 'disable_non_proxied_udp'): void;
}

const presses: ReadonlySet<string> = new Set(['mouseDown', 'mouseUp', 'keyDown', 'rawKeyDown', 'gestureTap', 'touchEnd']);

/** `now`: milliseconds, never going back. */
export function guardContents(
  contents: GuardedContents,
  links: LinkOpener,
  log: (line: string) => void,
  now = () => performance.now(),
): void {
  const stay = (event: Navigation): void => {
    if (isPage(event.url)) return;
    log('refused to a page: to go elsewhere');
    event.preventDefault();
  };
  contents.on('will-navigate', stay);
  contents.on('will-redirect', stay);
  contents.on('will-frame-navigate', stay);
  contents.on('will-attach-webview', (event) => {
    event.preventDefault();
  });
  // RTCPeerConnection obeys neither the content security policy nor web requests.
  contents.setWebRTCIPHandlingPolicy('disable_non_proxied_udp');

  // One press opens one link.
  let pressed = -Infinity;
  contents.on('input-event', (_event, { type }) => {
    if (presses.has(type)) pressed = now();
  });
  contents.setWindowOpenHandler(({ url }) => {
    const gesture = now() - pressed <= GESTURE_MS;
    pressed = -Infinity;
    links.open(url, gesture);
    return { action: 'deny' };
  });
}

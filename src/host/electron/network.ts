/**
 * Chromium gets no network at all (E8): everything Sotto sends leaves the core, which knows the proxies. A page that was taken over, or a
 * browser feature that phones home, reaches nobody.
 */
import { PAGE_ADDRESS } from './appPages.ts';

/** Switches of Chromium, set before the app is ready. Host names are looked up by the core with Node, which these do not touch. */
export const networkSwitches: readonly (readonly [name: string, value: string])[] = [
  ['host-resolver-rules', 'MAP * ~NOTFOUND'],
  ['force-webrtc-ip-handling-policy', 'disable_non_proxied_udp'],
  ['disable-background-networking', ''],
];

/** Nobody listens at port 9 ("discard") of this computer; nothing is exempt, not even loopback. */
export const deadProxy = { mode: 'fixed_servers', proxyRules: 'socks5://127.0.0.1:9', proxyBypassRules: '<-loopback>' } as const;

/** `type` is the resource type of a web request. Developer tools are part of Electron and only exist in development. */
export function isReachable(address: string, type: string, development: boolean): boolean {
  if (address.startsWith(PAGE_ADDRESS) || address.startsWith(`blob:${PAGE_ADDRESS}`)) return true;
  if (address.startsWith('data:')) return type === 'image';
  return development && address.startsWith('devtools://devtools/');
}

/** What is used of Electron's Session. */
export interface NetworkSession {
  webRequest: {
    onBeforeRequest(
      listener: (details: { url: string; resourceType: string }, callback: (response: { cancel: boolean }) => void) => void,
    ): void;
  };
  setProxy(config: typeof deadProxy): Promise<void>;
  on(event: 'will-download', listener: (event: { preventDefault(): void }, item: { getURL(): string }) => void): unknown;
}

export async function cutNetwork(session: NetworkSession, development: boolean, log: (line: string) => void): Promise<void> {
  session.webRequest.onBeforeRequest(({ url, resourceType }, callback) => {
    const reachable = isReachable(url, resourceType, development);
    // The rest of an address may say what is being read.
    if (!reachable) log(`refused to a page: a request by ${url.split(':', 1)[0]?.slice(0, 20) ?? ''}:`);
    callback({ cancel: !reachable });
  });
  // A backup that a page made is saved through a file dialog; there is nothing else to download.
  session.on('will-download', (event, item) => {
    if (!item.getURL().startsWith(`blob:${PAGE_ADDRESS}`)) event.preventDefault();
  });
  await session.setProxy(deadProxy);
}

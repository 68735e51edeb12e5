/**
 * What a page may use of the computer: writing to the clipboard inside a click, and nothing else (E5). Electron's own default is to approve
 * everything. `notifications` is not here because the main process shows them, so the page needs none.
 */
import { APP_ORIGIN, isPage } from './appPages.ts';

const allowed: ReadonlySet<string> = new Set(['clipboard-sanitized-write']);

/** `address` is the page that asks, as an address or as an origin. */
export const isPermitted = (permission: string, address: string): boolean =>
  allowed.has(permission) && (isPage(address) || address === APP_ORIGIN);

interface Preventable {
  preventDefault(): void;
}

interface Emits<E extends string> {
  on(event: E, listener: (event: Preventable) => void): unknown;
}

/** What is used of Electron's Session. */
export type PermissionSession = Handlers & Emits<'select-hid-device'> & Emits<'select-serial-port'> & Emits<'select-usb-device'>;

interface Handlers {
  setPermissionRequestHandler(
    handler: (contents: unknown, permission: string, callback: (granted: boolean) => void, details: { requestingUrl: string }) => void,
  ): void;
  setPermissionCheckHandler(handler: (contents: unknown, permission: string, origin: string) => boolean): void;
  setDevicePermissionHandler(handler: () => boolean): void;
  setDisplayMediaRequestHandler(handler: (request: unknown, callback: (streams: null) => void) => void): void;
  setBluetoothPairingHandler(handler: (details: unknown, callback: (response: { confirmed: boolean }) => void) => void): void;
}

export function denyPermissions(session: PermissionSession, log: (line: string) => void): void {
  session.setPermissionRequestHandler((_contents, permission, callback, { requestingUrl }) => {
    const granted = isPermitted(permission, requestingUrl);
    if (!granted) log(`refused to a page: ${permission}`);
    callback(granted);
  });
  session.setPermissionCheckHandler((_contents, permission, origin) => isPermitted(permission, origin));
  session.setDevicePermissionHandler(() => false);
  session.setDisplayMediaRequestHandler((_request, callback) => {
    callback(null);
  });
  session.setBluetoothPairingHandler((_details, callback) => {
    callback({ confirmed: false });
  });
  const noDevice = (event: Preventable): void => {
    event.preventDefault();
  };
  session.on('select-hid-device', noDevice);
  session.on('select-serial-port', noDevice);
  session.on('select-usb-device', noDevice);
}

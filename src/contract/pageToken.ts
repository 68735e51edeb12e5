/**
 * How a page proves that it was opened by the person who started Sotto. The page's duty, in this order:
 *
 * 1. Read a single-use token from `location.hash` (`readPageToken`) and clear the hash with `history.replaceState` at once.
 *    With such a token the page first removes what it finds under `TAB_TOKEN_KEY`: a pop-out gets a copy of its opener's
 *    session storage. Without one it takes the token stored there; with neither it says to run `npm start` again.
 * 2. Open `ws://<location.host>` + `SOCKET_PATH` with the subprotocols `[SUBPROTOCOL, token]`.
 * 3. The first frame is a `TabFrame`, before anything of the RPC: store its token under `TAB_TOKEN_KEY` and use it for every later
 *    connection of this tab. Every frame after it belongs to the RPC.
 * 4. Closed with `CLOSE_BAD_TOKEN`: forget the stored token and say to run `npm start` again. Closed with `CLOSE_BUSY`: too many
 *    tries or pages; try again after a minute. Anything else: reconnect with the stored token.
 *
 * A pop-out is opened with `/#t=` and a token from `app.newPageToken`.
 */
import * as v from 'valibot';

export const SOCKET_PATH = '/ws';
/** Offered first by the page and echoed by the server, which never echoes the token. */
export const SUBPROTOCOL = 'sotto.v1';
export const TAB_TOKEN_KEY = 'sotto.tab';
export const CLOSE_BAD_TOKEN = 4401;
export const CLOSE_BUSY = 4429;

/** 32 random bytes as base64url: also a legal subprotocol (RFC 6455 section 4.1, a token of RFC 2616). */
export const PageToken = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{43}$/));
export const TabFrame = v.strictObject({ t: v.literal('tab'), token: PageToken });
export type TabFrame = v.InferOutput<typeof TabFrame>;

/** The single-use token of an address's fragment (`#t=…`), or null. */
export function readPageToken(hash: string): string | null {
  const token = v.safeParse(PageToken, hash.startsWith('#t=') ? hash.slice(3) : '');
  return token.success ? token.output : null;
}

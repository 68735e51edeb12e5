/**
 * Whether two blobs enter the network at the same node. A blob holds the signed peer info of its first hop (veilid-core 0.5.7):
 * 64 random bytes of signature. Peer infos of different nodes have runs in common as well (ports, capabilities), but those
 * repeat few byte values: of 64 random bytes 56 are different on average, of the others 32 were. This is a guess
 * that decides only which of our own routes stand beside each other.
 */
const WINDOW_BYTES = 64;
const MIN_DIFFERENT_BYTES = 46;

export function sharesFirstHop(a: Uint8Array, b: Uint8Array): boolean {
  const windows = new Set(randomWindows(a));
  return randomWindows(b).some((window) => windows.has(window));
}

function randomWindows(blob: Uint8Array): string[] {
  const found: string[] = [];
  for (let at = 0; at + WINDOW_BYTES <= blob.length; at += 1) {
    const window = blob.subarray(at, at + WINDOW_BYTES);
    if (new Set(window).size >= MIN_DIFFERENT_BYTES) found.push(String.fromCharCode(...window));
  }
  return found;
}

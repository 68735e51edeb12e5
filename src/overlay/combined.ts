import { isIrohAddress } from './iroh/address.ts';
import type { Overlay } from './overlay.ts';

/**
 * `main` with `direct` beside it: packets go by the kind of their address, arrive from both, and everything else (addresses that
 * are announced, records, state) stays that of `main`. A `direct` that cannot start is told to `onProblem` and left out.
 */
export function withDirect<O extends Overlay>(main: O, direct: Overlay, onProblem: (error: unknown) => void): O & { direct: Overlay } {
  return {
    ...main,
    direct,
    async start(signal) {
      await main.start(signal);
      await direct.start(signal).catch(onProblem);
    },
    async stop() {
      await Promise.all([main.stop(), direct.stop()]);
    },
    onDatagram(handler) {
      main.onDatagram(handler);
      direct.onDatagram(handler);
    },
    parseAddress: (text) => direct.parseAddress(text) ?? main.parseAddress(text),
    release: (address) => (isIrohAddress(address) ? direct : main).release(address),
    send: (address, bytes, signal) => (isIrohAddress(address) ? direct : main).send(address, bytes, signal),
  };
}

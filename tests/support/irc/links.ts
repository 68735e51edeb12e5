/** Links in the hands of the test: what is dialled, what is said, and when it ends. No sockets and no time. */
import type { Surroundings } from '../../../src/irc/network.ts';
import type { DialOptions } from '../../../src/net/dial.ts';
import type { NetError } from '../../../src/net/errors.ts';
import { manualClock, type ManualClock } from './session.ts';

export interface TestLink {
  options: DialOptions;
  sent: string[];
  say(...lines: string[]): void;
  /** The other side ends it. */
  end(): void;
  ended(): boolean;
}

export interface TestLinks {
  surroundings: Surroundings;
  clock: ManualClock;
  links: TestLink[];
  /** Milliseconds since 1970, as the network is told. */
  setTime(time: number): void;
  time(): number;
}

/** `refuse` says which links do not come about. */
export function testLinks(refuse: (options: DialOptions) => NetError | null = () => null): TestLinks {
  const clock = manualClock();
  const links: TestLink[] = [];
  let time = Date.UTC(2026, 5, 1);
  const dial: Surroundings['dial'] = (options) => {
    const error = refuse(options);
    if (error) return Promise.reject(error);
    const sent: string[] = [];
    let onData: (bytes: Uint8Array) => void = () => undefined;
    let onClose: (error: null) => void = () => undefined;
    let ended = false;
    const end = (): void => {
      if (ended) return;
      ended = true;
      queueMicrotask(() => {
        onClose(null);
      });
    };
    links.push({
      options,
      sent,
      say: (...lines) => {
        for (const line of lines) if (!ended) onData(new TextEncoder().encode(`${line}\r\n`));
      },
      end,
      ended: () => ended,
    });
    return Promise.resolve({
      tls: options.tls ? 'TLSv1.3' : null,
      onData: (handler) => {
        onData = handler;
      },
      onClose: (handler) => {
        onClose = handler;
      },
      send: (bytes) => {
        sent.push(...new TextDecoder().decode(bytes).split('\r\n').slice(0, -1));
      },
      waiting: () => 0,
      close: end,
      destroy: end,
    });
  };
  return {
    surroundings: { dial, clock, wallClock: () => time, random: () => 0, randomBytes: (length) => new Uint8Array(length) },
    clock,
    links,
    setTime: (next) => {
      time = next;
    },
    time: () => time,
  };
}

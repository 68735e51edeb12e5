/** Searches everything that crosses the bridge of the isolated network for some bytes, as it goes by. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Capture {
  /** Bytes seen, how often the marker was among them, and packets that came too fast to be looked at. */
  stop(): Promise<{ bytes: number; found: number; controlled: boolean; missed: number }>;
}

/** In every network of the lab in the clear: nodes ask for it by DNS. If it is not found, nothing was looked at. */
const CONTROL = 'veilid-lab';

/** Counts non-overlapping occurrences over a stream of chunks. */
function createSearch(needle: string): { add(chunk: Buffer): void; found(): number } {
  let rest: Buffer = Buffer.alloc(0);
  let found = 0;
  return {
    add(chunk) {
      const whole = Buffer.concat([rest, chunk]);
      let from = 0;
      for (let at = whole.indexOf(needle); at >= 0; at = whole.indexOf(needle, from)) {
        found += 1;
        from = at + needle.length;
      }
      rest = whole.subarray(Math.max(from, whole.length - needle.length + 1));
    },
    found: () => found,
  };
}

export async function startCapture(marker: string): Promise<Capture> {
  const child = spawn('tcpdump', ['-i', 'br0', '-s', '0', '-B', '65536', '-Z', 'root', '-w', '-'], { stdio: ['ignore', 'pipe', 'pipe'] });
  const [wanted, control] = [createSearch(marker), createSearch(CONTROL)];
  let bytes = 0;
  let notes = '';
  const listening = Promise.withResolvers<undefined>();
  child.once('error', listening.reject);
  child.once('exit', () => {
    listening.reject(new Error(`tcpdump ended: ${notes}`));
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    notes += text;
    if (notes.includes('listening on')) listening.resolve(undefined);
  });
  child.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    wanted.add(chunk);
    control.add(chunk);
  });
  await listening.promise;
  return {
    stop: async () => {
      const closed = once(child, 'close');
      child.kill('SIGINT');
      await closed;
      const missed = Number(/(\d+) packets? dropped by kernel/.exec(notes)?.[1] ?? Number.NaN);
      return { bytes, found: wanted.found(), controlled: control.found() > 0, missed };
    },
  };
}

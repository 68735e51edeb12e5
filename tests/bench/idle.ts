/** What a Sotto with a contact does while nobody says anything. Linux only. */
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

const IDLE_MS = 60_000;

export interface Idle {
  /** Voluntary context switches a second, of the main thread and of all threads. */
  main: number;
  all: number;
  /** Bytes an hour through the node's cable, both ways, as extrapolated from a minute. */
  bytesPerHour: number;
}

const switches = (file: string): number => Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(readFileSync(file, 'utf8'))?.[1] ?? 0);
const switchesOfAll = (pid: number): number =>
  readdirSync(`/proc/${pid}/task`).reduce((sum, thread) => sum + switches(`/proc/${pid}/task/${thread}/status`), 0);

/** Bytes through a link since it was made. */
function traffic(link: string): number {
  const text = execFileSync('ip', ['-s', 'link', 'show', link], { encoding: 'utf8' });
  return [...text.matchAll(/^\s+(?:RX|TX):.*\n\s+(\d+)/gm)].reduce((sum, [, bytes]) => sum + Number(bytes), 0);
}

export async function measureIdle(pid: number, link: string): Promise<Idle> {
  const before = { main: switches(`/proc/${pid}/status`), all: switchesOfAll(pid), bytes: traffic(link) };
  await delay(IDLE_MS);
  const seconds = IDLE_MS / 1_000;
  return {
    main: (switches(`/proc/${pid}/status`) - before.main) / seconds,
    all: (switchesOfAll(pid) - before.all) / seconds,
    bytesPerHour: ((traffic(link) - before.bytes) / seconds) * 3_600,
  };
}

/** MB of a process; 0 when it is gone. */
export function residentMb(pid: number): number {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1_024;
  } catch {
    return 0;
  }
}

/** A file system that can be filled. Only root can make one. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Room for two profiles with little in them. */
const SIZE = '24m';

export interface SmallDisk {
  /** Takes what room there is, to the last byte. */
  fill(): void;
  makeRoom(): void;
  /** While nothing on it is open for writing. */
  setReadOnly(readOnly: boolean): void;
  unmount(): void;
}

/** Mounts it at `directory`, which is made. Null where that is not allowed. */
export function mountSmallDisk(directory: string): SmallDisk | null {
  if (process.getuid?.() !== 0) return null;
  mkdirSync(directory);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE},mode=700`, 'sotto-test', directory], { stdio: 'ignore' });
  } catch {
    return null;
  }
  const filler = join(directory, 'filler');
  return {
    fill: () => {
      const { bavail, bsize } = statfsSync(directory);
      try {
        writeFileSync(filler, new Uint8Array(bavail * bsize));
      } catch (error) {
        // Somebody else writes at the same time.
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
      }
    },
    makeRoom: () => {
      rmSync(filler, { force: true });
    },
    setReadOnly: (readOnly) => {
      execFileSync('mount', ['-o', `remount,${readOnly ? 'ro' : 'rw'}`, directory]);
    },
    unmount: () => {
      execFileSync('umount', ['-l', directory]);
    },
  };
}

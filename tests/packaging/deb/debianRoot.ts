/** A clean Debian 12 to install into: made once by debootstrap, kept in the user's cache, copied for each use. */
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

const SUITE = 'bookworm';
const MIRROR = 'http://deb.debian.org/debian';

const cached = (): string => {
  const cache = process.env['XDG_CACHE_HOME'] ?? '';
  const folder = join(cache === '' ? join(homedir(), '.cache') : cache, 'sotto', 'debian-root');
  const architecture = execFileSync('dpkg', ['--print-architecture'], { encoding: 'utf8' }).trim();
  return join(folder, `${SUITE}-minbase-${architecture}`);
};

function makeRoot(folder: string): void {
  const part = `${folder}.part`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(part, { recursive: true });
  execFileSync('debootstrap', ['--variant=minbase', SUITE, part, MIRROR], { stdio: ['ignore', 'ignore', 'inherit'] });
  execFileSync('chroot', [part, 'apt-get', 'clean']);
  renameSync(part, folder);
}

export interface DebianRoot {
  folder: string;
  /** Runs a shell script as root in it, with processes and mounts of its own and no network but loopback. Answers what it printed, also when it failed. */
  run(script: string): Promise<{ code: number | null; output: string }>;
  /** Copies a file to /packages. */
  add(file: string, name: string): void;
  remove(): void;
}

/** Makes the cached root where there is none, which takes a minute or two and needs the network. */
export function createDebianRoot(): DebianRoot {
  const source = cached();
  if (!existsSync(source)) makeRoot(source);
  const outer = mkdtempSync(join(tmpdir(), 'sotto-debian-'));
  const folder = join(outer, 'root');
  execFileSync('cp', ['-a', '--reflink=auto', source, folder]);
  mkdirSync(join(folder, 'packages'));
  return {
    folder,
    run: (script) => {
      writeFileSync(join(folder, 'packages', 'script'), `set -eu\nexport PATH=/usr/sbin:/usr/bin:/sbin:/bin\n${script}\n`);
      // Mounts go away with their namespace, and whatever the script has started with the first process of its own.
      const inside = [
        'ip link set lo up',
        `mount --rbind /dev ${folder}/dev`,
        `mount -t proc proc ${folder}/proc`,
        `mount -t tmpfs -o mode=1777 tmp ${folder}/tmp`,
        `exec chroot ${folder} env -i LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive /bin/sh /packages/script`,
      ].join(' && ');
      return new Promise((resolve, reject) => {
        const args = ['--mount', '--pid', '--net', '--ipc', '--fork', '--kill-child', '/bin/sh', '-c', inside];
        const child = spawn('unshare', args, { stdio: ['ignore', 'pipe', 'pipe'] });
        let output = '';
        for (const stream of [child.stdout, child.stderr]) {
          stream.setEncoding('utf8');
          stream.on('data', (text: string) => {
            output += text;
          });
        }
        child.once('error', reject);
        child.once('close', (code) => {
          resolve({ code, output });
        });
      });
    },
    add: (file, name) => {
      cpSync(file, join(folder, 'packages', name));
    },
    remove: () => {
      rmSync(outer, { recursive: true, force: true });
    },
  };
}

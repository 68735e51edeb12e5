/** Start at login: the Background portal inside flatpak, a file in the autostart directory outside (Desktop Application Autostart Specification 0.5). */
import { mkdir, readFile, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { replaceFile } from './replaceFile.ts';
import { requestAutostart, type SessionBus } from './sessionBus.ts';
import { BACKGROUND_ARGUMENT } from './startArguments.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The command of the flatpak (`command` in flatpak/app.json); the portal puts `flatpak run` before it. */
export const FLATPAK_COMMAND = 'sotto';
/** A line of ours: without it the file is the person's own and stays as it is. */
const OURS = 'X-Sotto-Autostart=true';

/** The portal may show a dialog; who does not answer it has not agreed. */
const PORTAL_LIMIT_MS = 300_000;

export const isFlatpak = (env: Environment): boolean => (env['FLATPAK_ID'] ?? '') !== '';

interface Options {
  appId: string;
  command: readonly string[];
  profile: string | null;
  env: Environment;
  bus: () => Promise<SessionBus | null>;
  signal: AbortSignal;
  /** What was asked of the portal last, which cannot be asked for it. */
  remembered: () => boolean;
}

export interface Autostart {
  /** Rejects with a sentence where that cannot be found out. */
  isOn(): Promise<boolean>;
  /** Resolves with what holds now: the desktop may have said no. Rejects with a sentence for the person; nothing is changed then. */
  set(on: boolean): Promise<boolean>;
}

/** One argument of `Exec` (Desktop Entry Specification 1.5, "The Exec key"), with the escapes of a string value on top. */
export function execArgument(text: string): string {
  if (/\p{Cc}/u.test(text))
    throw new Error('Start at login cannot be set up: the path of the program or profile holds control characters.');
  const percent = text.replaceAll('%', '%%');
  if (/^[\w./:=@%+,-]+$/.test(percent)) return percent;
  return `"${percent.replace(/["`$\\]/g, (character) => `\\${character}`)}"`.replaceAll('\\', '\\\\');
}

export const autostartEntry = (appId: string, command: readonly string[]): string =>
  `${[
    '[Desktop Entry]',
    'Type=Application',
    'Name=Sotto',
    `Icon=${appId}`,
    `Exec=${command.map(execArgument).join(' ')}`,
    'X-GNOME-Autostart-enabled=true',
    OURS,
  ].join('\n')}\n`;

export function createAutostart({ appId, command, profile, env, bus, remembered, signal }: Options): Autostart {
  const args = [...(profile === null ? [] : [`--profile=${resolve(profile)}`]), BACKGROUND_ARGUMENT];
  if (isFlatpak(env)) {
    return {
      isOn: () => Promise.resolve(remembered()),
      set: async (on) => {
        const connected = await bus();
        try {
          if (connected === null) throw new Error('no session bus');
          return await requestAutostart(connected, {
            on,
            command: [FLATPAK_COMMAND, ...args],
            signal: AbortSignal.any([signal, AbortSignal.timeout(PORTAL_LIMIT_MS)]),
          });
        } catch (cause) {
          throw new Error('The desktop could not be asked to start Sotto at login: it has no Background portal, or refuses.', { cause });
        }
      },
    };
  }
  const home = env['HOME'] ?? homedir();
  const given = env['XDG_CONFIG_HOME'] ?? '';
  const directory = join(isAbsolute(given) ? given : join(home, '.config'), 'autostart');
  const path = join(directory, `${appId}.desktop`);
  /** Null: there is none. Rejects with a sentence where there is one that cannot be read. */
  const read = async (): Promise<string | null> => {
    try {
      return await readFile(path, 'utf8');
    } catch (cause) {
      if (cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR')) return null;
      throw new Error(`${path} cannot be read, so it is not known whether Sotto starts at login.`, { cause });
    }
  };
  return {
    isOn: async () => (await read())?.split('\n').includes(OURS) ?? false,
    set: async (on) => {
      const found = await read();
      if (found !== null && !found.split('\n').includes(OURS))
        throw new Error(`${path} was not made by Sotto and stays as it is. Remove it, then choose again.`);
      if (found === null && !on) return false;
      const text = autostartEntry(appId, [...command, ...args]);
      try {
        if (on) {
          await mkdir(directory, { recursive: true });
          await replaceFile(path, text, 0o644);
        } else await rm(path, { force: true });
      } catch (cause) {
        throw new Error(`${path} cannot be ${on ? 'written' : 'removed'}, so nothing has changed.`, { cause });
      }
      return on;
    },
  };
}

/**
 * `desktop.json` in the profile's state directory: what the window and the desktop part remember. Nothing in it is secret or needed:
 * a damaged field falls back by itself, a file that cannot be read or written costs one sentence and nothing else.
 */
import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { replaceFile } from './replaceFile.ts';
import { MAX_ZOOM, MIN_ZOOM } from './zoom.ts';

export const SETTINGS_FILE = 'desktop.json';
const SETTINGS_VERSION = 1;
const MAX_SETTINGS_BYTES = 64 * 1_024;
/** Arrangements of displays whose window place is remembered, the latest last. */
export const MAX_PLACES = 8;
/** Languages checked at once; each is a dictionary in memory. */
export const MAX_SPELLING_LANGUAGES = 4;
/** A window that is being dragged reports many places; the last is written. */
const WRITE_DELAY_MS = 1_000;

/** Far more than any arrangement of displays measures, and small enough for every window system. */
const MAX_PIXEL = 100_000;
const pixel = v.pipe(v.number(), v.integer(), v.minValue(-MAX_PIXEL), v.maxValue(MAX_PIXEL));
const length = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_PIXEL));

const Place = v.object({
  /** Which displays there were, see `arrangementOf`. */
  displays: v.pipe(v.string(), v.maxLength(512)),
  x: pixel,
  y: pixel,
  width: length,
  height: length,
  maximized: v.boolean(),
  fullScreen: v.boolean(),
});
export type StoredPlace = v.InferOutput<typeof Place>;

const places = v.pipe(
  v.array(v.unknown()),
  v.transform((list) => list.flatMap((one) => (v.is(Place, one) ? [v.parse(Place, one)] : [])).slice(-MAX_PLACES)),
);

const Settings = v.object({
  zoom: v.fallback(v.pipe(v.number(), v.minValue(MIN_ZOOM), v.maxValue(MAX_ZOOM)), 1),
  closeToTray: v.fallback(v.boolean(), false),
  doNotDisturb: v.fallback(v.boolean(), false),
  /** What was asked of the Background portal, which cannot be asked for it; outside flatpak the autostart file counts. */
  startAtLogin: v.fallback(v.boolean(), false),
  /** Chromium's codes, such as `en-GB`; empty: off; null: what fits the system's languages. */
  spelling: v.fallback(
    v.nullable(v.pipe(v.array(v.pipe(v.string(), v.regex(/^[A-Za-z0-9-]{2,35}$/))), v.maxLength(MAX_SPELLING_LANGUAGES))),
    null,
  ),
  places: v.fallback(places, []),
});
export type DesktopSettings = v.InferOutput<typeof Settings>;

export const defaultSettings: DesktopSettings = v.parse(Settings, {});

/** What is in a text; null where it is none of ours at all. A newer version's fields are taken where they are understood. */
export function readSettings(text: string): DesktopSettings | null {
  try {
    const value: unknown = JSON.parse(text);
    const file = v.safeParse(v.looseObject({ version: v.pipe(v.number(), v.integer(), v.minValue(1)) }), value);
    return file.success ? v.parse(Settings, file.output) : null;
  } catch {
    return null;
  }
}

export const writeSettings = (settings: DesktopSettings): string =>
  `${JSON.stringify({ version: SETTINGS_VERSION, ...settings }, null, 2)}\n`;

export interface SettingsFile {
  readonly current: DesktopSettings;
  /** In force at once, on disk a moment later. */
  change(changes: Partial<DesktopSettings>): void;
  /** Resolves once what is in force was written, or could not be. */
  flush(): Promise<void>;
}

/** `tell` gets a sentence for the person: at most one for reading and one for each time that writing begins to fail. Never rejects. */
export async function openSettings(directory: string, tell: (sentence: string) => void): Promise<SettingsFile> {
  const path = join(directory, SETTINGS_FILE);
  let current = await load(path, tell);
  let written = current;
  let failing = false;
  let timer: NodeJS.Timeout | null = null;
  let writing: Promise<void> = Promise.resolve();

  const write = async (): Promise<void> => {
    const now = current;
    if (now === written) return;
    try {
      await replaceFile(path, writeSettings(now), 0o600);
      written = now;
      failing = false;
    } catch (error) {
      if (!failing) tell(`The window’s settings cannot be stored (${codeOf(error)}). They last until Sotto ends.`);
      failing = true;
    }
  };
  const flush = (): Promise<void> => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    writing = writing.then(write);
    return writing;
  };
  return {
    get current() {
      return current;
    },
    change: (changes) => {
      current = { ...current, ...changes };
      timer ??= setTimeout(() => {
        timer = null;
        void flush();
      }, WRITE_DELAY_MS);
    },
    flush,
  };
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown error';

async function load(path: string, tell: (sentence: string) => void): Promise<DesktopSettings> {
  let file: FileHandle | null = null;
  try {
    file = await open(path, 'r');
    const bytes = new Uint8Array(MAX_SETTINGS_BYTES + 1);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
    const found = bytesRead > MAX_SETTINGS_BYTES ? null : readSettings(new TextDecoder().decode(bytes.subarray(0, bytesRead)));
    if (found !== null) return found;
    tell(`The window’s settings (${SETTINGS_FILE}) are damaged. Sotto goes on with the usual ones.`);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') tell(`The window’s settings cannot be read (${codeOf(error)}). Sotto goes on with the usual ones.`);
  } finally {
    await file?.close().catch(() => undefined);
  }
  return defaultSettings;
}

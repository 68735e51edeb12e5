/**
 * Which languages are checked. Chromium would fetch a missing dictionary from Google's server, past every proxy and past Tor; its network is
 * cut off here, so only what is installed is offered: `*.bdic` files in the folder `Dictionaries` of the window's data.
 */
import { readdir } from 'node:fs/promises';
import type { MenuItemConstructorOptions } from 'electron';
import type { MenuActions, MenuState } from './actions.ts';
import type { ElectronParts } from './parts.ts';
import { MAX_SPELLING_LANGUAGES } from './settings.ts';

/** Chromium knows about 50 languages. */
const MAX_DICTIONARIES = 128;
/** Language, region and version, as Chromium names the files: `en-GB-10-1.bdic`. */
const fileName = /^([A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,10})*?)-\d{1,3}-\d{1,3}\.bdic$/;

/** Names of files in the folder of dictionaries; none where there is no such folder. */
export async function dictionaryFiles(directory: string): Promise<string[]> {
  return (await readdir(directory).catch(() => [])).filter((name) => name.endsWith('.bdic')).slice(0, MAX_DICTIONARIES);
}

const languageOf = (code: string): string => code.split('-')[0]?.toLowerCase() ?? '';

/** Codes that Chromium knows (`known`) and has a dictionary for: `de-DE-3-0.bdic` is `de-DE` where it knows that, else `de`. */
export function installedLanguages(files: readonly string[], known: readonly string[]): string[] {
  const found = files.flatMap((name) => {
    const region = fileName.exec(name)?.[1];
    const code = known.find((one) => one === region) ?? known.find((one) => region !== undefined && one === languageOf(region));
    return code === undefined ? [] : [code];
  });
  return [...new Set(found)].sort();
}

/** What fits the system's languages, best first: for each the same code, else the same language. */
export function systemLanguages(system: readonly string[], installed: readonly string[]): string[] {
  const found = system.flatMap((wanted) => {
    const same = installed.find((code) => code.toLowerCase() === wanted.toLowerCase());
    return same ?? installed.find((code) => languageOf(code) === languageOf(wanted)) ?? [];
  });
  return [...new Set(found)].slice(0, MAX_SPELLING_LANGUAGES);
}

/** `chosen` is the person's, or null for what fits the system. */
export const languagesToCheck = (chosen: readonly string[] | null, system: readonly string[], installed: readonly string[]): string[] =>
  chosen === null ? systemLanguages(system, installed) : chosen.filter((code) => installed.includes(code)).slice(0, MAX_SPELLING_LANGUAGES);

/** Sets Chromium to these languages, and to nothing at all where there are none. */
export function applySpelling(session: ElectronParts['session'], languages: readonly string[]): void {
  // Off before the languages change: while it is on, Chromium asks for what is missing.
  if (languages.length === 0) session.setSpellCheckerEnabled(false);
  session.setSpellCheckerLanguages([...languages]);
  if (languages.length > 0) session.setSpellCheckerEnabled(true);
}

/** The name of a language in words: `en-GB` as "British English". */
function nameOf(code: string): string {
  try {
    return new Intl.DisplayNames(['en'], { type: 'language' }).of(code) ?? code;
  } catch {
    return code;
  }
}

type State = Pick<MenuState, 'spelling' | 'spellingInstalled'>;

export function spellingMenu(
  { spelling, spellingInstalled: installed }: State,
  { setSpelling }: Pick<MenuActions, 'setSpelling'>,
): MenuItemConstructorOptions[] {
  if (installed.length === 0) return [{ label: 'No dictionaries are installed', enabled: false }];
  const full = spelling.length >= MAX_SPELLING_LANGUAGES;
  return [
    {
      label: 'Languages of the system',
      click: () => {
        setSpelling(null);
      },
    },
    {
      label: 'Off',
      click: () => {
        setSpelling([]);
      },
    },
    { type: 'separator' },
    ...installed.map((code): MenuItemConstructorOptions => {
      const checked = spelling.includes(code);
      return {
        label: nameOf(code),
        type: 'checkbox',
        checked,
        enabled: checked || !full,
        click: () => {
          setSpelling(checked ? spelling.filter((other) => other !== code) : [...spelling, code]);
        },
      };
    }),
  ];
}

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openSettings } from '../../../src/host/electron/desktop/settings.ts';
import { installedLanguages, languagesToCheck, systemLanguages } from '../../../src/host/electron/desktop/spelling.ts';
import { entry, fakeElectron, press, scratch, testDesktop, until } from './fakes.ts';

const known = ['da', 'de', 'de-DE', 'en-GB', 'en-GB-oxendict', 'en-US', 'fr'];

/** A profile with these dictionaries and a system that speaks German. */
async function withDictionaries(...files: string[]) {
  const stateDirectory = await scratch();
  await mkdir(join(stateDirectory, 'Dictionaries'));
  for (const name of files) await writeFile(join(stateDirectory, 'Dictionaries', name), '');
  const electronFakes = fakeElectron();
  electronFakes.app.languages = ['de-AT', 'en-US'];
  return testDesktop({ stateDirectory, electronFakes });
}

describe('the languages that are checked', () => {
  test('are those with a dictionary that Chromium knows', () => {
    const files = [
      'de-DE-3-0.bdic',
      'en-GB-oxendict-9-0.bdic',
      'da-DK-3-0.bdic',
      'tlh-XX-1-0.bdic',
      'en-US.bdic',
      '../en-US-10-1.bdic',
      'notes.txt',
    ];
    expect(installedLanguages(files, known)).toEqual(['da', 'de-DE', 'en-GB-oxendict']);
  });

  test('are those of the system unless the person chose', () => {
    expect(systemLanguages(['de-AT', 'en-GB', 'en-ZA', 'nl'], ['de-DE', 'en-GB', 'en-US'])).toEqual(['de-DE', 'en-GB']);
    expect(languagesToCheck(null, ['en-US'], ['de-DE', 'en-US'])).toEqual(['en-US']);
    expect(languagesToCheck([], ['en-US'], ['en-US'])).toEqual([]);
    expect(languagesToCheck(['fr', 'de-DE'], ['en-US'], ['de-DE', 'en-US'])).toEqual(['de-DE']);
  });

  test('are none at all, and Chromium is told so before it makes the window, where there is no dictionary', async () => {
    const electronFakes = fakeElectron();
    const { session } = electronFakes;
    const atWindow: unknown[] = [];
    const window = (await testDesktop()).window;
    await testDesktop({
      electronFakes,
      createWindow: () => {
        atWindow.push({ enabled: session.enabled, languages: session.languages });
        return window;
      },
    });
    expect(atWindow).toEqual([{ enabled: false, languages: [] }]);
    expect(entry(electronFakes.applicationMenu, 'No dictionaries are installed')?.enabled).toBe(false);
    expect(session.enabled).toBe(false);
  });

  test('follow the system, then the menu, then the next start', async () => {
    const { desktop, electron, stateDirectory } = await withDictionaries('de-DE-3-0.bdic', 'en-GB-10-1.bdic');
    const { session } = electron;
    await until(() => {
      expect(session).toMatchObject({ enabled: true, languages: ['de-DE', 'en-GB'] });
    });
    await until(() => {
      expect(entry(electron.applicationMenu, 'British English')?.checked).toBe(true);
    });
    press(electron.applicationMenu, 'British English');
    expect(session.languages).toEqual(['de-DE']);
    press(electron.applicationMenu, 'Off');
    expect(session).toMatchObject({ enabled: false, languages: [] });
    expect(entry(electron.applicationMenu, 'British English')?.checked).toBe(false);
    await desktop.quit();
    expect((await openSettings(stateDirectory, () => undefined)).current.spelling).toEqual([]);
    const again = await testDesktop({ stateDirectory });
    await until(() => {
      expect(entry(again.electron.applicationMenu, 'British English')).toBeDefined();
    });
    expect(again.electron.session.enabled).toBe(false);
    press(again.electron.applicationMenu, 'Languages of the system');
    expect(again.electron.session.languages).toEqual(['en-GB']);
  });
});

// The rules that a store's linter and reviewers apply, and for each a change that breaks it.
import { describe, expect, it } from 'vitest';
import { fill } from '../../../scripts/metainfo.mjs';
import { manifestRules, type Rule } from './manifestRules.ts';
import { desktopRules, metainfoRules } from './metadataRules.ts';
import { app, parsePackage, readTexts, type Texts } from './package.ts';

/** As on the day of a release: a changelog with one. */
const changelog = '# Changelog\n\n## [Unreleased]\n\n## [0.1.0] - 2026-12-01\n\nThe first release.\n\n### Added\n\n- Everything.\n';
const released = (): Texts => {
  const texts = readTexts();
  return { ...texts, metainfo: fill(texts.metainfo, { changelog, version: '0.1.0', repository: app.repository }) };
};

const rules: Readonly<Record<string, Rule>> = { ...manifestRules, ...metainfoRules, ...desktopRules };
const complaints = (texts: Texts): string[] => {
  const checked = parsePackage(texts);
  return Object.entries(rules)
    .filter(([, rule]) => rule(checked) !== null)
    .map(([name]) => name);
};

type Change = (texts: Texts) => Texts;
const swap =
  (key: 'manifest' | 'metainfo' | 'desktop') =>
  (from: string | RegExp, to: string): Change =>
  (texts) => {
    const changed = texts[key].replace(from, to);
    if (changed === texts[key]) throw new Error(`${String(from)} is not in the ${key}`);
    return { ...texts, [key]: changed };
  };
const manifest = swap('manifest');
const metainfo = swap('metainfo');
const desktop = swap('desktop');
const permission = (argument: string): Change =>
  manifest('  - --share=network\n', `  - --share=network\n  # A reason of its own.\n  - ${argument}\n`);
const without =
  (name: string): Change =>
  (texts) => ({ ...texts, files: texts.files.filter((file) => file !== name) });

/** The rule and what breaks it. */
const breaks: readonly (readonly [rule: string, change: Change])[] = [
  ['id is that of app.json and of the file', manifest(/^id: .*$/m, 'id: org.example.Other')],
  ['id is that of app.json and of the file', without(`${app.id}.yml`)],
  ['keys stand in the documented order', manifest(/^command: sotto\n([^]*)$/m, '$1command: sotto\n')],
  ['keys stand in the documented order', manifest('id: ', 'app-name: Sotto\nid: ')],
  ['no branch is set', manifest('command: sotto', 'branch: stable\ncommand: sotto')],
  ['command is a name', manifest('command: sotto', 'command: /app/bin/sotto')],
  ['runtime, SDK and base are those of app.json, in one branch', manifest("base-version: '25.08'", "base-version: '24.08'")],
  ['runtime, SDK and base are those of app.json, in one branch', manifest("runtime-version: '25.08'", "runtime-version: '24.08'")],
  [
    'runtime, SDK and base are those of app.json, in one branch',
    manifest('org.electronjs.Electron2.BaseApp', 'org.chromium.Chromium.BaseApp'),
  ],
  ['SDK extensions are those of app.json', manifest('Extension.node24', 'Extension.node20')],
  ['text is YAML with two spaces and line feeds', manifest('id: ', 'id:  \n   ')],
  ['text is YAML with two spaces and line feeds', manifest('\n', '\r\n')],
  ['permissions are exactly the documented ones', manifest(/ {2}# The sounds.*\n.*pulseaudio\n/, '')],
  ['each permission has its reason above it', manifest(/ {2}# Drawing with.*\n/, '')],
  ['each permission has its reason above it', manifest(/ {2}# IRC servers.*\n/, '')],
  ['portals need no permission', permission('--talk-name=org.freedesktop.portal.Desktop')],
  ['notifications go through the portal', permission('--talk-name=org.freedesktop.Notifications')],
  ['secrets go through the portal', permission('--talk-name=org.freedesktop.secrets')],
  ['secrets go through the portal', permission('--filesystem=xdg-run/keyring')],
  ['no whole bus', permission('--socket=session-bus')],
  ['no whole bus', permission('--talk-name=org.kde.*')],
  ['X11 only as a fallback', permission('--socket=x11')],
  ['fallback X11 has shared memory', manifest('  - --share=ipc\n', '')],
  ['Wayland has a fallback', manifest('  - --socket=fallback-x11\n', '')],
  ['no files of the user', permission('--filesystem=home')],
  ['no files of the user', permission('--filesystem=xdg-config/autostart:create')],
  ['no device but the graphics', manifest('--device=dri', '--device=all')],
  ['its own name is not asked for', permission(`--own-name=${app.id}`)],
  ['no Unity launcher', permission('--talk-name=com.canonical.Unity')],
  ['no development features', permission('--talk-name=org.freedesktop.Flatpak')],
  ['git sources are https with tag and commit', manifest('https://github.com', 'git://github.com')],
  ['git sources are https with tag and commit', manifest(/ {8}tag: .*\n/, '')],
  ['git sources are https with tag and commit', manifest(/commit: '0+'/, "commit: 'main'")],
  [
    'no folder of this computer is a source',
    manifest('      - npm-sources.json', '      - type: dir\n        path: ..\n      - npm-sources.json'),
  ],
  [
    'archives and files have a sha256 or sha512',
    manifest(
      '      - npm-sources.json',
      '      - type: file\n        url: https://example.org/x\n        md5: 00\n      - npm-sources.json',
    ),
  ],
  ['source lists are the generated ones', manifest('      - npm-sources.json\n', '')],
  ['source lists are the generated ones', without('cargo-sources.json')],
  ['the build has no network', manifest('      append-path: /usr/lib/sdk/node24/bin', '      build-args:\n        - --share=network')],
  ['npm and cargo are offline and locked', manifest('npm ci --offline', 'npm ci')],
  ['npm and cargo are offline and locked', manifest('--locked --offline', '--locked')],
  ['npm and cargo are offline and locked', manifest('--locked --offline', '--offline')],
  ['no debug information is split off, none is cleaned up', manifest('no-debuginfo: true', 'no-debuginfo: false')],
  ['the Chromium sandbox stays', manifest("npm_config_offline: 'true'", "ZYPAK_DISABLE_SANDBOX: '1'")],
  ['component is a desktop application with our id', metainfo(/<id>.*<\/id>/, '<id>org.example.Other</id>')],
  ['licence of the metadata', metainfo('CC0-1.0', 'GPL-3.0-or-later')],
  ['licence of the project', metainfo('GPL-3.0-or-later', 'MIT')],
  ['name and developer are those of app.json', metainfo('<developer id="', '<developer id="org.')],
  ['summary is short and plain', metainfo(/<summary>.*<\/summary>/, '<summary>An IRC client made with Electron.</summary>')],
  ['description has paragraphs', metainfo(/<description>[^]*?<\/description>/, '<description/>')],
  ['launchable is the desktop file', metainfo('.desktop</launchable>', '</launchable>')],
  ['addresses of home and sources', metainfo('type="vcs-browser"', 'type="faq"')],
  ['screenshots have captions and addresses that stay', metainfo(/<caption>[^<]*<\/caption>/, '')],
  ['screenshots have captions and addresses that stay', metainfo('/v0.1.0/flatpak/screenshots', '/main/flatpak/screenshots')],
  ['screenshots have captions and addresses that stay', without('screenshots/channel.png')],
  ['colours for light and dark', metainfo('scheme_preference="dark"', 'scheme_preference="light"')],
  ['content rating says that people talk', metainfo('intense', 'mild')],
  ['every release has a date and notes', metainfo(/<releases>[^]*<\/releases>/, '<releases></releases>')],
  ['every release has a date and notes', metainfo(/ date="[^"]*"/, '')],
  ['every release has a date and notes', metainfo(/(<release [^>]*>)[^]*(<\/release>)/, '$1$2')],
  ['size and controls are said', metainfo('<control>keyboard</control>', '')],
  ['name, icon and window class', desktop(/^Icon=.*$/m, 'Icon=sotto')],
  ['starts the command with addresses', desktop('Exec=sotto %U', 'Exec=/app/sotto/sotto --no-sandbox %U')],
  ['comment is the summary', desktop(/^Comment=.*$/m, 'Comment=Something else')],
  ['categories of a chat program', desktop('IRCClient;', '')],
  ['opens our links', desktop('x-scheme-handler/sotto;', '')],
  ['is shown', desktop('Terminal=false', 'NoDisplay=true')],
  ['each action has its group', desktop('Actions=background;', 'Actions=background;other;')],
  ['icons in all sizes', without('icons/512.png')],
];

describe('the rules of stores', () => {
  it('has nothing to complain about', () => {
    expect(complaints(released())).toEqual([]);
  });

  it.each(breaks.map(([rule, change], number) => ({ rule, change, number })))('notices: $rule ($number)', ({ rule, change }) => {
    expect(complaints(change(released()))).toContain(rule);
  });

  it('has a change that breaks each rule, but for the id, which is no text of these files', () => {
    const broken = new Set(breaks.map(([rule]) => rule));
    expect(Object.keys(rules).filter((rule) => !broken.has(rule))).toEqual([
      'id has three to five parts, a lower-case domain and no reserved ending',
    ]);
  });
});

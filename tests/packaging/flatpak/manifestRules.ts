/** Flathub's rules for manifests (its linter and its requirements, read in August 2026), as far as they can concern us. */
import { app, type Manifest, type Package } from './package.ts';

/** Answers with what is wrong, or null. */
export type Rule = (checked: Package) => string | null;
export const unless = (right: boolean, complaint: string): string | null => (right ? null : complaint);

/** The permissions, and no others; flatpak/README.md has their reasons in a table. */
export const PERMISSIONS: readonly string[] = [
  '--share=network',
  '--socket=wayland',
  '--socket=fallback-x11',
  '--share=ipc',
  '--device=dri',
  '--socket=pulseaudio',
  '--talk-name=org.kde.StatusNotifierWatcher',
];

const KEY_ORDER = [
  'id',
  'runtime',
  'runtime-version',
  'sdk',
  'base',
  'base-version',
  'sdk-extensions',
  'command',
  'separate-locales',
  'finish-args',
  'build-options',
  'modules',
];

const args = (checked: Package): readonly string[] => checked.parsed['finish-args'];
const has = (checked: Package, argument: string): boolean => args(checked).includes(argument);
const none = (checked: Package, pattern: RegExp, complaint: string): string | null =>
  unless(!args(checked).some((argument) => pattern.test(argument)), complaint);

type SourceMap = Record<string, unknown>;
const sources = ({ modules }: Manifest): SourceMap[] =>
  modules.flatMap((module) => module.sources.filter((source) => typeof source !== 'string'));
const commands = ({ modules }: Manifest): string[] => modules.flatMap((module) => module['build-commands']);
const isHex = (value: unknown, length: number): boolean => typeof value === 'string' && new RegExp(`^[0-9a-f]{${length}}$`).test(value);

export const manifestRules: Readonly<Record<string, Rule>> = {
  'id has three to five parts, a lower-case domain and no reserved ending': () =>
    unless(
      /^[a-z][a-z0-9_]*(\.[a-z0-9_]+){1,3}\.[A-Za-z][A-Za-z0-9_]*$/.test(app.id) && !/\.(app|desktop|linux)$/i.test(app.id),
      `${app.id} is no id that stores take`,
    ),
  'id is that of app.json and of the file': ({ parsed, files }) =>
    unless(parsed.id === app.id && files.includes(`${app.id}.yml`), 'the manifest has another id than app.json or its file name'),
  'keys stand in the documented order': ({ manifest }) => {
    const found = [...manifest.matchAll(/^([a-z][a-z-]*):/gm)].map(([, key = '']) => key);
    return unless(found.join() === KEY_ORDER.filter((key) => found.includes(key)).join(), `unknown or out of order: ${found.join(', ')}`);
  },
  'no branch is set': ({ parsed }) => unless(!('branch' in parsed) && !('default-branch' in parsed), 'the store sets the branch'),
  'command is a name': ({ parsed }) =>
    unless(parsed.command === app.command && !parsed.command.includes('/'), 'command must be a file name in /app/bin'),
  'runtime, SDK and base are those of app.json, in one branch': ({ parsed }) =>
    unless(
      parsed.runtime === app.runtime &&
        parsed.sdk === app.sdk &&
        parsed.base === app.base &&
        parsed['runtime-version'] === app.branch &&
        parsed['base-version'] === app.branch,
      'runtime, SDK, base or a branch differs from app.json',
    ),
  'SDK extensions are those of app.json': ({ parsed }) =>
    unless(
      parsed['sdk-extensions'].join() === app.sdkExtensions.map((name) => `${app.sdk}.Extension.${name}`).join(),
      'the SDK extensions differ from app.json',
    ),
  'text is YAML with two spaces and line feeds': ({ manifest }) =>
    unless(
      !manifest.includes('\r') &&
        !manifest.includes('\t') &&
        manifest.endsWith('\n') &&
        manifest.split('\n').every((line) => (/^ */.exec(line)?.[0].length ?? 0) % 2 === 0),
      'two spaces, LF, a last line feed',
    ),
  'permissions are exactly the documented ones': (checked) =>
    unless([...args(checked)].sort().join() === [...PERMISSIONS].sort().join(), `permissions: ${args(checked).join(' ')}`),
  'each permission has its reason above it': ({ manifest }) => {
    const lines = manifest.split('\n');
    const first = lines.indexOf('finish-args:');
    return unless(
      /^ {2}# /.test(lines[first + 1] ?? '') && PERMISSIONS.every((argument) => reasonAbove(lines, argument)),
      'a permission without a comment',
    );
  },
  'portals need no permission': (checked) => none(checked, /org\.freedesktop\.portal\./, 'a portal is never talked to by name'),
  'notifications go through the portal': (checked) => none(checked, /org\.freedesktop\.Notifications/, 'the portal shows notifications'),
  'secrets go through the portal': (checked) => none(checked, /org\.freedesktop\.secrets|xdg-run\/keyring/i, 'the portal keeps secrets'),
  'no whole bus': (checked) => none(checked, /^--socket=(session|system)-bus$|-name=[^=]*\*$/, 'a whole bus, or names by pattern'),
  'X11 only as a fallback': (checked) => none(checked, /^--socket=x11$/, 'x11 beside wayland'),
  'fallback X11 has shared memory': (checked) =>
    unless(!has(checked, '--socket=fallback-x11') || has(checked, '--share=ipc'), 'fallback-x11 without ipc'),
  'Wayland has a fallback': (checked) =>
    unless(!has(checked, '--socket=wayland') || has(checked, '--socket=fallback-x11'), 'wayland alone'),
  'no files of the user': (checked) => none(checked, /^--(filesystem|persist)=/, 'files are chosen in the file portal'),
  'no device but the graphics': (checked) => none(checked, /^--device=(?!dri$)/, 'a device beside dri'),
  'its own name is not asked for': (checked) => none(checked, /^--own-name=/, 'the own name is implicit'),
  'no Unity launcher': (checked) => none(checked, /com\.canonical\./, 'Electron does not speak it any more'),
  'no development features': (checked) =>
    none(checked, /^--(allow=devel|talk-name=org\.freedesktop\.Flatpak|system-talk-name=)/, 'leaves the sandbox'),
  'git sources are https with tag and commit': ({ parsed }) =>
    unless(
      sources(parsed)
        .filter(({ type }) => type === 'git')
        .every(
          ({ url, tag, commit, branch }) =>
            url === `${app.repository}.git` && typeof tag === 'string' && isHex(commit, 40) && branch === undefined,
        ),
      'a git source without https, tag or commit',
    ),
  'no folder of this computer is a source': ({ parsed }) =>
    unless(
      sources(parsed).every(({ type, path }) => type !== 'dir' && path === undefined),
      'a source of type dir, or by path',
    ),
  'archives and files have a sha256 or sha512': ({ parsed }) =>
    unless(
      sources(parsed).every(
        (source) =>
          source['md5'] === undefined &&
          source['sha1'] === undefined &&
          (source['url'] === undefined || source['type'] === 'git' || isHex(source['sha256'], 64) || isHex(source['sha512'], 128)),
      ),
      'a download without sha256 or sha512',
    ),
  'source lists are the generated ones': ({ parsed, files }) => {
    const lists = parsed.modules.flatMap((module) => module.sources.filter((source) => typeof source === 'string'));
    return unless(
      lists.join() === 'cargo-sources.json,npm-sources.json,electron-sources.json' && lists.every((name) => files.includes(name)),
      `lists: ${lists.join(', ')}`,
    );
  },
  'the build has no network': ({ parsed, manifest }) =>
    unless(
      !/--share=network/.test(manifest.replace(/^finish-args:[^]*?^build-options:/m, '')) && !('build-args' in parsed),
      'network in the build',
    ),
  'npm and cargo are offline and locked': ({ parsed }) =>
    unless(
      commands(parsed).every(
        (line) =>
          (!/\bnpm (ci|install|i)\b/.test(line) || /npm ci --offline --ignore-scripts/.test(line)) &&
          (!/\bcargo (build|install)\b/.test(line) || (line.includes('--locked') && line.includes('--offline'))),
      ) &&
        commands(parsed).some((line) => line.startsWith('npm ci')) &&
        commands(parsed).some((line) => line.startsWith('cargo build')),
      'npm or cargo may reach for the network',
    ),
  'no debug information is split off, none is cleaned up': ({ parsed, manifest }) =>
    unless(parsed['build-options']['no-debuginfo'] === true && !manifest.includes('cleanup-debug'), 'no-debuginfo is what Electron needs'),
  'the Chromium sandbox stays': ({ manifest }) =>
    unless(!/no-sandbox|ZYPAK_DISABLE|ELECTRON_RUN_AS_NODE/.test(manifest), 'a switch that weakens the sandbox'),
};

/** What X11 needs shares the reason of the window. */
const SHARED_REASON = ['--socket=fallback-x11', '--share=ipc'];

function reasonAbove(lines: readonly string[], argument: string): boolean {
  let at = lines.indexOf(`  - ${argument}`) - 1;
  while (SHARED_REASON.includes(argument) && /^ {2}- --/.test(lines[at] ?? '')) at -= 1;
  return /^ {2}# \S+ \S+/.test(lines[at] ?? '');
}

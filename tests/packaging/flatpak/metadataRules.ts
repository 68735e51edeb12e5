/** Flathub's and the desktop's rules for metainfo, desktop file and icons. */
import { all, one, textOf } from './xml.ts';
import { app, type Package } from './package.ts';
import { unless, type Rule } from './manifestRules.ts';

/** What a summary in a store's list may take. */
const MAX_SUMMARY = 35;
const entry = (checked: Package): Readonly<Record<string, string>> => checked.groups['Desktop Entry'] ?? {};
const list = (value: string | undefined): string[] => (value ?? '').split(';').filter((item) => item !== '');

export const metainfoRules: Readonly<Record<string, Rule>> = {
  'component is a desktop application with our id': ({ xml }) =>
    unless(
      xml.name === 'component' && xml.attributes['type'] === 'desktop-application' && textOf(xml, 'id') === app.id,
      'another id or type',
    ),
  'licence of the metadata': ({ xml }) => unless(['CC0-1.0', 'FSFAP'].includes(textOf(xml, 'metadata_license')), 'CC0-1.0 or FSFAP'),
  'licence of the project': ({ xml }) => unless(textOf(xml, 'project_license') === 'GPL-3.0-or-later', 'not the licence of package.json'),
  'name and developer are those of app.json': ({ xml }) => {
    const developer = one(xml, 'developer');
    return unless(
      textOf(xml, 'name') === app.name &&
        developer?.attributes['id'] === app.developer.id &&
        textOf(developer, 'name') === app.developer.name,
      'name or developer differs from app.json',
    );
  },
  'summary is short and plain': ({ xml }) => {
    const summary = textOf(xml, 'summary');
    return unless(
      summary === app.summary &&
        summary.length <= MAX_SUMMARY &&
        !/^(an?|the) /i.test(summary) &&
        !/[.!?]$/.test(summary) &&
        !new RegExp(`\\b(${app.name}|electron|typescript|client for)\\b`, 'i').test(summary),
      `summary: ${summary}`,
    );
  },
  'description has paragraphs': ({ xml }) => {
    const description = one(xml, 'description');
    return unless(description !== null && all(description, 'p').length >= 2, 'two paragraphs at least');
  },
  'launchable is the desktop file': ({ xml }) =>
    unless(one(xml, 'launchable')?.attributes['type'] === 'desktop-id' && textOf(xml, 'launchable') === `${app.id}.desktop`, 'launchable'),
  'addresses of home and sources': ({ xml }) => {
    const address = (type: string): string => all(xml, 'url').find((url) => url.attributes['type'] === type)?.text ?? '';
    return unless(address('homepage') === app.homepage && address('vcs-browser') === app.repository, 'homepage or vcs-browser');
  },
  'screenshots have captions and addresses that stay': ({ xml, files }) => {
    const screenshots = all(one(xml, 'screenshots') ?? xml, 'screenshot');
    const raw = app.repository.replace('https://github.com/', 'https://raw.githubusercontent.com/');
    return unless(
      screenshots.length >= 3 &&
        screenshots.filter((screenshot) => screenshot.attributes['type'] === 'default').length === 1 &&
        screenshots.every((screenshot) => {
          const image = textOf(screenshot, 'image');
          const caption = textOf(screenshot, 'caption');
          const file = image.slice(image.lastIndexOf('/') + 1);
          return (
            /\/v\d+\.\d+\.\d+\//.test(image) &&
            image.startsWith(raw) &&
            caption !== '' &&
            !caption.endsWith('.') &&
            files.includes(`screenshots/${file}`)
          );
        }),
      'a screenshot without caption, tag or file',
    );
  },
  'colours for light and dark': ({ xml }) => {
    const colours = all(one(xml, 'branding') ?? xml, 'color');
    const of = (scheme: string): string => colours.find((colour) => colour.attributes['scheme_preference'] === scheme)?.text ?? '';
    return unless(of('light') === app.colours.light && of('dark') === app.colours.dark, 'branding differs from app.json');
  },
  'content rating says that people talk': ({ xml }) => {
    const rating = one(xml, 'content_rating');
    const chat = rating && all(rating, 'content_attribute').find((attribute) => attribute.attributes['id'] === 'social-chat');
    return unless(rating?.attributes['type'] === 'oars-1.1' && chat?.text === 'intense', 'oars-1.1 with social-chat');
  },
  'every release has a date and notes': ({ xml }) => {
    const releases = all(one(xml, 'releases') ?? xml, 'release');
    return unless(
      releases.length > 0 &&
        releases.every(
          (release) =>
            /^\d{4}-\d{2}-\d{2}$/.test(release.attributes['date'] ?? '') &&
            release.attributes['version'] !== undefined &&
            textOf(release, 'description') !== '',
        ),
      'a release without date or notes, or none at all',
    );
  },
  'size and controls are said': ({ xml }) => {
    const length = one(one(xml, 'requires') ?? xml, 'display_length');
    const controls = all(one(xml, 'supports') ?? xml, 'control').map((control) => control.text);
    return unless(length?.text === '360' && controls.includes('keyboard') && controls.includes('pointing'), 'requires or supports');
  },
};

export const desktopRules: Readonly<Record<string, Rule>> = {
  'name, icon and window class': (checked) =>
    unless(
      entry(checked)['Name'] === app.name && entry(checked)['Icon'] === app.id && entry(checked)['StartupWMClass'] === app.id,
      'Name, Icon or StartupWMClass differs from app.json',
    ),
  'starts the command with addresses': (checked) => unless(entry(checked)['Exec'] === `${app.command} %U`, 'Exec'),
  'comment is the summary': (checked) => unless(entry(checked)['Comment'] === app.summary, 'Comment differs from app.json'),
  'categories of a chat program': (checked) => unless(entry(checked)['Categories'] === 'Network;Chat;IRCClient;', 'Categories'),
  'opens our links': (checked) =>
    unless(list(entry(checked)['MimeType']).join() === app.schemes.map((scheme) => `x-scheme-handler/${scheme}`).join(), 'MimeType'),
  'is shown': (checked) => unless(!('NoDisplay' in entry(checked)) && !('Hidden' in entry(checked)), 'NoDisplay or Hidden'),
  'each action has its group': (checked) => {
    const actions = list(entry(checked)['Actions']);
    const groups = Object.keys(checked.groups).filter((name) => name.startsWith('Desktop Action '));
    return unless(
      actions.map((name) => `Desktop Action ${name}`).join() === groups.join() &&
        groups.every(
          (name) => (checked.groups[name]?.['Exec'] ?? '').startsWith(`${app.command} --`) && checked.groups[name]?.['Name'] !== undefined,
        ),
      'Actions and their groups differ',
    );
  },
  'icons in all sizes': ({ files }) =>
    unless(
      [`${app.id}.svg`, `${app.id}-symbolic.svg`, '128.png', '256.png', '512.png'].every((name) => files.includes(`icons/${name}`)),
      'an icon is missing',
    ),
};

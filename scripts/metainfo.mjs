// Writes the parts of flatpak/ that follow from elsewhere: in the metainfo the releases of CHANGELOG.md and the addresses of the screenshots, in the
// manifest the tag of the version.
//
//   node scripts/metainfo.mjs            writes them
//   node scripts/metainfo.mjs --check    says whether they are current
//
// A release is a heading "## [1.2.3] - 2026-12-31" of CHANGELOG.md. Its note in stores is the paragraph right under the heading; where there is none,
// the first sentence of each of the first bullets. What is under [Unreleased] is not shown.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const at = (...parts) => path.join(root, ...parts);

/** Stores show a few lines; the rest is behind the link. */
const MAX_BULLETS = 10;

const escape = (text) => text.replace(/[&<>"]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign]);

/** Text of one line as AppStream markup: code stays code, links and emphasis become their text. */
function markup(text) {
  return text
    .split(/(`[^`]+`)/)
    .map((part) =>
      /^`[^`]+`$/.test(part)
        ? `<code>${escape(part.slice(1, -1))}</code>`
        : escape(part.replace(/\[([^\]]+)\]\([^)]*\)/g, '$1').replace(/(^|\W)([_*]{1,2})(\S(?:.*?\S)?)\2(?=\W|$)/g, '$1$3')),
    )
    .join('');
}

/** Up to the first full stop that ends a sentence; none inside code. */
function firstSentence(text) {
  const plain = text.replace(/`[^`]*`/g, (code) => '`'.repeat(code.length));
  const end = /\.(?=\s)/.exec(plain);
  return (end === null ? text : text.slice(0, end.index)).replace(/[.;:]$/, '');
}

/** The released versions, newest first: `{version, date, paragraphs, bullets}`, lines joined. Throws where a heading is not of the known form. */
export function releasesOf(changelog) {
  return changelog
    .split(/^## /m)
    .slice(1)
    .filter((section) => !/^\[Unreleased\]/i.test(section))
    .map((section) => {
      const [heading, ...rest] = section.split('\n');
      const match = /^\[(\d+\.\d+\.\d+(?:-[\w.]+)?)\] - (\d{4}-\d{2}-\d{2})$/.exec(heading.trim());
      if (match === null) throw new Error(`CHANGELOG.md: "## ${heading}" is not of the form "## [1.2.3] - 2026-12-31"`);
      const blocks = rest
        .join('\n')
        .replace(/^\[[^\]]+\]: .*$/gm, '')
        .split(/\n\s*\n|\n(?=- |#)/)
        .map((block) => block.trim().replace(/\s*\n\s*/g, ' '))
        .filter((block) => block !== '');
      const firstOther = blocks.findIndex((block) => block.startsWith('#') || block.startsWith('- '));
      return {
        version: match[1],
        date: match[2],
        paragraphs: blocks.slice(0, firstOther < 0 ? blocks.length : firstOther),
        bullets: blocks.filter((block) => block.startsWith('- ')).map((block) => block.slice(2)),
      };
    });
}

function releaseXml({ version, date, paragraphs, bullets }, repository) {
  const items = bullets.slice(0, MAX_BULLETS).map((bullet) => `          <li>${markup(firstSentence(bullet))}</li>`);
  const notes =
    paragraphs.length > 0
      ? paragraphs.map((text) => `        <p>${markup(text)}</p>`)
      : items.length > 0
        ? ['        <ul>', ...items, '        </ul>']
        : [];
  if (notes.length === 0) throw new Error(`CHANGELOG.md says nothing about ${version}`);
  const kind = version.includes('-') ? ' type="development"' : '';
  return [
    `    <release version="${version.replace('-', '~')}" date="${date}"${kind}>`,
    `      <url type="details">${repository}/blob/v${version}/CHANGELOG.md</url>`,
    '      <description>',
    ...notes,
    '      </description>',
    '    </release>',
  ].join('\n');
}

/** The metainfo text with releases and addresses put in. */
export function fill(xml, { changelog, version, repository }) {
  const releases = releasesOf(changelog).map((release) => `${releaseXml(release, repository)}\n`);
  const raw = repository.replace('https://github.com/', 'https://raw.githubusercontent.com/');
  return xml
    .replace(/<releases>[^]*<\/releases>/, () => `<releases>\n${releases.join('')}  </releases>`)
    .replace(/<image>[^<]*\/([\w-]+\.png)<\/image>/g, (_, file) => `<image>${raw}/v${version}/flatpak/screenshots/${file}</image>`);
}

/** Brings both files up to date; answers whether they were. With `write: false` it only answers. */
export function updateMetainfo({ write = true } = {}) {
  const app = JSON.parse(fs.readFileSync(at('flatpak', 'app.json'), 'utf8'));
  const { version } = JSON.parse(fs.readFileSync(at('package.json'), 'utf8'));
  const changelog = fs.readFileSync(at('CHANGELOG.md'), 'utf8');
  const changes = {
    [`${app.id}.metainfo.xml`]: (text) => fill(text, { changelog, version, repository: app.repository }),
    [`${app.id}.yml`]: (text) => text.replace(/^( +tag: ).*$/gm, `$1v${version}`),
  };
  const stale = Object.entries(changes).filter(([name, change]) => {
    const text = fs.readFileSync(at('flatpak', name), 'utf8');
    const wanted = change(text);
    if (write && wanted !== text) fs.writeFileSync(at('flatpak', name), wanted);
    return wanted !== text;
  });
  return stale.length === 0;
}

if (process.argv[1] && fs.realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const check = process.argv[2] === '--check';
  const current = updateMetainfo({ write: !check });
  if (check && !current) console.error('Metainfo or manifest is older than CHANGELOG.md or the version: npm run metainfo');
  process.exitCode = check && !current ? 1 : 0;
}

// Makes a release: the version everywhere, a dated section of CHANGELOG.md, what follows from them, all checks, a commit and a tag.
// Nothing is published or pushed. Plain JavaScript for Node >= 20, no packages. See docs/RELEASING.md.
//
//   node scripts/release.mjs patch|minor|major|1.2.3 [--date 2026-12-31] [--sign] [--dry-run]
//
// --sign signs the tag with your key. --dry-run says what would change and runs the checks on the tree as it is; it writes nothing.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { root, run, runMain, SetUpError } from './set-up.mjs';

const at = (...parts) => path.join(root, ...parts);
const git = (...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();

/** Scripts that write what follows from the version or the changelog; each knows --check, which `npm run ready` runs. */
const GENERATORS = ['metainfo.mjs'];
const VERSION = /^(\d{1,5})\.(\d{1,5})\.(\d{1,5})$/;

/** The version after `current`: a part's name, or a version that is higher. */
export function nextVersion(current, wanted) {
  const parse = (text) => VERSION.exec(text)?.slice(1).map(Number) ?? null;
  const now = parse(current);
  if (now === null) throw new SetUpError(`The present version "${current}" is not of the form 1.2.3.`);
  const [major, minor, patch] = now;
  const named = { major: [major + 1, 0, 0], minor: [major, minor + 1, 0], patch: [major, minor, patch + 1] };
  const next = Object.hasOwn(named, wanted) ? named[wanted] : parse(wanted);
  if (next === null) throw new SetUpError(`"${wanted}" is neither patch, minor, major nor a version as 1.2.3.`);
  const differs = next.findIndex((part, index) => part !== now[index]);
  if (differs < 0 || next[differs] < now[differs]) throw new SetUpError(`${next.join('.')} is not after ${current}.`);
  return next.join('.');
}

/** What is under "Unreleased" becomes the section of `version`. Refuses where nothing is there. */
export function datedChangelog(changelog, version, date) {
  const heading = '## [Unreleased]\n';
  const start = changelog.indexOf(heading);
  if (start < 0) throw new SetUpError('CHANGELOG.md has no section "## [Unreleased]".');
  if (changelog.includes(`## [${version}]`)) throw new SetUpError(`CHANGELOG.md has a section of ${version} already.`);
  const rest = changelog.slice(start + heading.length);
  const section = rest.split(/^## /m, 1)[0];
  if (!/^- \S/m.test(section))
    throw new SetUpError('CHANGELOG.md says nothing under "Unreleased": write what changed for people who use Sotto.');
  return `${changelog.slice(0, start)}${heading}\n## [${version}] - ${date}\n${rest}`;
}

/** Replaces exactly `times` occurrences; anything else means that the file is not as it was when this was written. */
function replaced(text, old, now, times, file) {
  const parts = text.split(old);
  if (parts.length - 1 < times) throw new SetUpError(`${file} does not hold its version where it is expected.`);
  return parts.slice(0, times + 1).join(now) + (parts.length > times + 1 ? old + parts.slice(times + 1).join(old) : '');
}

/** New contents by file name. */
function edits(current, version, date) {
  const read = (file) => fs.readFileSync(at(file), 'utf8');
  const inJson = (file, times) => [file, replaced(read(file), `"version": "${current}"`, `"version": "${version}"`, times, file)];
  const all = new Map([
    inJson('package.json', 1),
    inJson('package-lock.json', 2),
    ['CHANGELOG.md', datedChangelog(read('CHANGELOG.md'), version, date)],
  ]);
  const { version: written, packages } = JSON.parse(all.get('package-lock.json'));
  if (written !== version || packages[''].version !== version)
    throw new SetUpError('package-lock.json would not have the version in both places.');
  return all;
}

function checkTree(version) {
  const changed = git('status', '--porcelain');
  if (changed !== '') throw new SetUpError(`A release is made of what is committed. Commit or put away:\n${changed}`);
  if (git('tag', '--list', `v${version}`) !== '') throw new SetUpError(`There is a tag v${version} already.`);
}

async function ready() {
  const npm = process.env.npm_execpath;
  const [command, ...first] = npm ? [process.env.npm_node_execpath ?? process.execPath, npm] : ['npm'];
  if ((await run(command, [...first, 'run', '--silent', 'ready'])) !== 0)
    throw new SetUpError('npm run ready failed; what it said is above.');
}

async function main() {
  const options = { date: { type: 'string' }, sign: { type: 'boolean' }, 'dry-run': { type: 'boolean' } };
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  if (positionals.length !== 1)
    throw new SetUpError('usage: node scripts/release.mjs patch|minor|major|1.2.3 [--date DATE] [--sign] [--dry-run]');
  const date = values.date ?? new Date().toISOString().slice(0, 10);
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date) || Number.isNaN(Date.parse(date))) throw new SetUpError(`"${date}" is no date as 2026-12-31.`);
  const { version: current } = JSON.parse(fs.readFileSync(at('package.json'), 'utf8'));
  const version = nextVersion(current, positionals[0]);
  checkTree(version);
  const changes = edits(current, version, date);
  console.log(`${current} -> ${version} (${date}): ${[...changes.keys()].join(', ')}, and what ${GENERATORS.join(', ')} writes`);
  if (values['dry-run']) {
    await ready();
    console.log('Nothing was written. Everything else would have been committed and tagged.');
    return 0;
  }
  try {
    for (const [file, content] of changes) fs.writeFileSync(at(file), content);
    for (const script of GENERATORS)
      execFileSync(process.execPath, [at('scripts', script)], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
    await ready();
    git('commit', '--quiet', '--all', '--message', `Sotto ${version}`);
  } catch (error) {
    // The tree was clean, so this takes back what was written above and nothing else.
    git('checkout', '--quiet', '--', '.');
    throw error;
  }
  git('tag', values.sign ? '--sign' : '--annotate', `v${version}`, '--message', `Sotto ${version}`);
  console.log(`Committed, and tagged v${version}. Next: npm run package, and docs/RELEASING.md. Nothing was published.`);
  return 0;
}

await runMain(main);

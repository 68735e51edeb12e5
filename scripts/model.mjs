/**
 * Runs the symbolic models in docs/model with Verifpal and compares each query's answer with the one the file expects:
 * `node scripts/model.mjs [words of file names…]`. Installs Verifpal with cargo (some minutes) where it is not in the cache yet.
 * Exit 1: another answer than expected, a query without an expectation, a model that cannot be read, or one that took too long.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { availableParallelism, homedir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const VERSION = '1.6.7';
const LIMIT_MS = 10 * 60_000;
const INSTALL_LIMIT_MS = 60 * 60_000;
const MAX_OUTPUT = 16 * 1024 * 1024;
const folder = fileURLToPath(new URL('../docs/model/', import.meta.url));
const cache = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
const root = join(cache, 'sotto', 'verifpal', VERSION);
const verifpal = join(root, 'bin', 'verifpal');

/** What a program printed, or why it did not end well. */
function run(command, args, { limit, show = false }) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', show ? 'inherit' : 'pipe', show ? 'inherit' : 'pipe'] });
    const text = { out: '', err: '' };
    let why = null;
    const stop = (reason) => {
      why ??= reason;
      child.kill('SIGKILL');
    };
    const timer = setTimeout(() => stop(`took longer than ${limit / 1000} s`), limit);
    const collect = (stream, name) =>
      stream?.setEncoding('utf8').on('data', (part) => {
        text[name] += part;
        if (text[name].length > MAX_OUTPUT) stop('printed too much');
      });
    collect(child.stdout, 'out');
    collect(child.stderr, 'err');
    child.once('error', (error) => (why ??= error.message));
    child.once('close', (code) => {
      clearTimeout(timer);
      if (why === null && code !== 0) why = text.err.trim() || `ended with ${code}`;
      resolve({ out: text.out, why });
    });
  });
}

async function install() {
  if (existsSync(verifpal)) return;
  mkdirSync(root, { recursive: true });
  console.log(`Installing verifpal ${VERSION} into ${root}.`);
  const args = ['install', 'verifpal', '--version', VERSION, '--locked', '--ignore-rust-version', '--root', root];
  const { why } = await run('cargo', args, { limit: INSTALL_LIMIT_MS, show: true });
  if (why !== null) throw new Error(`verifpal cannot be installed: ${why}`);
}

/** Sessions a principal, and the queries in their order: `// expected: holds|attack`, other comments, the query. */
function readModel(file) {
  const text = readFileSync(join(folder, file), 'utf8');
  const sessions = /^\/\/ sessions: ([1-9])$/m.exec(text)?.[1];
  const block = /^queries\[\n(.*?)^\]/ms.exec(text)?.[1];
  if (!sessions || !block) throw new Error(`${file}: no sessions line or no queries`);
  const queries = [];
  let expected = null;
  for (const line of block.split('\n').map((part) => part.trim())) {
    const found = /^\/\/ expected: (holds|attack)\b/.exec(line)?.[1];
    if (found) expected = found;
    if (line === '' || line.startsWith('//')) continue;
    if (expected === null) throw new Error(`${file}: "${line}" has no expectation`);
    queries.push({ query: line, expected });
    expected = null;
  }
  if (queries.length === 0) throw new Error(`${file}: no queries`);
  return { sessions, queries };
}

/** One row a query. */
async function judge(file) {
  const model = basename(file, '.vp');
  const started = performance.now();
  const rows = (found, queries) => {
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    return queries.map(({ query, expected }, index) => ({ model, query, expected, found: found(query, index), seconds }));
  };
  try {
    const { sessions, queries } = readModel(file);
    const args = ['verify', join(folder, file), '--sessions', sessions, '--format', 'json', '--color', 'never'];
    const { out, why } = await run(verifpal, args, { limit: LIMIT_MS });
    if (why !== null) return rows(() => why, queries);
    const answers = answersIn(out);
    return rows((query, index) => {
      const answer = answers[index];
      if (answers.length !== queries.length || answer?.query !== query) return 'no answer to this query';
      if (answer.resolved) return 'attack';
      return answer.envelope?.exhausted === true ? 'holds' : 'search cut short';
    }, queries);
  } catch (error) {
    return rows(() => error.message, [{ query: '–', expected: '–' }]);
  }
}

/** `resolved`: an attack was found. `envelope.exhausted`: the search ended by itself; without it "holds" would say nothing. */
function answersIn(json) {
  const { analysis, error } = JSON.parse(json).models[0];
  if (!analysis) throw new Error(error ?? 'not analysed');
  return analysis.queries;
}

function table(rows) {
  const columns = ['model', 'query', 'expected', 'found', 'seconds'];
  const widths = columns.map((column) => Math.max(column.length, ...rows.map((row) => row[column].length)));
  const print = (cells) =>
    console.log(
      cells
        .map((cell, index) => cell.padEnd(widths[index]))
        .join('  ')
        .trimEnd(),
    );
  print(columns);
  for (const row of rows) print([...columns.map((column) => row[column]), row.found === row.expected ? '' : '  <- not as expected']);
}

async function main() {
  const words = process.argv.slice(2);
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.vp') && (words.length === 0 || words.some((word) => name.includes(word))))
    .sort();
  if (files.length === 0) throw new Error('There is no such model.');
  await install();
  // Verifpal uses every core itself; two at a time fill the gaps of its serial parts.
  const waiting = [...files];
  const all = new Map();
  const worker = async () => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) all.set(file, await judge(file));
  };
  await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, worker));
  const rows = files.flatMap((file) => all.get(file) ?? []);
  table(rows);
  const wrong = rows.filter(({ expected, found }) => expected !== found).length;
  console.log(`verifpal ${VERSION}: ${files.length} models, ${rows.length} queries, ${wrong} not as expected`);
  process.exitCode = wrong === 0 ? 0 : 1;
}

main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});

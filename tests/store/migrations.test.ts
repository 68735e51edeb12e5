import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openDatabase } from '../../src/store/database.ts';
import type { Db } from '../../src/store/db.ts';
import type { Migration } from '../../src/store/migrate.ts';
import { ircMigrations, privateMigrations } from '../../src/store/migrations/all.ts';
import { newFolder } from './support.ts';

const openWith = (path: string, migrations: readonly Migration[]): Db =>
  openDatabase({ path, key: 'ab'.repeat(32), synchronous: 'FULL', migrations });
const newPath = (): string => {
  const { dataDirectory } = newFolder();
  mkdirSync(dataDirectory, { recursive: true });
  return join(dataDirectory, 'test.db');
};
const version = (db: Db): unknown => db.pragma('user_version', { simple: true });
const schema = (db: Db): unknown[] => db.prepare('SELECT name, sql FROM sqlite_schema ORDER BY name').all();
const steps: Migration[] = [
  { file: 'private', version: 1, sql: 'CREATE TABLE a (x INTEGER) STRICT; INSERT INTO a VALUES (1);' },
  { file: 'private', version: 4, sql: 'CREATE TABLE b (x INTEGER) STRICT; INSERT INTO b SELECT x + 1 FROM a;' },
];

test.each([
  ['private.db', privateMigrations],
  ['irc.db', ircMigrations],
])('%s is made from nothing and not touched by a second run', (_, migrations) => {
  const path = newPath();
  const first = openWith(path, migrations);
  const made = schema(first);
  expect(made.length).toBeGreaterThan(2);
  expect(version(first)).toBe(migrations.at(-1)?.version);
  first.close();
  const second = openWith(path, migrations);
  expect(schema(second)).toEqual(made);
  second.close();
});

test('every table is strict, and foreign keys, trust and deletion are set as the store promises', () => {
  const db = openWith(newPath(), privateMigrations);
  const tables = db.prepare<[], { name: string; strict: number }>(`SELECT name, strict FROM pragma_table_list WHERE schema = 'main'`).all();
  expect(tables.filter(({ name, strict }) => !name.startsWith('sqlite_') && strict !== 1)).toEqual([]);
  const settings = ['journal_mode', 'synchronous', 'foreign_keys', 'trusted_schema', 'secure_delete', 'temp_store', 'cipher'];
  expect(settings.map((name) => db.pragma(name, { simple: true }))).toEqual(['wal', 2, 1, 0, 1, 2, 'chacha20']);
  db.close();
});

test('only the missing steps run, each once', () => {
  const path = newPath();
  openWith(path, steps.slice(0, 1)).close();
  openWith(path, steps).close();
  const db = openWith(path, steps);
  expect(version(db)).toBe(4);
  expect(db.prepare('SELECT x FROM b').all()).toEqual([{ x: 2 }]);
  db.close();
});

test('a step that fails leaves the file at the version before', () => {
  const path = newPath();
  openWith(path, steps.slice(0, 1)).close();
  const broken = { file: 'private' as const, version: 5, sql: 'CREATE TABLE c (x INTEGER) STRICT; INSERT INTO nowhere VALUES (1);' };
  expect(() => openWith(path, [...steps, broken])).toThrow(expect.objectContaining({ code: 'io' }));
  const db = openWith(path, steps);
  expect(version(db)).toBe(4);
  expect(db.prepare(`SELECT name FROM sqlite_schema WHERE name = 'c'`).all()).toEqual([]);
  db.close();
});

test('a file of a newer Sotto is refused', () => {
  const path = newPath();
  openWith(path, steps).close();
  expect(() => openWith(path, steps.slice(0, 1))).toThrow(/newer Sotto/);
});

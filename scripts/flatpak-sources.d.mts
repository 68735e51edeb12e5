interface Lock {
  packages: Record<string, unknown>;
}
export function neededPackages(lock: Lock, roots?: readonly string[]): string[];
export function npmSources(lock: Lock): unknown[];
export function buildLock(manifest: unknown, lock: Lock, isThere: (file: string) => boolean): { manifest: unknown; lock: unknown };
export function crates(text: string): { name: string; version: string; sha256: string }[];
export function cargoSources(text: string): unknown[];
export function electronSources(version: string, checksums: Readonly<Record<string, string>>): unknown[];
export function generate(): Record<string, string>;

import { mkdirSync } from 'node:fs';
import module from 'node:module';
import { join } from 'node:path';
import { profilePaths } from '../core/profile.ts';

/** Keeps compiled code between starts. To be called before the rest of the program is loaded; where it cannot be kept, nothing is lost. */
export function useCompileCache(profile: string | null): void {
  const { cacheDirectory } = profilePaths(profile, process.env);
  try {
    mkdirSync(cacheDirectory, { recursive: true, mode: 0o700 });
  } catch {
    // The profile's own check says in words what is wrong with the directory.
    return;
  }
  module.enableCompileCache(join(cacheDirectory, 'compiled'));
}

import { closeSync, fsyncSync, openSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Makes a directory's entries (a new or renamed file) survive a power cut. */
export const syncDirectory = (directory: string): void => {
  const descriptor = openSync(directory, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
};

const writeSynced = (path: string, text: string, flags: 'wx' | 'w'): void => {
  const descriptor = openSync(path, flags, 0o600);
  try {
    writeFileSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
};

/** Makes a file (0600) that must not exist yet; on the disk when this returns. Throws EEXIST. */
export const createDurably = (path: string, text: string): void => {
  writeSynced(path, text, 'wx');
  syncDirectory(dirname(path));
};

/** Replaces a file (0600) in one step; on the disk when this returns. */
export const replaceDurably = (path: string, text: string): void => {
  const temporary = `${path}.new`;
  writeSynced(temporary, text, 'w');
  renameSync(temporary, path);
  syncDirectory(dirname(path));
};

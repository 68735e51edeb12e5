/** Sounds of the person's own, in the folder `sounds` beside the configuration, as Halloy has them. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { NotificationsConfig } from '../../config/config.ts';
import { ContractError } from '../../contract/errors.ts';
import { soundSource } from '../../contract/sounds.ts';

/** A sound is short: this is half a minute of MP3. */
export const MAX_SOUND_BYTES = 512 * 1_024;

interface Options {
  /** Of the configuration. */
  directory: string;
  config: () => NotificationsConfig;
}

/** Reads a sound by its name. Only what the configuration names for a notification is read; throws `notFound` or `limit` with a sentence. */
export function createSoundFiles({ directory, config }: Options): (name: string) => Promise<Uint8Array> {
  const isNamed = (name: string): boolean => {
    const { kinds, channels } = config();
    return [...Object.values(kinds), ...channels.values()].some(({ sound }) => sound === name);
  };
  return async (name) => {
    if (soundSource(name)?.kind !== 'file' || /[/\\]/.test(name) || !isNamed(name))
      throw new ContractError('notFound', 'No notification has this sound.');
    const missing = `The sound ${name} cannot be read. It belongs in the folder “sounds” beside config.toml.`;
    // A pipe of that name must not be waited for.
    const file = await open(join(directory, 'sounds', name), constants.O_RDONLY | constants.O_NONBLOCK).catch((cause: unknown) => {
      throw new ContractError('notFound', missing, { cause });
    });
    try {
      if (!(await file.stat()).isFile()) throw new ContractError('notFound', missing);
      const bytes = new Uint8Array(MAX_SOUND_BYTES + 1);
      const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
      if (bytesRead > MAX_SOUND_BYTES) throw new ContractError('limit', `The sound ${name} is larger than ${MAX_SOUND_BYTES / 1_024} KiB.`);
      return bytes.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  };
}

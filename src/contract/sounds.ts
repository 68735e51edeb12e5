/** What the name of a notification's sound stands for. */

/** Halloy's names. Sotto plays tones of its own for them. */
export const builtInSounds = ['bloop', 'bonk', 'dong', 'drop', 'peck', 'ring', 'sing', 'squeak', 'tweep', 'whistle', 'zone'] as const;
export type BuiltInSound = (typeof builtInSounds)[number];

export type SoundSource =
  | { kind: 'builtIn'; name: BuiltInSound }
  /** In the folder `sounds` beside the configuration. */
  | { kind: 'file'; name: string }
  /** Of the desktop's sound theme (freedesktop.org Sound Naming Specification 0.8): whoever shows the notification plays it. */
  | { kind: 'theme'; name: string };

const isBuiltIn = (name: string): name is BuiltInSound => builtInSounds.some((one) => one === name);

export function soundSource(name: string): SoundSource | null {
  if (isBuiltIn(name)) return { kind: 'builtIn', name };
  if (/\.(?:mp3|ogg|oga|flac|wav)$/i.test(name)) return { kind: 'file', name };
  return /^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(name) ? { kind: 'theme', name } : null;
}

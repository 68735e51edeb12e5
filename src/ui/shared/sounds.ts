/** Sounds of notifications: one at a time, and by one of the open tabs only. */
import { soundSource } from '../../contract/sounds.ts';
import { playNotes, tones } from './tones.ts';

const LAST_KEY = 'sotto.sounded';
const LOCK = 'sotto.sound';
/** Decoded files that are kept; the oldest goes. */
const MAX_DECODED = 8;
/** Seconds of a file that are played. */
const MAX_SECONDS = 30;
/** A sound that comes later than this belongs to nothing any more. */
const RESUME_MS = 1_000;

interface Options {
  /** Null: this page may make no sound yet, since nobody has pressed anything in it. */
  context: () => AudioContext | null;
  /** The bytes of a file as base64. */
  read: (name: string) => Promise<string>;
  storage: Pick<Storage, 'getItem' | 'setItem'>;
  locks: Pick<LockManager, 'request'>;
  /** A sentence for the person: a file that cannot be played. Told once for a name. */
  say: (sentence: string) => void;
}

export interface Sounds {
  /** `id`: of the notification. Never rejects. */
  play(id: number, sound: string): Promise<void>;
}

export function createSounds({ context: contextOf, read, storage, locks, say }: Options): Sounds {
  let stopLast = (): void => undefined;
  const decoded = new Map<string, AudioBuffer>();
  const told = new Set<string>();

  const fileOf = async (context: AudioContext, name: string): Promise<AudioBuffer> => {
    const known = decoded.get(name);
    if (known !== undefined) return known;
    const binary = atob(await read(name));
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
    const buffer = await context.decodeAudioData(bytes.buffer);
    decoded.set(name, buffer);
    for (const oldest of decoded.keys()) {
      if (decoded.size <= MAX_DECODED) break;
      decoded.delete(oldest);
    }
    return buffer;
  };
  /** This page is the one that plays it: the first that asks. Numbers of notifications rise. */
  const isOurs = (id: number): Promise<boolean> =>
    locks.request(LOCK, () => {
      if (Number(storage.getItem(LAST_KEY) ?? 0) >= id) return false;
      storage.setItem(LAST_KEY, String(id));
      return true;
    });

  return {
    play: async (id, sound) => {
      const source = soundSource(sound);
      if (source === null || source.kind === 'theme') return;
      const context = contextOf();
      if (context === null || !(await mayPlay(context)) || !(await isOurs(id))) return;
      try {
        const buffer = source.kind === 'file' ? await fileOf(context, source.name) : null;
        stopLast();
        const output = new GainNode(context);
        output.connect(context.destination);
        stopLast = () => {
          output.disconnect();
        };
        if (source.kind === 'builtIn') playNotes(context, output, tones[source.name]);
        else {
          const playing = new AudioBufferSourceNode(context, { buffer });
          playing.connect(output);
          playing.start(0, 0, MAX_SECONDS);
        }
      } catch (error) {
        if (!told.has(sound))
          say(error instanceof DOMException ? `The sound ${sound} is no sound that can be played here.` : sentenceOf(error));
        told.add(sound);
      }
    },
  };
}

/** Where the browser does not let it, `resume` waits for a press that may never come. */
async function mayPlay(context: AudioContext): Promise<boolean> {
  const isRunning = (): boolean => context.state === 'running';
  if (isRunning()) return true;
  const late = new Promise((resolve) => setTimeout(resolve, RESUME_MS));
  await Promise.race([context.resume().catch(() => undefined), late]);
  return isRunning();
}

const sentenceOf = (error: unknown): string => (error instanceof Error ? error.message : 'A sound could not be played.');

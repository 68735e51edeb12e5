/** Short tones for Halloy's names of sounds, made here: no recordings. */
import type { BuiltInSound } from '../../contract/sounds.ts';

/** One after the other or at once: `at` and `for` in seconds, frequencies in hertz; with `to` it slides there. */
export interface Note {
  wave: OscillatorType;
  from: number;
  to?: number;
  at: number;
  for: number;
  /** Of 1; the usual one is 1. */
  level?: number;
}

/** Quieter than speech: a tone carries far. */
const LOUDNESS = 0.16;
/** A start or an end at full level clicks. */
const ATTACK_SECONDS = 0.006;
const SILENCE = 0.0001;

export const tones: Readonly<Record<BuiltInSound, readonly Note[]>> = {
  bloop: [{ wave: 'sine', from: 280, to: 640, at: 0, for: 0.16 }],
  bonk: [{ wave: 'triangle', from: 220, to: 90, at: 0, for: 0.2 }],
  dong: [
    { wave: 'sine', from: 392, at: 0, for: 0.9 },
    { wave: 'sine', from: 1_084, at: 0, for: 0.5, level: 0.25 },
  ],
  drop: [{ wave: 'sine', from: 1_300, to: 420, at: 0, for: 0.14 }],
  peck: [
    { wave: 'triangle', from: 980, at: 0, for: 0.05 },
    { wave: 'triangle', from: 980, at: 0.09, for: 0.05 },
  ],
  ring: [0, 0.1, 0.2, 0.3].map((at, index) => ({ wave: 'sine', from: index % 2 === 0 ? 1_319 : 1_568, at, for: 0.12 })),
  sing: [
    { wave: 'sine', from: 659, at: 0, for: 0.16 },
    { wave: 'sine', from: 831, at: 0.13, for: 0.16 },
    { wave: 'sine', from: 988, at: 0.26, for: 0.3 },
  ],
  squeak: [{ wave: 'sine', from: 1_350, to: 2_200, at: 0, for: 0.11 }],
  tweep: [
    { wave: 'sine', from: 1_760, at: 0, for: 0.06 },
    { wave: 'sine', from: 2_217, at: 0.08, for: 0.08 },
  ],
  whistle: [
    { wave: 'sine', from: 950, to: 1_850, at: 0, for: 0.22 },
    { wave: 'sine', from: 1_850, to: 1_150, at: 0.22, for: 0.26 },
  ],
  zone: [
    { wave: 'triangle', from: 130, to: 262, at: 0, for: 0.4 },
    { wave: 'sine', from: 262, to: 524, at: 0, for: 0.4, level: 0.4 },
  ],
};

/** Plays the notes into `output`, from now on. */
export function playNotes(context: BaseAudioContext, output: AudioNode, notes: readonly Note[]): void {
  const now = context.currentTime;
  for (const { wave, from, to, at, for: seconds, level = 1 } of notes) {
    const start = now + at;
    const end = start + seconds;
    const oscillator = new OscillatorNode(context, { type: wave, frequency: from });
    if (to !== undefined) {
      oscillator.frequency.setValueAtTime(from, start);
      oscillator.frequency.exponentialRampToValueAtTime(to, end);
    }
    const gain = new GainNode(context, { gain: 0 });
    gain.gain.setValueAtTime(SILENCE, start);
    gain.gain.exponentialRampToValueAtTime(LOUDNESS * level, start + ATTACK_SECONDS);
    gain.gain.exponentialRampToValueAtTime(SILENCE, end);
    oscillator.connect(gain).connect(output);
    oscillator.start(start);
    oscillator.stop(end);
  }
}

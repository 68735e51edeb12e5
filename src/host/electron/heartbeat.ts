/**
 * Whether the core still answers. A process that hangs does not exit, and a page cannot tell it from a slow one: the main process asks it a question every few seconds,
 * one at a time. Time counts while this process runs and looks: sleep, and a main process that was held up itself, are not the core's silence.
 */

/** Between two looks. */
export const BEAT_MS = 3_000;
/** Silence after which the person is asked; Chromium says the same of its windows a little earlier, but there somebody is pressing something. */
export const SILENT_MS = 20_000;
/** The same for a core that was just started, or just woke up: its modules and pages come from a slow disk. */
export const START_MS = 60_000;
/** Silence that goes on after the person chose to wait, until they are asked again. */
export const WAIT_MS = 60_000;
/** A question that nobody answers: nobody is there, and IRC servers have hung up meanwhile. */
export const UNASKED_MS = 300_000;

export interface HeartbeatLimits {
  beat: number;
  silent: number;
  start: number;
  wait: number;
  unasked: number;
}
const usual: HeartbeatLimits = { beat: BEAT_MS, silent: SILENT_MS, start: START_MS, wait: WAIT_MS, unasked: UNASKED_MS };

export interface HeartbeatOptions {
  /** Milliseconds that do not jump. */
  now: () => number;
  /** Asks the core; any answer, or anything else it says, is `heard`. */
  ask: () => void;
  /** It has not answered for `ms`: the person is to be asked. */
  onSilent: (ms: number) => void;
  /** After onSilent: it answers again, or is not asked any more. */
  onOver: () => void;
  /** After onOver: neither the core nor the person said anything. */
  onUnasked: (ms: number) => void;
  limits?: HeartbeatLimits;
}

export interface Heartbeat {
  /** How often `look` is to be called, in milliseconds. */
  readonly every: number;
  /** A core was started, or the computer woke up. */
  begin(): void;
  /** There is no core to be asked. */
  end(): void;
  look: () => void;
  heard(): void;
  /** The person chose to wait. */
  wait: () => void;
}

type Phase = { kind: 'off' } | { kind: 'listening'; limit: number } | { kind: 'silent'; since: number };

export function createHeartbeat({ now, ask, onSilent, onOver, onUnasked, limits = usual }: HeartbeatOptions): Heartbeat {
  let phase: Phase = { kind: 'off' };
  let silence = 0;
  let looked = now();
  let isAsked = false;

  const become = (next: Phase): void => {
    const was = phase.kind;
    phase = next;
    if (was === 'silent' && next.kind !== 'silent') onOver();
  };
  return {
    every: limits.beat,
    begin: () => {
      silence = 0;
      looked = now();
      isAsked = false;
      become({ kind: 'listening', limit: limits.start });
    },
    end: () => {
      become({ kind: 'off' });
    },
    look: () => {
      const time = now();
      const passed = Math.min(time - looked, 2 * limits.beat);
      looked = time;
      if (phase.kind === 'off') return;
      // The question is as old as the look that asked it.
      if (isAsked) silence += passed;
      if (phase.kind === 'silent') {
        if (silence - phase.since >= limits.unasked) {
          become({ kind: 'off' });
          onUnasked(silence);
          return;
        }
      } else if (silence >= phase.limit) {
        phase = { kind: 'silent', since: silence };
        onSilent(silence);
      }
      if (isAsked) return;
      isAsked = true;
      ask();
    },
    heard: () => {
      isAsked = false;
      silence = 0;
      if (phase.kind !== 'off') become({ kind: 'listening', limit: limits.silent });
    },
    wait: () => {
      if (phase.kind === 'silent') phase = { kind: 'listening', limit: silence + limits.wait };
    },
  };
}

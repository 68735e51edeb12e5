import { describe, expect, it } from 'vitest';
import { BEAT_MS, createHeartbeat, SILENT_MS, START_MS, UNASKED_MS, WAIT_MS } from '../../../src/host/electron/heartbeat.ts';

const watched = () => {
  let time = 1_000;
  const did: string[] = [];
  const heart = createHeartbeat({
    now: () => time,
    ask: () => did.push('ask'),
    onSilent: (ms) => did.push(`silent ${ms}`),
    onOver: () => did.push('over'),
    onUnasked: (ms) => did.push(`unasked ${ms}`),
  });
  /** So long in looks as the timer makes them. */
  const pass = (ms: number): void => {
    for (let passed = 0; passed < ms; passed += BEAT_MS) {
      time += BEAT_MS;
      heart.look();
    }
  };
  const started = (): void => {
    heart.begin();
    pass(BEAT_MS);
    heart.heard();
    did.length = 0;
  };
  return {
    heart,
    did,
    pass,
    started,
    jump: (ms: number) => {
      time += ms;
    },
  };
};
const rounded = (ms: number): number => Math.ceil(ms / BEAT_MS) * BEAT_MS;

describe('E13: a core that hangs without ending', () => {
  it('E13: one that answers is asked again and again, and nothing else happens', () => {
    const { heart, did, pass, started } = watched();
    started();
    for (let round = 0; round < 100; round += 1) {
      pass(BEAT_MS);
      heart.heard();
    }
    expect(did).toEqual(Array.from({ length: 100 }, () => 'ask'));
  });

  it('E13: one that does not is asked once, and after a while the person is asked, once', () => {
    const { did, pass, started } = watched();
    started();
    pass(SILENT_MS);
    expect(did).toEqual(['ask']);
    pass(2 * BEAT_MS);
    expect(did).toEqual(['ask', `silent ${rounded(SILENT_MS)}`]);
    pass(UNASKED_MS / 2);
    expect(did).toHaveLength(2);
  });

  it('E13: an answer that comes late ends the question, and the next silence is a new one', () => {
    const { heart, did, pass, started } = watched();
    started();
    pass(SILENT_MS + 2 * BEAT_MS);
    heart.heard();
    expect(did.at(-1)).toBe('over');
    pass(SILENT_MS);
    expect(did.slice(3)).toEqual(['ask']);
    pass(2 * BEAT_MS);
    expect(did.at(-1)).toBe(`silent ${rounded(SILENT_MS)}`);
  });

  it('E13: who waits is asked again later; who says nothing at all is not waited for', () => {
    const { heart, did, pass, started } = watched();
    started();
    pass(SILENT_MS + BEAT_MS);
    heart.wait();
    pass(WAIT_MS - BEAT_MS);
    expect(did).toHaveLength(2);
    pass(2 * BEAT_MS);
    expect(did.slice(2)).toEqual([`silent ${rounded(SILENT_MS) + WAIT_MS}`]);
    pass(UNASKED_MS - 2 * BEAT_MS);
    expect(did).toHaveLength(3);
    pass(2 * BEAT_MS);
    expect(did.slice(3)).toEqual(['over', `unasked ${rounded(SILENT_MS) + WAIT_MS + UNASKED_MS}`]);
    pass(UNASKED_MS);
    expect(did).toHaveLength(5);
  });

  it('E13: sleep is not silence, nor is time in which this process did not run', () => {
    const { heart, did, pass, started, jump } = watched();
    started();
    pass(BEAT_MS);
    jump(3_600_000);
    pass(SILENT_MS - 3 * BEAT_MS);
    expect(did).toEqual(['ask']);
    heart.begin();
    pass(START_MS - BEAT_MS);
    expect(did).toEqual(['ask', 'ask']);
    pass(3 * BEAT_MS);
    expect(did.at(-1)).toBe(`silent ${START_MS}`);
  });

  it('E13: a core that was just started has more time; where there is none nobody is asked', () => {
    const { heart, did, pass } = watched();
    pass(UNASKED_MS);
    expect(did).toEqual([]);
    heart.begin();
    pass(START_MS);
    expect(did).toEqual(['ask']);
    heart.end();
    pass(UNASKED_MS);
    heart.heard();
    pass(UNASKED_MS);
    expect(did).toEqual(['ask']);
  });
});

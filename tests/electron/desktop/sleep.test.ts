import { EventEmitter } from 'node:events';
import { describe, expect, onTestFinished, test } from 'vitest';
import { watchSleep } from '../../../src/host/electron/desktop/sleep.ts';
import { fakeCore, testDesktop, until } from './fakes.ts';

function watching() {
  const power = new EventEmitter();
  const clock = { wall: 1_000_000, monotonic: 0 };
  const ended = new AbortController();
  onTestFinished(() => {
    ended.abort();
  });
  const seen = { resumes: 0, looks: 0 };
  watchSleep({
    power,
    clocks: {
      wall: () => {
        seen.looks += 1;
        return clock.wall;
      },
      monotonic: () => clock.monotonic,
    },
    onResume: () => (seen.resumes += 1),
    signal: ended.signal,
    lookEvery: 5,
  });
  const looked = async (): Promise<void> => {
    const before = seen.looks;
    await until(() => {
      expect(seen.looks).toBeGreaterThan(before + 4);
    });
  };
  const pass = (wall: number, monotonic: number): void => {
    clock.wall += wall;
    clock.monotonic += monotonic;
  };
  return { power, seen, looked, pass, ended };
}

describe('sleep', () => {
  test('is over when the system says so', () => {
    const { power, seen } = watching();
    power.emit('suspend');
    expect(seen.resumes).toBe(0);
    power.emit('resume');
    expect(seen.resumes).toBe(1);
  });

  test('is noticed by the clocks where the system says nothing', async () => {
    const { seen, looked, pass } = watching();
    pass(10_000, 10_000);
    await looked();
    expect(seen.resumes).toBe(0);
    pass(3_600_000, 10);
    await looked();
    expect(seen.resumes).toBe(1);
  });

  test('is told once though both say it, and again after the next sleep', async () => {
    const { power, seen, looked, pass } = watching();
    pass(3_600_000, 10);
    power.emit('resume');
    await looked();
    expect(seen.resumes).toBe(1);
    pass(60_000, 60_000);
    power.emit('resume');
    expect(seen.resumes).toBe(2);
  });

  test('is not a clock that was set by a little, or back', async () => {
    const { seen, looked, pass } = watching();
    pass(15_000, 0);
    await looked();
    pass(-7_200_000, 10_000);
    await looked();
    expect(seen.resumes).toBe(0);
  });

  test('is not the lock screen, unless the computer slept behind it', () => {
    const { power, seen } = watching();
    power.emit('lock-screen');
    power.emit('unlock-screen');
    expect(seen.resumes).toBe(0);
    power.emit('suspend');
    power.emit('unlock-screen');
    expect(seen.resumes).toBe(1);
  });

  test('is not told once everything ends', () => {
    const { power, seen, ended } = watching();
    ended.abort();
    power.emit('resume');
    expect(seen.resumes).toBe(0);
  });

  test('that is over is told to the core, and locking the screen is not', async () => {
    const { desktop, electron } = await testDesktop();
    const core = fakeCore({ 'app.resumed': () => Promise.resolve(null) });
    desktop.attach(core.client);
    electron.power.emit('lock-screen');
    electron.power.emit('unlock-screen');
    electron.power.emit('resume');
    await until(() => {
      expect(core.calls).toEqual([['app.resumed', {}]]);
    });
  });
});

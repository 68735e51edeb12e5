import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { page } from 'vitest/browser';
import { render } from 'vitest-browser-svelte';
import type { NotificationView } from '../../src/contract/desktop.ts';
import { builtInSounds } from '../../src/contract/sounds.ts';
import { createApp } from '../../src/ui/shared/app.svelte.ts';
import { createSounds } from '../../src/ui/shared/sounds.ts';
import { playNotes, tones } from '../../src/ui/shared/tones.ts';
import Page from '../../src/ui/views/Page.svelte';
import { usualCore } from './scenes.ts';
import { calls, memoryStorage } from './stage.ts';

/** Half a second of a 16-bit WAV, as base64. */
function wav(): string {
  const rate = 8_000;
  const samples = rate / 2;
  const view = new DataView(new ArrayBuffer(44 + samples * 2));
  const text = (at: number, words: string): void => {
    for (let index = 0; index < words.length; index += 1) view.setUint8(at + index, words.charCodeAt(index));
  };
  text(0, 'RIFF');
  view.setUint32(4, 36 + samples * 2, true);
  text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, rate * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, 'data');
  view.setUint32(40, samples * 2, true);
  for (let index = 0; index < samples; index += 1) view.setInt16(44 + index * 2, 12_000 * Math.sin(index / 4), true);
  return btoa(String.fromCharCode(...new Uint8Array(view.buffer)));
}

/** What is heard of notes: the loudest sample, and whether the end is silent. */
async function heard(play: (context: OfflineAudioContext) => void): Promise<{ peak: number; tail: number }> {
  const context = new OfflineAudioContext(1, 44_100 * 1.5, 44_100);
  play(context);
  const data = (await context.startRendering()).getChannelData(0);
  const peakOf = (part: Float32Array): number => part.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0);
  return { peak: peakOf(data), tail: peakOf(data.subarray(44_100)) };
}

describe('sounds of notifications', () => {
  let said: string[] = [];
  let asked: string[] = [];
  let started: string[] = [];
  let context: AudioContext | null = null;

  beforeEach(async () => {
    said = [];
    asked = [];
    started = [];
    // A browser lets a page make sounds once somebody has pressed something in it.
    const button = document.body.appendChild(document.createElement('button'));
    button.textContent = 'Press';
    await page.getByRole('button', { name: 'Press' }).click();
    button.remove();
    context = new AudioContext();
  });
  /** A tab; several share the storage of one browser. */
  const tab = (storage = memoryStorage(), given: () => AudioContext | null = () => context) =>
    createSounds({
      context: given,
      read: (name) => {
        asked.push(name);
        return name === 'mine.wav' ? Promise.resolve(wav()) : Promise.resolve(btoa('no sound at all'));
      },
      storage,
      locks: navigator.locks,
      say: (sentence) => said.push(sentence),
    });
  /** Notes what is started; the browser of a test has no loudspeaker. */
  const listen = (): void => {
    const note = (name: string, prototype: { start: (...given: never[]) => void }): void => {
      const start = prototype.start;
      onTestFinished(() => {
        prototype.start = start;
      });
      prototype.start = function noted(this: object, ...given: never[]) {
        started.push(name);
        Reflect.apply(start, this, given);
      };
    };
    note('tone', OscillatorNode.prototype);
    note('file', AudioBufferSourceNode.prototype);
  };

  it.each(builtInSounds)('%s is a short tone that is not loud and ends', async (name) => {
    const { peak, tail } = await heard((offline) => {
      playNotes(offline, offline.destination, tones[name]);
    });
    expect(peak).toBeGreaterThan(0.03);
    expect(peak).toBeLessThan(0.35);
    expect(tail).toBeLessThan(0.001);
  });

  it('are played by one of several tabs, once, and files are read once', async () => {
    listen();
    const storage = memoryStorage();
    const [one, two] = [tab(storage), tab(storage)];
    await Promise.all([one.play(7, 'peck'), two.play(7, 'peck')]);
    expect(started).toEqual(tones.peck.map(() => 'tone'));
    await two.play(6, 'peck');
    expect(started).toHaveLength(2);
    await two.play(8, 'mine.wav');
    await two.play(9, 'mine.wav');
    expect([started.slice(2), asked]).toEqual([['file', 'file'], ['mine.wav']]);
    expect(said).toEqual([]);
  });

  it('that belong to the desktop’s theme, or to nobody, are not for the page; a tab that may make none leaves them to others', async () => {
    listen();
    const storage = memoryStorage();
    await tab(storage).play(1, 'message-new-instant');
    await tab(storage).play(2, '../etc/passwd');
    await tab(storage, () => null).play(3, 'dong');
    expect(started).toEqual([]);
    await tab(storage).play(3, 'dong');
    expect(started.length).toBeGreaterThan(0);
  });

  it('that cannot be played are said once', async () => {
    const sounds = tab();
    await sounds.play(1, 'broken.ogg');
    await sounds.play(2, 'broken.ogg');
    expect(said).toEqual(['The sound broken.ogg is no sound that can be played here.']);
  });

  it('go with the notifications that name one, also where nothing is shown', async () => {
    listen();
    const core = usualCore();
    const app = createApp({ open: core.open, local: memoryStorage(), session: memoryStorage(), audio: () => context });
    await render(Page, { props: { app } });
    await expect.poll(() => app.world.loaded).toBe(true);
    core.handlers['app.sound'] = () => Promise.resolve({ base64: wav() });
    core.emit('notification', { ...silent, id: 1 });
    core.emit('notification', { ...silent, id: 2, sound: 'mine.wav' });
    await expect.poll(() => started).toEqual(['file']);
    expect(calls(core, 'app.sound')).toEqual([{ name: 'mine.wav' }]);
    core.emit('notification', { ...silent, id: 3, sound: 'drop' });
    await expect.poll(() => started).toEqual(['file', 'tone']);
  });
});

const silent: NotificationView = {
  id: 0,
  kind: 'highlight',
  toast: false,
  title: 'tomasz',
  body: '',
  buffer: null,
  contact: null,
  canReply: false,
  requestAttention: false,
  sound: null,
};

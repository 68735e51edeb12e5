import * as v from 'valibot';
import { describe, expect, it, onTestFinished } from 'vitest';
import { page } from 'vitest/browser';
import { render } from 'vitest-browser-svelte';
import { messagePort } from '../../src/contract/messagePort.ts';
import { createApp } from '../../src/ui/shared/app.svelte.ts';
import { desktopPorts } from '../../src/ui/shared/desktopPort.ts';
import { RefusedError } from '../../src/ui/shared/refused.ts';
import Page from '../../src/ui/views/Page.svelte';
import { accessible, memoryStorage } from './stage.ts';

const Question = v.object({ t: v.literal('sotto.connect'), again: v.boolean() });

/** Stands in for the preload script of the window: hears questions, answers as it is told to. The result fills with each `again`. */
const preload = (answer: (again: boolean) => void): boolean[] => {
  const asked: boolean[] = [];
  const hear = ({ data, source }: MessageEvent): void => {
    const question = source === window ? v.safeParse(Question, data) : null;
    if (!question?.success) return;
    asked.push(question.output.again);
    answer(question.output.again);
  };
  window.addEventListener('message', hear);
  onTestFinished(() => {
    window.removeEventListener('message', hear);
  });
  return asked;
};
const give = (): MessagePort => {
  const { port1, port2 } = new MessageChannel();
  window.postMessage({ t: 'sotto.port' }, location.origin, [port2]);
  return port1;
};
const refuse = (sentence: string): void => {
  window.postMessage({ t: 'sotto.refused', sentence }, location.origin);
};
const signal = (): AbortSignal => new AbortController().signal;

describe('the page of Sotto’s own window', () => {
  it('gets a port to the core from the window, both ways', async () => {
    const cores: MessagePort[] = [];
    preload(() => cores.push(give()));
    const port = await desktopPorts(window)(signal());
    const [raw] = cores;
    if (!raw) throw new Error('nothing was given');
    const core = messagePort(raw);
    const heard = new Promise((resolve) => {
      port.onMessage(resolve);
    });
    const answered = new Promise((resolve) => {
      core.onMessage((value) => {
        resolve(value);
        core.send({ t: 'answer' });
      });
    });
    port.send({ t: 'question' });
    expect(await answered).toEqual({ t: 'question' });
    expect(await heard).toEqual({ t: 'answer' });
    const closed = new Promise<void>((resolve) => {
      port.onClose(resolve);
    });
    window.postMessage({ t: 'sotto.lost' }, location.origin);
    await closed;
  });

  it('hears that there is no core, and asks for a new one only at the next try, which a person makes', async () => {
    const asked = preload((again) => {
      if (again) give();
      else refuse('The disk is full.');
    });
    const open = desktopPorts(window);
    await expect(open(signal())).rejects.toMatchObject({ reason: 'stopped', sentence: 'The disk is full.' });
    await open(signal());
    await expect(open(signal())).rejects.toBeInstanceOf(RefusedError);
    expect(asked).toEqual([false, true, false]);
  });

  it('waits while the core is started, and stops waiting with its signal', async () => {
    const asked = preload(() => undefined);
    const leaving = new AbortController();
    const port = desktopPorts(window)(leaving.signal);
    await expect.poll(() => asked.length).toBe(1);
    window.postMessage({ t: 'sotto.refused' }, location.origin);
    window.postMessage('sotto.port', location.origin);
    leaving.abort();
    await expect(port).rejects.toMatchObject({ reason: 'unreachable' });
  });

  it('E13: says that the core has stopped, why, and starts it again at a press', async () => {
    await page.viewport(1280, 800);
    document.body.classList.add('stage');
    let asks = 0;
    const open = (): Promise<never> => {
      asks += 1;
      return Promise.reject(
        new RefusedError('stopped', 'Sotto’s core ended by itself 5 times in a short while. Everything it had accepted is stored.'),
      );
    };
    await render(Page, { props: { app: createApp({ open, local: memoryStorage(), session: memoryStorage() }) } });
    await expect.element(page.getByRole('heading', { name: 'Sotto’s core has stopped' })).toBeVisible();
    await expect.element(page.getByText('Everything it had accepted is stored', { exact: false })).toBeVisible();
    await accessible();
    expect(asks).toBe(1);
    await page.getByRole('button', { name: 'Start it again' }).click();
    await expect.poll(() => asks).toBe(2);
    await expect.element(page.getByRole('heading', { name: 'Sotto’s core has stopped' })).toBeVisible();
  });
});

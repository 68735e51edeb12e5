/** An overlay on a real node inside the lab. */
import { join } from 'node:path';
import { createVeilidOverlay, type VeilidOverlay } from '../../../src/overlay/veilid/veilid.ts';
import { labBinary, type Lab } from './lab.ts';

/** The overlay of app `index`, not started; its directories are below `dir`, so another one with the same `dir` takes over. */
export function makeApp(lab: Lab, index: number, dir: string, devicePassword = 'lab'): VeilidOverlay {
  const { command, networkOverrides } = lab.app(index);
  return createVeilidOverlay({
    source: {
      kind: 'process',
      binary: labBinary(),
      command,
      configDirectory: join(dir, `app${index}`),
      storageDirectory: join(dir, `app${index}`, 'veilid'),
      namespace: '',
      devicePassword,
      networkOverrides,
    },
    log(line) {
      if (process.env['LAB_LOG'] !== undefined) process.stderr.write(`app${index}: ${line}\n`);
    },
  });
}

export async function whenReady(overlay: VeilidOverlay): Promise<void> {
  await new Promise<void>((resolve) => {
    const check = (): void => {
      if (overlay.state().phase !== 'ready') return;
      off();
      resolve();
    };
    const off = overlay.onState(check);
    check();
  });
}

export async function startApp(lab: Lab, index: number, dir: string, devicePassword?: string): Promise<VeilidOverlay> {
  const overlay = makeApp(lab, index, dir, devicePassword);
  await overlay.start(AbortSignal.timeout(60_000));
  await whenReady(overlay);
  return overlay;
}

/** Ergo and soju, which no registry has: started from programs that the environment names. */
import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeCertificates } from './lab.ts';
import { answers, end, freePort, giveAway, launch, makeFolder, render, until } from './program.ts';

export interface Modern {
  readonly host: string;
  readonly port: number;
  readonly tlsPort: number;
  readonly caPem: string;
  stop(): Promise<void>;
}

const run = (program: string, parameters: string[], folder: string, input = ''): Promise<void> =>
  new Promise((done, fail) => {
    const child = execFile(program, parameters, { cwd: folder }, (error) => {
      if (error) fail(new Error(`${program} failed`, { cause: error }));
      else done();
    });
    child.stdin?.end(input);
  });

async function start(
  name: string,
  configuration: string,
  prepare: (folder: string) => Promise<void>,
  command: (folder: string) => [string, string[]],
): Promise<Modern> {
  const folder = await makeFolder();
  const ports = { PLAIN: await freePort(), TLS: await freePort() };
  const { caPem } = await makeCertificates(folder);
  await writeFile(join(folder, configuration), await render(configuration, { ...ports, FOLDER: folder }));
  await prepare(folder);
  await giveAway(folder);
  const [program, parameters] = command(folder);
  const running = launch(program, parameters, folder);
  const stop = async (): Promise<void> => {
    await end(running, 'SIGTERM');
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await until(name, running, () => answers(ports.TLS));
  } catch (error) {
    await stop();
    throw error;
  }
  return { host: 'localhost', port: ports.PLAIN, tlsPort: ports.TLS, caPem, stop };
}

export const startErgo = (binary: string): Promise<Modern> =>
  start(
    'Ergo',
    'ergo.yaml',
    (folder) => run(binary, ['initdb', '--conf', 'ergo.yaml', '--quiet'], folder),
    () => [binary, ['run', '--conf', 'ergo.yaml']],
  );

/** With the user `u`, password `soju-pass`, who has no network yet. */
export const startSoju = (programs: string): Promise<Modern> =>
  start(
    'soju',
    'soju',
    (folder) => run(join(programs, 'sojudb'), ['-config', 'soju', 'create-user', 'u', '-admin'], folder, 'soju-pass\n'),
    (folder) => [join(programs, 'soju'), ['-config', join(folder, 'soju')]],
  );

import { spawn } from 'node:child_process';
import { describe, expect, it } from 'vitest';

const ending = new URL('../../../src/host/ending.ts', import.meta.url).href;

/** Runs `runProcess` in a process of its own: `start` is the source of its argument, `endOnce` and `say` are at hand. */
const run = async (start: string, signal: NodeJS.Signals | null): Promise<{ code: unknown; output: string }> => {
  const script = `
    import { endOnce, runProcess } from ${JSON.stringify(ending)};
    const say = (line) => process.stdout.write(line + '\\n');
    const alive = setInterval(() => {}, 1000);
    await runProcess(${start}, say);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (chunk: string) => {
    output += chunk;
    if (signal !== null && chunk.includes('up')) child.kill(signal);
  });
  const code = await new Promise((resolve) => child.on('exit', resolve));
  return { code, output };
};

describe('the end of a process', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('is orderly after %s, with exit code 0', async (signal) => {
    const running = `async () => { setTimeout(() => say('up')); return endOnce(async () => { say('ended'); }); }`;
    expect(await run(running, signal)).toEqual({ code: 0, output: 'up\nended\n' });
  });

  it('waits for a start that is under way, and then stops what was started', async () => {
    const running = `async () => {
      const signalled = new Promise((resolve) => process.once('SIGINT', resolve));
      say('up');
      await signalled;
      return endOnce(async () => { say('ended'); });
    }`;
    expect(await run(running, 'SIGINT')).toEqual({ code: 0, output: 'up\nended\n' });
  });

  it('comes from inside as well', async () => {
    const running = `async () => { const r = endOnce(async () => { say('ended'); }); setTimeout(r.stop); return r; }`;
    expect(await run(running, null)).toEqual({ code: 0, output: 'ended\n' });
  });

  it('has exit code 1 and a sentence when starting or stopping fails', async () => {
    expect(await run(`async () => { throw new Error('No store.'); }`, null)).toEqual({ code: 1, output: 'No store.\n' });
    const stopping = `async () => { setTimeout(() => say('up')); return endOnce(async () => { throw new Error('Stuck.'); }); }`;
    expect(await run(stopping, 'SIGTERM')).toEqual({ code: 1, output: 'up\nStuck.\n' });
  });

  it('has the exit code of a start that left nothing to run', async () => {
    expect(await run('async () => 0', null)).toEqual({ code: 0, output: '' });
  });
});

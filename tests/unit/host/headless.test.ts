import { once } from 'node:events';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { PROTOCOL_VERSION, contractId } from '../../../src/contract/rpc/frames.ts';
import { MAX_LINE_LENGTH, linePort } from '../../../src/host/headless/linePort.ts';
import { runHeadless } from '../../../src/host/headless/run.ts';
import { temporaryDirectory } from './directory.ts';
import { tinyCore } from './tinyCore.ts';

const hello = { t: 'hello', version: PROTOCOL_VERSION, contract: contractId };

const start = async (directory: string) => {
  const input = new PassThrough();
  const output = new PassThrough();
  const core = tinyCore();
  const run = await runHeadless({
    arguments: { profile: join(directory, 'profile'), open: false, demo: false, link: null },
    env: { XDG_RUNTIME_DIR: directory },
    version: '0.0.0',
    input,
    output,
    nodeBuilder: null,
    log: () => undefined,
    createCore: core.create,
  });
  onTestFinished(run.stop);
  let text = '';
  output.setEncoding('utf8');
  output.on('data', (chunk: string) => (text += chunk));
  const lines = (): string[] => text.split('\n').filter((line) => line !== '');
  return { run, core, input, lines };
};

describe('the headless host', () => {
  it('speaks the frames of the pages as JSON lines and ends with its input', async () => {
    const { run, core, input, lines } = await start(await temporaryDirectory());
    input.write(`${JSON.stringify(hello)}\n\n${JSON.stringify({ t: 'call', id: 7, method: 'nothing', params: {} })}\n`);
    await vi.waitFor(() => {
      expect(lines().map((line): unknown => JSON.parse(line))).toEqual([
        hello,
        expect.objectContaining({ t: 'error', id: 7, code: 'noMethod' }),
      ]);
    });
    input.end();
    await run.ended;
    expect(core.did).toEqual(['started', 'attached', 'stopped']);
  });

  it('has written a long answer when it has ended', async () => {
    const { run, input, lines } = await start(await temporaryDirectory());
    input.write(`${JSON.stringify(hello)}\n`);
    input.write(`${JSON.stringify({ t: 'call', id: 1, method: 'config.read', params: {} })}\n`);
    await vi.waitFor(() => {
      expect(lines().some((line) => line.includes('"result"'))).toBe(true);
    });
    input.end();
    await run.ended;
    expect(lines()[1]).toHaveLength(600_000 + '{"t":"result","id":1,"result":{"text":"","hash":""}}'.length);
  });

  it('does not share a profile with another one that runs', async () => {
    const directory = await temporaryDirectory();
    await start(directory);
    await expect(start(directory)).rejects.toThrow('already runs');
  });
});

describe('JSON lines', () => {
  it.each([
    ['that is no JSON', 'nonsense\n'],
    ['that is too long', `"${'x'.repeat(MAX_LINE_LENGTH)}"\n`],
    ['that never ends', 'x'.repeat(MAX_LINE_LENGTH + 1)],
  ])('end with a line %s', async (_what, line) => {
    const input = new PassThrough();
    const received: unknown[] = [];
    const port = linePort(input, new PassThrough());
    port.onMessage((value) => received.push(value));
    const closed = new Promise<void>((resolve) => {
      port.onClose(resolve);
    });
    input.write(line);
    await closed;
    expect(received).toEqual([]);
  });

  it('may arrive in pieces, also within a character', async () => {
    const input = new PassThrough();
    const received: unknown[] = [];
    const port = linePort(input, new PassThrough());
    port.onMessage((value) => received.push(value));
    for (const byte of new TextEncoder().encode('{"text":"grüezi 🙂"}\n')) input.write(Uint8Array.of(byte));
    input.end();
    await once(input, 'end');
    expect(received).toEqual([{ text: 'grüezi 🙂' }]);
  });
});

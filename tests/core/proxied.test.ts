/** Whole cores whose configuration says how servers are reached. */
import { createHash, X509Certificate } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createLoopbackOverlay } from '../../src/overlay/loopback/loopback.ts';
import { createLoopbackNetwork } from '../../src/overlay/loopback/network.ts';
import { startPerson, testDirectory, until, type Person } from '../support/cores.ts';
import { makeClientCertificate } from '../support/irc/dialing.ts';
import { startHostileServer } from '../support/irc/hostile.ts';
import { makeCertificates } from '../support/irc/lab.ts';
import { listenOn } from '../support/irc/listeners.ts';
import { startSocks } from '../support/irc/proxies.ts';

const start = (config: string): Promise<Person> => {
  const network = createLoopbackNetwork();
  return startPerson({ name: 'ada', config, overlay: () => createLoopbackOverlay(network) });
};
const phases = async (person: Person): Promise<string[]> => (await person.snapshot()).servers.map(({ state }) => state.phase);

describe('behind Tor', () => {
  it('attack 13: the time zone in CTCP TIME: nothing that asks about this computer is answered there', async () => {
    const server = await startHostileServer('message-tags');
    const tor = await startSocks({ target: server.port });
    const entry = (name: string): string =>
      `[servers.${name}]\nnickname = "${name}"\nserver = "irc.${name}.example"\nport = 6667\nuse_tls = false\n`;
    const config = `[proxy.tor]\nport = ${tor.port}\n[ctcp]\ntime = true\nversion = true\n${entry('ann')}${entry('bob')}`;
    const person = await start(config);
    await until('both are online', async () => (await phases(person)).join() === 'online,online');

    // Both by name, each with circuits of its own.
    expect(tor.asked.map(({ host, kind }) => [host, kind]).sort()).toEqual([
      ['irc.ann.example', 3],
      ['irc.bob.example', 3],
    ]);
    expect(new Set(tor.asked.map(({ username }) => username)).size).toBe(2);

    for (const request of ['TIME', 'VERSION', 'CLIENTINFO', 'PING 1']) server.say('ann', `:eve!e@h PRIVMSG ann :\u0001${request}\u0001`);
    server.say('ann', ':eve!e@h PRIVMSG ann :after');
    await until('what was said after it arrived', async () => {
      const [buffer] = (await person.snapshot()).buffers.filter(({ kind }) => kind === 'query');
      return buffer && (await person.lines(buffer.id)).some(({ text }) => text === 'after');
    });
    expect(server.heard).toEqual([]);
  });
  it('nothing is connected while tor is not there, and the reason is told', async () => {
    const server = await startHostileServer();
    const tor = await startSocks({ reply: 1 });
    const person = await start(
      `[servers.a]\nnickname = "a"\nserver = "127.0.0.1"\nport = ${server.port}\nuse_tls = false\n[servers.a.proxy.tor]\nport = ${tor.port}\n`,
    );
    const state = await until('it waits', async () => {
      const [view] = (await person.snapshot()).servers;
      return view?.state.phase === 'waiting' ? view.state : null;
    });
    expect(state.text).toMatch(/proxy/);
    expect(server.nicks()).toEqual([]);
  });
});

describe('certificates from files', () => {
  it('a pinned server gets the client certificate; a wrong pin ends it for good', async () => {
    const folder = await testDirectory();
    const made = await makeCertificates(folder, 'DNS:elsewhere.test');
    await makeClientCertificate(folder);
    const listener = await listenOn({ cert: made.certPem, key: made.keyPem, requestCert: true, rejectUnauthorized: false });
    const pin = createHash('sha512').update(new X509Certificate(made.certPem).raw).digest('hex');
    const entry = (name: string, fingerprint: string): string =>
      `[servers.${name}]\nnickname = "a"\nserver = "127.0.0.1"\nport = ${listener.port}\ncertificate_fingerprints = ["${fingerprint}"]\n` +
      `sasl.external = { cert = "${join(folder, 'me.pem')}", key = "${join(folder, 'me.key')}" }\n`;
    const person = await start(entry('right', pin) + entry('wrong', '0'.repeat(128)));
    await until('the right one has shown itself', () => listener.received().includes('CAP LS') && listener.handshakes.includes('me'));
    await until('the wrong one is given up', async () => (await phases(person))[1] === 'failed');
    expect(listener.handshakes.filter((name) => name === 'me')).toHaveLength(1);
  });
  it('a file that cannot be read or holds no key is told, and nothing is connected', async () => {
    const folder = await testDirectory();
    await writeFile(join(folder, 'empty.pem'), 'nothing');
    const entry = (name: string, file: string): string =>
      `[servers.${name}]\nnickname = "a"\nserver = "127.0.0.1"\nport = 1\nsasl.external.cert = "${join(folder, file)}"\n`;
    const person = await start(entry('a', 'missing.pem') + entry('b', 'empty.pem'));
    const texts = (await person.snapshot()).servers.map(({ state }) => `${state.phase}: ${state.text}`);
    expect(texts).toEqual([
      expect.stringMatching(/^failed: .*missing\.pem.*cannot be read/),
      expect.stringMatching(/^failed: .*certificate/),
    ]);
  });
});

import { describe, expect, it } from 'vitest';
import { MAX_LINK_TEXT } from '../../src/contract/desktop.ts';
import { ContractError } from '../../src/contract/errors.ts';
import * as v from 'valibot';
import { ServerName } from '../../src/contract/ids.ts';
import { createOpenedLinks } from '../../src/core/openedLinks.ts';
import { readLink } from '../../src/core/links.ts';

const libera = v.parse(ServerName, 'libera');
const known = (host: string): ServerName | null => (host === 'irc.libera.chat' ? libera : null);
const read = (text: string) => readLink(text, known);
const refusal = (text: string): string => {
  try {
    return `read as ${JSON.stringify(read(text))}`;
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    expect(error.code).toBe('badInput');
    return error.message;
  }
};

describe('a link', () => {
  it.each([
    ['irc://irc.libera.chat/sotto', { server: 'irc.libera.chat', port: 6697, tls: true, channels: ['#sotto'], known: libera }],
    ['ircs://irc.libera.chat/#sotto', { port: 6697, tls: true, channels: ['#sotto'], insecurePort: false }],
    ['irc://irc.libera.chat:6667/#sotto', { port: 6667, tls: false, channels: ['#sotto'], insecurePort: true }],
    ['ircs://irc.example:7000', { port: 7000, tls: true, channels: [], known: null }],
    ['IRC://IRC.Example/%23a,%23b', { server: 'irc.example', channels: ['#a', '#b'] }],
    ['irc://irc.example/##a,b,&c', { channels: ['##a', '#b', '&c'] }],
    ['irc://irc.example/a,needkey', { channels: ['#a'], key: null, needsKey: true }],
    ['irc://irc.example/a,needkey?key=s3cret', { channels: ['#a'], key: 's3cret', needsKey: false }],
    ['irc://irc.example/a?s3cret', { channels: ['#a'], key: 's3cret' }],
    ['irc://irc.example/a?msg=hello', { channels: ['#a'], key: null }],
    ['irc://irc.example/robin,isnick', { channels: [], nick: 'robin' }],
    ['irc://irc.example/robin!r@host,isuser', { channels: [], nick: 'robin' }],
    ['irc://[2001:DB8::1]:6697/a', { server: '2001:db8::1', port: 6697, tls: true }],
    ['irc://127.0.0.1:6667', { server: '127.0.0.1', insecurePort: true }],
    ['irc://bücher.example/a', { server: 'xn--bcher-kva.example', unicode: 'bücher.example' }],
    ['irc://irc.example./a', { server: 'irc.example', unicode: null }],
    ['  irc://irc.example/a\n', { channels: ['#a'] }],
  ])('of IRC is read: %s', (text, wanted) => {
    expect(read(text)).toMatchObject({ kind: 'irc', ...wanted });
  });

  it('to a person is handed on as it is', () => {
    expect(read('sotto:invite/AbC-_9')).toEqual({ kind: 'connect', text: 'sotto:invite/AbC-_9' });
  });

  it.each([
    ['http://irc.example/a', 'begin with irc:'],
    ['javascript:alert(1)', 'begin with irc:'],
    ['irc.example/a', 'begin with irc:'],
    ['irc:', 'names no server'],
    ['irc:///a', 'its server is not one'],
    ['irc://user:secret@irc.example/a', 'name or password'],
    ['irc://irc.example@evil.example/a', 'name or password'],
    ['irc://irc.example:0/a', 'port'],
    ['irc://irc.example:99999/a', 'port'],
    ['irc://irc.example:66x7/a', 'server'],
    ['irc://[::1/a', 'server'],
    ['irc://[nonsense]/a', 'server'],
    ['irc://-x.example/a', 'server'],
    ['irc://a..b/a', 'server'],
    ['irc://a%2fb/a', 'server'],
    ['irc://a%0d%0ab/a', 'server'],
    [`irc://${'a'.repeat(64)}.example/a`, 'server'],
    [`irc://${'a.'.repeat(140)}example/a`, 'server'],
    ['irc://irc.example/a b', 'spaces or control'],
    ['irc://irc.example/a%20b', 'channel'],
    ['irc://irc.example/a%0d%0aQUIT', 'channel'],
    ['irc://irc.example/a%00', 'channel'],
    ['irc://irc.example/a%2c0', 'channel'],
    ['irc://irc.example/a%e2%80%aeb', 'channel'],
    ['irc://irc.example/a\r\nQUIT :x', 'spaces or control'],
    ['irc://irc.example/%ff', 'not written as a link'],
    [`irc://irc.example/${'a'.repeat(65)}`, 'channel'],
    [`irc://irc.example/${Array.from({ length: 11 }, (_, index) => `c${index}`).join(',')}`, 'more than 10'],
    ['irc://irc.example/a?key=a%20b', 'key'],
    ['irc://irc.example/a?key=a%0d%0aJOIN', 'key'],
    ['irc://irc.example/%20,isnick', 'nick'],
    ['irc://irc.example/a%0aQUIT,isnick', 'nick'],
    [`irc://irc.example/${'a'.repeat(MAX_LINK_TEXT)}`, 'too long'],
    ['sotto:a b', 'characters'],
    ['sotto:\u202eabc', 'characters'],
    ['sotto:', 'characters'],
  ])('is refused: %j', (text, why) => {
    expect(refusal(text)).toContain(why);
  });

  it('never breaks a line of IRC, whatever it is made of', () => {
    const parts = [
      'irc://',
      'a.example',
      ':',
      '6667',
      '/',
      '#',
      ',',
      '%0d',
      '%0a',
      '%00',
      '%20',
      '?',
      'key=',
      '\r',
      '\n',
      ' ',
      '@',
      '[',
      ']',
      'é',
      '%',
      '%c3%a9',
    ];
    let seed = 7;
    const random = (max: number): number => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
      return seed % max;
    };
    for (let round = 0; round < 5_000; round += 1) {
      const text = `irc://x${Array.from({ length: random(12) }, () => parts[random(parts.length)] ?? '').join('')}`;
      const said = refusal(text);
      if (!said.startsWith('read as ')) continue;
      const link = read(text);
      if (link.kind !== 'irc') continue;
      for (const word of [
        link.server,
        ...link.channels,
        ...(link.key === null ? [] : [link.key]),
        ...(link.nick === null ? [] : [link.nick]),
      ])
        expect(word).toMatch(/^[^\p{Cc}\s,]+$/u);
    }
  });
});

describe('a link that was opened outside', () => {
  const rig = () => {
    const told: { page: number; name: string; payload: unknown }[] = [];
    const state = { page: null as number | null, time: 0 };
    const links = createOpenedLinks({
      pages: {
        // Ids of connections are made by the core; here they are only compared.
        nearest: () => (state.page === null ? null : connection(state.page)),
        tell: (page, name, payload) => void told.push({ page, name, payload }),
      },
      read,
      now: () => state.time,
    });
    return { told, state, links };
  };
  const connection = (value: number) =>
    v.parse(
      v.custom<Parameters<ReturnType<typeof rig>['links']['arrived']>[0]>(() => true),
      value,
    );

  it('is shown by the nearest page', () => {
    const { told, state, links } = rig();
    state.page = 3;
    expect(links.open('sotto:abc')).toEqual({ pages: 1 });
    expect(told).toEqual([{ page: 3, name: 'link', payload: { link: { kind: 'connect', text: 'sotto:abc' } } }]);
    links.arrived(connection(4));
    expect(told).toHaveLength(1);
  });

  it('waits for the page that opens, once and not for ever', () => {
    const { told, state, links } = rig();
    expect(links.open('sotto:abc')).toEqual({ pages: 0 });
    links.arrived(connection(1));
    links.arrived(connection(2));
    expect(told.map(({ page }) => page)).toEqual([1]);
    links.open('sotto:abc');
    state.time += 120_001;
    links.arrived(connection(3));
    expect(told).toHaveLength(1);
  });

  it('that cannot be read is explained on the page', () => {
    const { told, state, links } = rig();
    state.page = 1;
    expect(() => links.open('irc://u:p@h/')).toThrow(ContractError);
    expect(told[0]).toMatchObject({ name: 'notice', payload: { severity: 'error' } });
    expect(JSON.stringify(told)).not.toContain('u:p');
  });
});

import { describe, expect, it } from 'vitest';
import { readAddress, readDcc, writeAddress, writeResume, writeSend } from '../../src/irc/dcc/dcc.ts';

describe('a DCC offer', () => {
  it.each([
    ['SEND file.txt 2130706433 5000 12', { name: 'file.txt', size: 12, address: '127.0.0.1', port: 5_000, token: null }],
    ['send file.txt 2130706433 5000', { name: 'file.txt', size: null, address: '127.0.0.1', port: 5_000, token: null }],
    ['SEND "a b.txt" 10.0.0.1 5000 12', { name: 'a b.txt', size: 12, address: '10.0.0.1', port: 5_000, token: null }],
    ['SEND a b.txt 10.0.0.1 5000 12', { name: 'a b.txt', size: 12, address: '10.0.0.1', port: 5_000, token: null }],
    ['SEND f 2001:DB8::1 5000 12', { name: 'f', size: 12, address: '2001:db8::1', port: 5_000, token: null }],
    ['SEND f 199 0 12 42', { name: 'f', size: 12, address: null, port: 0, token: '42' }],
    ['SEND f 16909060 5000 12 42', { name: 'f', size: 12, address: '1.2.3.4', port: 5_000, token: '42' }],
    ['SEND "say ""hi"" now" 1 5000 12', { name: 'say ""hi"" now', size: 12, address: '0.0.0.1', port: 5_000, token: null }],
  ])('is read: %s', (text, offer) => {
    expect(readDcc(text)).toEqual({ verb: 'send', offer });
  });
  it.each([
    'SEND',
    'SEND f',
    'SEND f 1',
    'SEND f x 5000 1',
    'SEND f 1 65536 1',
    'SEND f 1 -5 1',
    'SEND f 1 5000 99999999999999999',
    'SEND 1 5000',
    'SEND f 1 0 5',
    '',
    '   ',
  ])('is not read where it is none: %j', (text) => {
    expect(readDcc(text)).toBeNull();
  });
  it('comes back as it was written', () => {
    for (const offer of [
      { name: 'a b.txt', size: 5, address: '1.2.3.4', port: 5_000, token: null },
      { name: 'f', size: 5, address: null, port: 0, token: '9' },
      { name: 'f', size: 5, address: '2001:db8::1', port: 5_000, token: '9' },
    ])
      expect(readDcc(writeSend(offer))).toEqual({ verb: 'send', offer });
    expect(readDcc(writeResume('RESUME', 'a b', 0, 7, 't'))).toEqual({ verb: 'resume', name: 'a b', port: 0, position: 7, token: 't' });
    expect(readDcc(writeResume('ACCEPT', 'a', 5, 7, null))).toEqual({ verb: 'accept', name: 'a', port: 5, position: 7, token: null });
  });
});

describe('an address', () => {
  it('is a 32-bit number or dotted, and means one thing only', () => {
    expect(readAddress('3232235777')).toBe('192.168.1.1');
    expect(readAddress('4294967295')).toBe('255.255.255.255');
    for (const bad of ['4294967296', '99999999999', '-1', '0x7f000001', '127.1', '010.0.0.1', '1.2.3.256', '1.2.3', 'localhost', ''])
      expect(readAddress(bad)).toBeNull();
    expect(writeAddress('192.168.1.1')).toBe('3232235777');
  });
});

/** The published vectors: the files are what the generator makes, and src/pq agrees with V1 to V4, read from the files alone. */
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readCard, signCard } from '../../src/pq/card.ts';
import { decodeCbor, encodeCbor } from '../../src/pq/cbor.ts';
import { hedgedRandom } from '../../src/pq/hedge.ts';
import { encodePublicIdentity, fingerprint, shortFingerprint } from '../../src/pq/identity.ts';
import { compareLogHead, decodeLogEntry, encodeLogEntry, followLog, logHead, rotate, startLog } from '../../src/pq/identityLog.ts';
import { decodeInvite, encodeInvite } from '../../src/pq/invite.ts';
import { parsePacket } from '../../src/pq/packet.ts';
import { publicPrekey } from '../../src/pq/prekey.ts';
import { dualSign, dualVerify } from '../../src/pq/primitives.ts';
import { safetyNumber } from '../../src/pq/safetyNumber.ts';
import type { ExpandedIdentity } from '../../src/pq/types.ts';
import { fileNames, vectorFile } from './generate/all.ts';
import { checkSteps, type Scope } from './generate/check.ts';
import { replay } from './generate/draws.ts';
import { at, bytesAt, hex, listAt, maybe, numberAt, textAt, type Json } from './generate/json.ts';
import { unhex } from './generate/outcome.ts';
import { diagnostic } from './generate/v1.ts';
import { NOW, changed, codeOf, fileText, folder, inviteFrom, load, outside, people, person, prekey } from './generate/reader.ts';

const v5 = load('v5-hello.json');

describe('the files', () => {
  it('are all there, and no others', () => {
    expect(readdirSync(folder).sort()).toEqual([...fileNames, 'README.md'].sort());
  });

  it.each(fileNames)('%s is what the generator makes', (name) => {
    expect(vectorFile(name) === fileText(name), 'npm run vectors makes another file').toBe(true);
  });

  it('have a step for each label that src/pq uses', () => {
    const source = path.join(import.meta.dirname, '..', '..', 'src', 'pq');
    const code = readdirSync(source).map((name) => readFileSync(path.join(source, name), 'utf8'));
    const used = code.flatMap((words) => [...words.matchAll(/\b(?:label|transcript)\(\s*'([^']+)'|\bderive\([^']*'([^']+)'/g)]);
    const labels = new Set(used.map(([, direct, derived]) => direct ?? derived ?? ''));
    expect(labels.size).toBeGreaterThan(25);
    const shown = fileText('v4-labels.json');
    const without = [...labels].filter((name) => {
      const asHex = hex(new TextEncoder().encode(`sotto/dm/1 ${name}`));
      return !shown.includes(`"sotto/dm/1 ${name}"`) && !shown.includes(asHex);
    });
    expect(without).toEqual([]);
  });
});

describe('every step', () => {
  it('can be computed from the files with other code', () => {
    let count = 0;
    const lists = (name: string, ...where: (string | number)[]): void => {
      const json = at(load(name), ...where);
      const each = Array.isArray(json) ? listAt(json) : [json];
      for (const item of each) count += checkSteps(at(item, 'steps'), '', new Map(), outside);
    };
    lists('v2-fingerprints.json', 'fingerprints');
    lists('v3-documents.json', 'logEntries');
    lists('v4-labels.json');
    lists('v4-labels.json', 'hedge');
    lists('v5-hello.json', 'cardRequests');
    for (const exchange of listAt(v5, 'exchanges')) {
      const scope: Scope = new Map();
      count += checkSteps(at(exchange, 'initiate', 'steps'), 'initiate', scope, outside);
      for (const [index, message] of listAt(exchange, 'messages').entries()) {
        count += checkSteps(at(message, 'steps'), `message ${index + 1}`, scope, outside);
        count += checkSteps(at(message, 'opened', 'steps'), `opening of message ${index + 1}`, scope, outside);
        const made = (list: string, name: string): string => hex(scope.get(`${list} ${index + 1}: ${name}`) ?? new Uint8Array(0));
        const wire = parsePacket(bytesAt(message, 'packet'));
        for (const part of ['hint', 'hdr', 'body', 'mac'] as const) expect(made('message', part)).toBe(hex(wire[part]));
        expect(made('message', 'ack tag')).toBe(textAt(message, 'ackTag'));
        const after = at(message, 'opened', 'after', 'session');
        const [root, chain, next] = [textAt(after, 'rootKey'), textAt(after, 'send', 'chainKey'), textAt(after, 'nextSendKey')];
        expect(made('opening of message', "sending: RK' ‖ CK ‖ NHK")).toBe(root + chain + next);
      }
    }
    const scope: Scope = new Map();
    for (const event of listAt(load('v6-trace.json'), 'events')) {
      const turn = maybe(event, 'turn');
      if (turn !== undefined) count += checkSteps(at(turn, 'steps'), textAt(turn, 'name'), scope, outside);
    }
    expect(count).toBeGreaterThan(200);
  });
});

describe('V1: canonical CBOR', () => {
  const json = load('v1-cbor.json');

  it.each(listAt(json, 'good').map((one) => [textAt(one, 'name'), one] as const))('%s', (_, one) => {
    const bytes = bytesAt(one, 'bytes');
    const value = decodeCbor(bytes, bytes.length);
    expect(diagnostic(value)).toBe(textAt(one, 'value'));
    expect(hex(encodeCbor(value))).toBe(textAt(one, 'bytes'));
  });

  it.each(listAt(json, 'bad').map((one) => [textAt(one, 'reason'), textAt(one, 'bytes')] as const))('refuses %s', (_, bytes) => {
    expect(codeOf(() => decodeCbor(unhex(bytes), 4_096))).toBe('malformed');
  });
});

describe('V2: fingerprints and safety numbers', () => {
  const json = load('v2-fingerprints.json');

  it('names people', () => {
    for (const one of listAt(json, 'fingerprints')) {
      const own = person(textAt(one, 'identity'));
      expect(hex(fingerprint(own.public))).toBe(textAt(one, 'fingerprint'));
      expect(shortFingerprint(own.fingerprint)).toBe(textAt(one, 'short'));
      expect(hex(encodePublicIdentity(own.public))).toBe(textAt(people, 'identities', textAt(one, 'identity'), 'encoded'));
    }
  });

  it('makes the same number on both sides', () => {
    for (const one of listAt(json, 'safetyNumbers')) {
      const [low, high] = [bytesAt(one, 'low'), bytesAt(one, 'high')];
      for (const number of [safetyNumber(low, high), safetyNumber(high, low)]) {
        expect(number.digits.join(' ')).toBe(textAt(one, 'text'));
        expect(hex(number.qr)).toBe(textAt(one, 'qr'));
      }
      let h = bytesAt(one, 'firstInput');
      const rounds = new Map(listAt(one, 'rounds').map((round) => [numberAt(round, 'round'), textAt(round, 'h')]));
      for (let round = 1; round <= 5_200; round++) {
        const input = round === 1 ? h : new Uint8Array([...h, ...low, ...high]);
        h = new Uint8Array(createHash('sha512').update(input).digest());
        const shown = rounds.get(round);
        if (shown !== undefined) expect(hex(h)).toBe(shown);
      }
      expect(hex(h)).toBe(textAt(one, 'qr'));
    }
    for (const one of listAt(json, 'refused')) {
      expect(codeOf(() => safetyNumber(bytesAt(one, 'low'), bytesAt(one, 'high')))).toBe('identityMismatch');
    }
  });
});

describe('V3: signed documents', () => {
  const json = load('v3-documents.json');

  it('signs and reads cards', () => {
    for (const one of listAt(json, 'cards')) {
      const bytes = bytesAt(one, 'card');
      const card = readCard(bytes, NOW);
      expect(hex(fingerprint(card.identity))).toBe(textAt(one, 'signer'));
      expect(card.nickname).toBe(textAt(one, 'nickname'));
      const signature = { ed: bytesAt(one, 'sigEd'), pq: bytesAt(one, 'sigPq') };
      expect(dualVerify(card.identity, signature, bytesAt(one, 'signed'))).toBe(true);
      const secret = prekey(textAt(one, 'name') === 'bob' ? 'bobReusable' : 'bobOneTime');
      const again = signCard(person('bob'), {
        prekey: publicPrekey(secret),
        nickname: textAt(one, 'nickname'),
        seq: numberAt(one, 'seq'),
        issued: numberAt(one, 'issued'),
        logHead: bytesAt(one, 'logHead'),
        addresses: listAt(one, 'addresses').map((address) => bytesAt(address)),
      });
      expect(hex(again)).toBe(textAt(one, 'card'));
    }
  });

  it('refuses what is not the card that was signed', () => {
    const base = bytesAt(at(json, 'cards', 0), 'card');
    for (const one of listAt(json, 'badCards', 'cases')) {
      const code = codeOf(() => readCard(changed(base, at(one, 'edits')), numberAt(one, 'now')));
      expect([textAt(one, 'reason'), code]).toEqual([textAt(one, 'reason'), textAt(one, 'code')]);
    }
  });

  it('reads a card until the last moment of its prekey, and a day before the first', () => {
    const base = bytesAt(at(json, 'cards', 0), 'card');
    for (const one of listAt(json, 'goodTimes', 'cases')) expect(codeOf(() => readCard(base, numberAt(one, 'now')))).toBeNull();
  });

  it.each(listAt(json, 'writtenCards').map((one) => [textAt(one, 'name'), one] as const))('reads or refuses a card %s', (_, one) => {
    expect(codeOf(() => readCard(bytesAt(one, 'card'), NOW))).toBe(at(one, 'code'));
  });

  it.each(listAt(json, 'ed25519').map((one) => [textAt(one, 'name'), one] as const))('verifies a signature %s', (_, one) => {
    const message = bytesAt(one, 'message');
    const { pq } = dualSign(person('bob').seeds.ed, person('bob').pqSecret, message);
    const keys = { ed: bytesAt(one, 'public'), pq: person('bob').public.pq };
    expect(dualVerify(keys, { ed: bytesAt(one, 'signature'), pq }, message)).toBe(at(one, 'valid'));
  });

  it('keeps identity logs', () => {
    const entries = at(json, 'followLog', 'entries');
    const [first, second] = listAt(json, 'logEntries');
    if (first === undefined || second === undefined) throw new Error('no entries');
    const started = startLog(person('alice'), numberAt(first, 'time'));
    const rotated = rotate(started, person('alice'), person('aliceNext'), numberAt(second, 'time'));
    expect(hex(encodeLogEntry(started))).toBe(textAt(entries, 'alice begins'));
    expect(hex(encodeLogEntry(rotated))).toBe(textAt(entries, 'alice rotates'));
    for (const [entry, shown] of [[started, first] as const, [rotated, second] as const]) {
      expect(hex(logHead(entry))).toBe(textAt(shown, 'head'));
      expect(dualVerify(entry.identity, entry.own, bytesAt(shown, 'signed'))).toBe(true);
    }
    for (const one of listAt(json, 'badEntries')) {
      expect([textAt(one, 'reason'), codeOf(() => decodeLogEntry(bytesAt(one, 'entry')))]).toEqual([
        textAt(one, 'reason'),
        textAt(one, 'code'),
      ]);
    }
  });

  it('follows identity logs', () => {
    const names = ['alice', 'aliceNext', 'bob', 'mallory'];
    const identityOf = (wanted: string): ExpandedIdentity['public'] => {
      const name = names.find((one) => hex(person(one).fingerprint) === wanted);
      if (name === undefined) throw new Error('nobody has that fingerprint');
      return person(name).public;
    };
    const known = (one: Json) => {
      const seq = at(one, 'known', 'seq');
      return {
        head: bytesAt(one, 'known', 'head'),
        seq: seq === null ? null : numberAt(seq),
        identity: identityOf(textAt(one, 'known', 'identity')),
      };
    };
    const base = (one: Json): Uint8Array => bytesAt(json, 'followLog', 'entries', textAt(one, 'base'));
    for (const one of listAt(json, 'followLog', 'good')) {
      const after = followLog(known(one), base(one));
      const shown = { head: hex(after.head), seq: after.seq, fingerprint: hex(after.fingerprint) };
      expect(shown).toEqual(at(one, 'after'));
    }
    for (const one of listAt(json, 'followLog', 'bad')) {
      const code = codeOf(() => followLog(known(one), changed(base(one), at(one, 'edits'))));
      expect([textAt(one, 'reason'), code]).toEqual([textAt(one, 'reason'), textAt(one, 'code')]);
    }
    const own = listAt(json, 'compareLogHead', 'own').map((head) => bytesAt(head));
    for (const one of listAt(json, 'compareLogHead', 'seen')) {
      expect(compareLogHead(own, bytesAt(one, 'head'))).toBe(textAt(one, 'result'));
    }
  });

  it('reads and refuses invites', () => {
    for (const one of listAt(json, 'invites', 'good')) {
      const given = inviteFrom(one);
      expect(encodeInvite(given)).toBe(textAt(one, 'uri'));
      expect([hex(given.id), hex(given.secret), hex(given.fingerprint), given.notAfter, given.recordKey, given.channel]).toEqual(
        ['id', 'secret', 'fingerprint', 'notAfter', 'recordKey', 'channel'].map((name) => at(one, name)),
      );
      expect(given.address && hex(given.address)).toEqual(at(one, 'address'));
      expect(codeOf(() => decodeInvite(textAt(one, 'uri'), numberAt(one, 'goodUntil')))).toBeNull();
    }
    for (const one of listAt(json, 'invites', 'bad')) {
      const code = codeOf(() => decodeInvite(textAt(one, 'uri'), numberAt(one, 'now')));
      expect([textAt(one, 'reason'), code]).toEqual([textAt(one, 'reason'), textAt(one, 'code')]);
    }
  });
});

describe('V4: labels', () => {
  it('begin safety numbers and checksums', () => {
    for (const one of listAt(load('v4-labels.json'), 'digests')) {
      const name = textAt(one, 'op') === 'SHA-512' ? 'sha512' : 'sha256';
      const output = createHash(name).update(bytesAt(one, 'data')).digest('hex');
      expect(output.startsWith(textAt(one, 'output'))).toBe(true);
    }
  });

  it('hedge randomness', () => {
    const json = at(load('v4-labels.json'), 'hedge');
    const system = replay(at(json, 'system'));
    const { random, nextSeed } = hedgedRandom(bytesAt(json, 'seed'), system.random);
    expect(hex(nextSeed)).toBe(textAt(json, 'nextSeed'));
    expect([hex(random(16)), hex(random(100))]).toEqual(listAt(json, 'drawn'));
    system.finished();
  });
});

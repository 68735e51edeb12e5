/** A DNS responder that knows TXT records for the names it is given and nothing else. RFC 1035, one question a packet. */
import { createSocket, type Socket } from 'node:dgram';

const TXT = 16;
const HEADER_BYTES = 12;
const TTL_SECONDS = 60;
/** A character-string of a TXT record. */
const MAX_TEXT_PART = 255;

function txtAnswer(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1');
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += MAX_TEXT_PART) {
    const part = bytes.subarray(at, at + MAX_TEXT_PART);
    parts.push(Buffer.from([part.length]), part);
  }
  const data = Buffer.concat(parts);
  const head = Buffer.alloc(12);
  head.writeUInt16BE(0xc00c, 0); // the name of the question
  head.writeUInt16BE(TXT, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(TTL_SECONDS, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}

function answer(query: Buffer, records: ReadonlyMap<string, string[]>): Buffer | null {
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += length + 1;
  }
  at += 1;
  if (at + 4 > query.length) return null;
  const known = records.get(labels.join('.').toLowerCase());
  const texts = query.readUInt16BE(at) === TXT ? (known ?? []) : [];
  const head = Buffer.alloc(HEADER_BYTES);
  query.copy(head, 0, 0, 2);
  head.writeUInt16BE(known === undefined ? 0x8583 : 0x8580, 2); // authoritative answer, or no such name
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(texts.length, 6);
  return Buffer.concat([head, query.subarray(HEADER_BYTES, at + 4), ...texts.map(txtAnswer)]);
}

export function startDns(address: string, records: ReadonlyMap<string, string[]>): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    socket.on('message', (query, from) => {
      const reply = answer(query, records);
      if (reply !== null) socket.send(reply, from.port, from.address);
    });
    socket.once('error', reject);
    socket.bind(53, address, () => {
      resolve(socket);
    });
  });
}

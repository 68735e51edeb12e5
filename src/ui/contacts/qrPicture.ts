/** Reads a QR code from a picture. All of it stays in the page: nothing is fetched, nothing is sent. */
import { decodeQR } from 'qr/decode.js';
import { HEADER_BYTES, pictureSize } from './pictureSize.ts';

/** Bytes of a picture that is looked at. */
export const MAX_PICTURE_BYTES = 20_000_000;
/** Pixels of it; decoded they take four bytes each. */
export const MAX_PICTURE_PIXELS = 50_000_000;
/** Longest sides that are tried, one after the other: a photograph is easier to read when it is smaller, a dense code when it is not. */
const SIDES = [1_000, 1_800, 600, 2_800];
/** Milliseconds of each try beyond the necessary work. */
const TRY_MS = 250;
/** Characters of a code; the largest QR code carries 2,953 bytes. */
const MAX_TEXT = 4_096;

type QrResult = { kind: 'read'; text: string } | { kind: 'failed'; reason: string };
const failed = (reason: string): QrResult => ({ kind: 'failed', reason });

/** Of what was pasted, dropped or chosen. */
export const firstPicture = (files: FileList | undefined): File | null =>
  [...(files ?? [])].find(({ type }) => type.startsWith('image/')) ?? null;

/** Lets the page breathe between two tries. */
const pause = (): Promise<void> => new Promise((done) => setTimeout(done));

function decode(bitmap: ImageBitmap, side: number): string | null {
  const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height));
  const [width, height] = [Math.max(1, Math.round(bitmap.width * scale)), Math.max(1, Math.round(bitmap.height * scale))];
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (context === null) return null;
  // A code on a transparent ground is a code on paper.
  context.fillStyle = '#fff';
  context.fillRect(0, 0, width, height);
  context.drawImage(bitmap, 0, 0, width, height);
  try {
    return decodeQR(context.getImageData(0, 0, width, height), { timeLimit: TRY_MS }).slice(0, MAX_TEXT + 1);
  } catch {
    return null;
  }
}

/** Never rejects: what is wrong comes as a sentence. */
export async function readQrPicture(picture: Blob, signal: AbortSignal): Promise<QrResult> {
  if (picture.size > MAX_PICTURE_BYTES) return failed('This picture is too large: at most 20 MB are read.');
  try {
    const size = pictureSize(new Uint8Array(await picture.slice(0, HEADER_BYTES).arrayBuffer()));
    if (size === null) return failed('This is not a picture Sotto reads: use PNG, JPEG, WebP, GIF or BMP.');
    if (size.width * size.height > MAX_PICTURE_PIXELS) return failed('This picture has too many pixels: cut out the code and try again.');
    const bitmap = await createImageBitmap(picture);
    try {
      for (const side of SIDES) {
        if (signal.aborted) return failed('Cancelled.');
        const text = decode(bitmap, side);
        if (text !== null && text.length > MAX_TEXT) return failed('This code holds more than a route or an invite.');
        if (text !== null && text !== '') return { kind: 'read', text };
        if (side >= Math.max(bitmap.width, bitmap.height) && side !== SIDES[0]) continue;
        await pause();
      }
    } finally {
      bitmap.close();
    }
    return failed('There is no QR code to be seen in this picture. Take it again, straight and sharp, with a white edge around the code.');
  } catch {
    return failed('This picture is damaged and could not be opened.');
  }
}

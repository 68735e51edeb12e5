import { encode } from 'uqr';
import { describe, expect, it } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { ContractError } from '../../src/contract/errors.ts';
import type { SecureView } from '../../src/contract/views.ts';
import { MAX_PICTURE_BYTES, MAX_PICTURE_PIXELS, readQrPicture } from '../../src/ui/contacts/qrPicture.ts';
import { pictureSize } from '../../src/ui/contacts/pictureSize.ts';
import type { FakeCore } from './fakeCore.ts';
import { buffer, bufferId, contact, contactId, libera, message, messageId, start, usualCore } from './scenes.ts';
import { accessible, calls, noSidewaysScroll, stage } from './stage.ts';

const input = () => page.getByRole('textbox', { name: /^Message to/ });
const log = () => page.getByRole('log');
const query = bufferId(5);
const until = start + 600_000;
const secure = (core: FakeCore, ...views: SecureView[]): void => {
  core.emit('secure', { views });
};
const longNick = 'a_nick_that_is_as_long_as_a_few_servers_allow_it_to_be_in_2026';

describe('the offer of a private conversation', () => {
  it('is made with the lock in the head of a query, and can be withdrawn', async () => {
    const core = usualCore();
    const app = await stage(core);
    app.go({ kind: 'buffer', id: query });
    await page.getByRole('button', { name: 'Offer tomasz a private conversation' }).click();
    await expect.poll(() => calls(core, 'secure.offer')).toEqual([{ buffer: 5 }]);
    secure(core, { kind: 'offering', buffer: query, nick: 'tomasz', until });
    await expect.element(page.getByText('You offered tomasz a private conversation', { exact: false })).toBeVisible();
    await expect.element(page.getByRole('button', { name: 'Offer tomasz a private conversation' })).not.toBeInTheDocument();
    await accessible();
    await page.getByRole('button', { name: 'Withdraw' }).click();
    await expect.poll(() => calls(core, 'secure.withdraw')).toEqual([{ buffer: 5 }]);
  });

  it('has no lock in channels and in private conversations', async () => {
    const core = usualCore();
    const app = await stage(core);
    for (const id of [2, 6]) {
      app.go({ kind: 'buffer', id: bufferId(id) });
      await expect.element(page.getByRole('button', { name: /a private conversation$/ })).not.toBeInTheDocument();
    }
  });

  it('waits for an answer, by keyboard alone, and does nothing by itself', async () => {
    const core = usualCore();
    core.snapshot.secure = [{ kind: 'offered', buffer: query, nick: 'tomasz', until, known: 'Ines' }];
    core.handlers['secure.answer'] = () => Promise.resolve({ buffer: bufferId(7) });
    const app = await stage(core);
    app.go({ kind: 'buffer', id: query });
    await expect.element(page.getByRole('region', { name: 'tomasz offers a private conversation' })).toBeVisible();
    await expect.element(page.getByRole('button', { name: /^tomasz , offers a private conversation/ })).toBeVisible();
    await expect.element(page.getByText('It leads to Ines, one of your contacts.', { exact: false })).toBeVisible();
    await accessible();
    expect(calls(core, 'secure.answer')).toEqual([]);
    app.composer.focus();
    await expect.element(input()).toHaveFocus();
    await userEvent.tab({ shift: true });
    await expect.element(page.getByRole('button', { name: 'Decline' })).toHaveFocus();
    await userEvent.tab({ shift: true });
    await userEvent.keyboard('{Enter}');
    await expect.poll(() => calls(core, 'secure.answer')).toEqual([{ buffer: 5, accept: true }]);
    await expect.element(page.getByRole('heading', { name: 'Jonas' })).toBeVisible();
    app.go({ kind: 'buffer', id: query });
    await page.getByRole('button', { name: 'Decline' }).click();
    await expect
      .poll(() => calls(core, 'secure.answer'))
      .toEqual([
        { buffer: 5, accept: true },
        { buffer: 5, accept: false },
      ]);
  });
});

describe('a conversation whose nick may be anybody’s', () => {
  const held: SecureView = {
    kind: 'held',
    buffer: bufferId(6),
    server: libera,
    nick: 'ines',
    contact: 'Ines',
    reason: 'ines has left IRC.',
  };

  it('keeps what is typed until the user has said whom it is for, and sends it there', async () => {
    const core = usualCore();
    core.snapshot.secure = [held];
    core.handlers['buffer.input'] = () => Promise.reject(new ContractError('held', 'ines has left IRC. Choose first whom this is for.'));
    const app = await stage(core);
    app.go({ kind: 'buffer', id: bufferId(6) });
    await input().fill('the red door');
    await userEvent.keyboard('{Enter}');
    await expect.element(page.getByRole('button', { name: 'Private to Ines' })).toHaveFocus();
    await expect.element(input()).toHaveValue('the red door');
    await accessible();
    await userEvent.keyboard('{Enter}');
    await expect.poll(() => calls(core, 'secure.choose')).toEqual([{ buffer: 6, to: 'private', text: 'the red door' }]);
    await expect.element(input()).toHaveValue('');
    await expect.element(input()).toHaveFocus();
  });

  it('sends nothing that was not held when the choice is made early', async () => {
    const core = usualCore();
    core.snapshot.secure = [held];
    const app = await stage(core);
    app.go({ kind: 'buffer', id: bufferId(6) });
    await input().fill('half a thou');
    await page.getByRole('button', { name: 'Plain IRC to ines' }).click();
    await expect.poll(() => calls(core, 'secure.choose')).toEqual([{ buffer: 6, to: 'plain', text: '' }]);
    await expect.element(input()).toHaveValue('half a thou');
  });

  it('says in the head for whom it stands, and asks twice before plain IRC beside it', async () => {
    const core = usualCore();
    core.snapshot.buffers = [...core.snapshot.buffers, buffer(8, 'ines (IRC)', { kind: 'query' })];
    core.snapshot.contacts = [contact(1, 'Ines', { buffer: bufferId(6) })];
    core.snapshot.secure = [
      { kind: 'bound', buffer: bufferId(6), server: libera, nick: 'ines' },
      { kind: 'irc', buffer: bufferId(8), nick: 'ines', contact: 'Ines', private: bufferId(6), open: false },
    ];
    const app = await stage(core);
    app.go({ kind: 'buffer', id: bufferId(6) });
    await expect.element(page.getByText('In place of ines on Libera')).toBeVisible();
    app.go({ kind: 'buffer', id: bufferId(8) });
    await expect.element(page.getByText('This came over plain IRC.', { exact: false })).toBeVisible();
    await accessible();
    await page.getByRole('button', { name: 'Use plain IRC…' }).click();
    await expect.element(page.getByRole('dialog', { name: 'Plain IRC to ines?' })).toBeVisible();
    await page.getByRole('button', { name: 'Cancel' }).click();
    expect(calls(core, 'secure.plain')).toEqual([]);
    await page.getByRole('button', { name: 'Use plain IRC…' }).click();
    await page.getByRole('button', { name: 'Use plain IRC', exact: true }).click();
    await expect.poll(() => calls(core, 'secure.plain')).toEqual([{ buffer: 8 }]);
    await page.getByRole('button', { name: 'Go to the private conversation' }).click();
    await expect.element(page.getByRole('heading', { name: 'Ines' })).toBeVisible();
  });

  it('fits a long nick into a narrow page and a page at twice the size', async () => {
    const core = usualCore();
    core.snapshot.buffers = core.snapshot.buffers.map((entry) => (entry.id === query ? { ...entry, name: longNick } : entry));
    core.snapshot.contacts = [contact(1, longNick, { buffer: bufferId(6) })];
    core.snapshot.secure = [
      { kind: 'offered', buffer: query, nick: longNick, until, known: longNick },
      { ...held, nick: longNick, contact: longNick },
    ];
    const app = await stage(core, 640, 700);
    for (const id of [5, 6]) {
      app.go({ kind: 'buffer', id: bufferId(id) });
      await expect.element(input()).toBeVisible();
      noSidewaysScroll();
    }
    await page.viewport(360, 640);
    app.go({ kind: 'buffer', id: query });
    const head = page.getByRole('heading', { name: longNick, exact: true });
    await expect.element(head).toBeVisible();
    expect(head.element().clientWidth).toBeGreaterThan(80);
    app.go({ kind: 'buffer', id: bufferId(6) });
    await expect.element(page.getByRole('button', { name: /^Private to/ })).toBeVisible();
    noSidewaysScroll();
    await accessible();
  });
});

/** A picture of a code, as a camera or a screenshot makes it. */
async function picture(text: string, { scale = 4, border = 4, rotate = 0 } = {}): Promise<Blob> {
  const grid = encode(text, { ecc: 'L', border }).data;
  const side = grid.length * scale;
  const canvas = new OffscreenCanvas(side, side);
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('no canvas');
  context.fillStyle = '#fff';
  context.fillRect(0, 0, side, side);
  context.translate(side / 2, side / 2);
  context.rotate(rotate);
  context.translate(-side / 2, -side / 2);
  context.fillStyle = '#000';
  for (const [y, row] of grid.entries())
    for (const [x, dark] of row.entries()) if (dark) context.fillRect(x * scale, y * scale, scale, scale);
  return canvas.convertToBlob({ type: 'image/png' });
}
const give = async (blob: Blob, name = 'code.png'): Promise<File> => new File([await blob.arrayBuffer()], name, { type: blob.type });
const invite = `sotto:invite?${'aB3_-xYz'.repeat(32)}`;

describe('QR codes', () => {
  it('are shown for an own invite and route, and what is shown can be read again', async () => {
    const core = usualCore();
    core.handlers['invite.create'] = () => Promise.resolve({ text: invite, expires: until });
    const app = await stage(core);
    app.ask({ kind: 'connect', text: '' });
    await page.getByRole('button', { name: 'Show an invite' }).click();
    const code = page.getByRole('img', { name: 'An invite as a QR code' });
    await expect.element(code).toBeVisible();
    await accessible();
    const svg = new XMLSerializer().serializeToString(code.element());
    const image = new Image(800, 800);
    // The stylesheet is not part of the picture.
    image.src = `data:image/svg+xml,${encodeURIComponent(svg.replace('<rect ', '<rect fill="#fff" ').replace('<svg ', '<svg width="800" height="800" '))}`;
    await image.decode();
    const canvas = new OffscreenCanvas(800, 800);
    canvas.getContext('2d')?.drawImage(image, 0, 0);
    const shot = await canvas.convertToBlob({ type: 'image/png' });
    expect(await readQrPicture(shot, new AbortController().signal)).toEqual({ kind: 'read', text: invite });
  });

  it('are read from a chosen, a dropped and a pasted picture, and only fill the field', async () => {
    const core = usualCore();
    const app = await stage(core);
    app.ask({ kind: 'connect', text: '' });
    const field = page.getByRole('dialog').getByRole('textbox');
    const file = await give(await picture(invite));
    const transfer = new DataTransfer();
    transfer.items.add(file);
    field.element().dispatchEvent(new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true, cancelable: true }));
    await expect.element(field).toHaveValue(invite);
    await field.fill('');
    page
      .getByRole('group', { name: 'QR code' })
      .element()
      .dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }));
    await expect.element(field).toHaveValue(invite);
    await field.fill('');
    const chooser = document.querySelector('dialog input[type=file]');
    if (!(chooser instanceof HTMLInputElement)) throw new Error('no chooser');
    chooser.files = transfer.files;
    chooser.dispatchEvent(new Event('change', { bubbles: true }));
    await expect.element(field).toHaveValue(invite);
    await expect.element(field).toHaveFocus();
    expect(calls(core, 'contact.connect')).toEqual([]);
    await accessible();
    await page.getByRole('button', { name: 'Connect', exact: true }).click();
    await expect.poll(() => calls(core, 'contact.connect')).toEqual([{ text: invite, from: 'outside' }]);
  });

  it('are read when they are large, small, turned, and as dense as a route', async () => {
    const { signal } = new AbortController();
    const route = 'QUJD-_x9'.repeat(170);
    for (const shown of [
      await picture(invite, { scale: 12 }),
      await picture(invite, { scale: 3 }),
      await picture(invite, { scale: 6, rotate: 0.2, border: 12 }),
      await picture(route, { scale: 5 }),
    ])
      expect((await readQrPicture(shown, signal)).kind).toBe('read');
    expect(await readQrPicture(await picture(route, { scale: 5 }), signal)).toEqual({ kind: 'read', text: route });
  });

  it('say clearly what is wrong with a picture', async () => {
    const core = usualCore();
    const app = await stage(core);
    app.ask({ kind: 'connect', text: '' });
    const group = page.getByRole('group', { name: 'QR code' });
    await expect.element(group).toBeVisible();
    const drop = (file: File): void => {
      const transfer = new DataTransfer();
      transfer.items.add(file);
      group.element().dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }));
    };
    const says = (text: string) => expect.element(page.getByRole('dialog').getByText(text, { exact: false })).toBeVisible();
    drop(new File(['hello'], 'hello.txt', { type: 'text/plain' }));
    await says('This is not a picture.');
    drop(new File(['<svg xmlns="http://www.w3.org/2000/svg"/>'], 'x.svg', { type: 'image/svg+xml' }));
    await says('This is not a picture Sotto reads');
    drop(await give(await picture('https://example.org/')));
    await says('neither a route nor an invite');
    const empty = new OffscreenCanvas(400, 300);
    empty.getContext('2d')?.fillRect(0, 0, 400, 300);
    drop(await give(await empty.convertToBlob({ type: 'image/png' })));
    await says('There is no QR code to be seen');
    await accessible();
    const whole = await (await picture(invite)).bytes();
    drop(new File([whole.slice(0, 60)], 'half.png', { type: 'image/png' }));
    await says('damaged');
  });

  it('are not looked for in a picture that claims to be gigantic, before anything decodes it', async () => {
    const { signal } = new AbortController();
    const bomb = (await (await picture(invite)).bytes()).slice();
    new DataView(bomb.buffer).setUint32(16, 100_000);
    new DataView(bomb.buffer).setUint32(20, 100_000);
    expect(pictureSize(bomb)).toEqual({ width: 100_000, height: 100_000 });
    expect(100_000 * 100_000).toBeGreaterThan(MAX_PICTURE_PIXELS);
    expect(await readQrPicture(new Blob([bomb]), signal)).toEqual({
      kind: 'failed',
      reason: 'This picture has too many pixels: cut out the code and try again.',
    });
    expect(await readQrPicture(new Blob([new Uint8Array(MAX_PICTURE_BYTES + 1)]), signal)).toEqual({
      kind: 'failed',
      reason: 'This picture is too large: at most 20 MB are read.',
    });
  });

  it('know the size of each kind of picture a browser makes, and of nothing else', async () => {
    const canvas = new OffscreenCanvas(123, 45);
    canvas.getContext('2d')?.fillRect(0, 0, 10, 10);
    for (const type of ['image/png', 'image/jpeg', 'image/webp']) {
      const made = await canvas.convertToBlob({ type });
      expect(made.type).toBe(type);
      expect(pictureSize(await made.bytes())).toEqual({ width: 123, height: 45 });
    }
    for (const noise of [new Uint8Array(0), new Uint8Array(31), new Uint8Array(64), new Uint8Array(64).fill(255)])
      expect(pictureSize(noise)).toBeNull();
  });
});

describe('what was pressed in a conversation', () => {
  it('is handed on as such, unless the user puts something else in its place', async () => {
    const core = usualCore();
    core.messages.set(bufferId(2), [message(1, 2, 'alda', 'write me: sotto:abcDEF123')]);
    await stage(core);
    await log().getByRole('button', { name: 'sotto:abcDEF123' }).click();
    await expect.element(page.getByText('the contact starts as not verified', { exact: false })).toBeVisible();
    await page.getByRole('button', { name: 'Connect', exact: true }).click();
    await page.getByRole('dialog').getByRole('textbox').fill('sotto:mine');
    await page.getByRole('button', { name: 'Connect', exact: true }).click();
    await expect
      .poll(() => calls(core, 'contact.connect'))
      .toEqual([
        { text: 'sotto:abcDEF123', from: 'buffer' },
        { text: 'sotto:mine', from: 'outside' },
      ]);
  });
});

describe('introductions', () => {
  it('say exactly what is handed over, and to whom', async () => {
    const core = usualCore();
    const app = await stage(core);
    app.ask({ kind: 'introduce', contact: contactId(1) });
    const dialog = page.getByRole('dialog', { name: 'Introduce Ines' });
    await expect.element(dialog.getByText('their fingerprint', { exact: false })).toBeVisible();
    await expect.element(dialog.getByText('no network address', { exact: false })).toBeVisible();
    await accessible();
    await expect.element(dialog.getByRole('button', { name: 'Introduce' })).toBeDisabled();
    await dialog.getByRole('combobox').selectOptions('Jonas');
    await dialog.getByRole('button', { name: 'Introduce' }).click();
    await expect.poll(() => calls(core, 'contact.introduce')).toEqual([{ contact: 1, to: 2 }]);
  });

  it('are a line with a button, and only that button connects', async () => {
    const core = usualCore();
    core.messages.set(bufferId(6), [
      message(300, 6, 'Ines', 'Carla', { kind: 'introduction', subject: 'q8wd-2hfz' }),
      message(301, 6, 'maren', 'Jonas', {
        kind: 'introduction',
        subject: 'w2xn-5tge',
        self: true,
        receipt: { state: 'delivered', reason: null },
      }),
    ]);
    core.handlers['contact.introduced'] = () => Promise.resolve({ contact: contactId(2), buffer: bufferId(7) });
    const app = await stage(core);
    app.go({ kind: 'buffer', id: bufferId(6) });
    await expect.element(log().getByText('q8wd-2hfz')).toBeVisible();
    await accessible();
    expect(
      log()
        .getByRole('button', { name: /^Connect to/ })
        .elements(),
    ).toHaveLength(1);
    await log().getByRole('button', { name: 'Connect to Carla' }).click();
    await expect.poll(() => calls(core, 'contact.introduced')).toEqual([{ buffer: 6, message: messageId(300) }]);
    await expect.element(page.getByRole('heading', { name: 'Jonas' })).toBeVisible();
    core.emit('contact', contact(2, 'Jonas', { buffer: bufferId(7), introducedBy: 'Ines' }));
    await expect.element(page.getByText('Introduced by Ines')).toBeVisible();
  });
});

describe('requests', () => {
  it('are answered by keyboard: arrows go from person to person, and the focus stays in the list', async () => {
    const core = usualCore();
    core.snapshot.requests = ['ann', 'ben', 'cid'].map((nickname, index) => ({
      contact: contactId(20 + index),
      nickname,
      fingerprint: `f${index}`,
      time: start,
      texts: index,
    }));
    const app = await stage(core);
    app.go({ kind: 'requests' });
    await expect.element(page.getByRole('heading', { name: 'Requests' })).toBeVisible();
    page.getByRole('button', { name: 'Accept ann' }).element().focus();
    await userEvent.keyboard('{ArrowDown}');
    await expect.element(page.getByRole('button', { name: 'Accept ben' })).toHaveFocus();
    await userEvent.tab();
    await expect.element(page.getByRole('button', { name: 'Block ben' })).toHaveFocus();
    await userEvent.keyboard('{ArrowDown}{ArrowDown}');
    await expect.element(page.getByRole('button', { name: 'Accept cid' })).toHaveFocus();
    await userEvent.keyboard('{ArrowUp}');
    await userEvent.tab();
    await userEvent.keyboard('{Enter}');
    await page.getByRole('dialog', { name: 'Block ben?' }).getByRole('button', { name: 'Block' }).click();
    await expect.poll(() => calls(core, 'contact.block')).toEqual([{ contact: 21 }]);
    core.emit('requests', { requests: core.snapshot.requests.filter(({ nickname }) => nickname !== 'ben') });
    await expect.element(page.getByRole('button', { name: 'Accept ann' })).toHaveFocus();
    await accessible();
  });
});

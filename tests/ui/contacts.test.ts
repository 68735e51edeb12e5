import { describe, expect, it } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { ContractError } from '../../src/contract/errors.ts';
import { MAX_SHOWN_CONTACTS } from '../../src/ui/contacts/contactRows.ts';
import type { FakeCore } from './fakeCore.ts';
import { bufferId, contact, contactId, emptySnapshot, usualCore } from './scenes.ts';
import { createFakeCore } from './fakeCore.ts';
import { accessible, calls, noSidewaysScroll, stage } from './stage.ts';

const LONG = 'Wolfeschlegelsteinhausenbergerdorff of the Upper Mill'.repeat(2);

const circle = (): FakeCore => {
  const core = usualCore();
  core.snapshot.contacts = [
    contact(1, 'Ines', { shield: 'verified', buffer: bufferId(6), presence: 'online', lastHeard: Date.UTC(2026, 10, 21, 9) }),
    contact(2, 'Jonas', { buffer: bufferId(7), presence: 'away', fingerprint: 'W2XN-5TGE', status: 'Trying again in 40 s.' }),
    contact(4, 'The miller', { theirName: 'bert', shield: 'invite-pinned', presence: 'offline' }),
    contact(5, 'zoë', { shield: 'blocked' }),
    contact(6, LONG, { theirName: 'w', shield: 'confirming' }),
  ];
  return core;
};
const list = () => page.getByRole('main');
const button = (name: string | RegExp) => page.getByRole('button', { name });

describe('the contact list', () => {
  it('shows everybody with presence and level, and finds people by both names and the fingerprint', async () => {
    const core = circle();
    const app = await stage(core);
    await button(/^Private/).click();
    await expect.element(list().getByRole('heading', { name: 'Contacts' })).toBeVisible();
    await expect.element(list().getByText('calls themselves bert')).toBeVisible();
    await expect.element(button(/^Ines here verified/)).toBeVisible();
    await expect.element(list().getByText('zoë')).not.toBeInTheDocument();
    await accessible();
    noSidewaysScroll();
    const search = page.getByRole('searchbox', { name: 'Search contacts' });
    for (const [query, name] of [
      ['BERT', 'The miller'],
      ['w2xn5', 'Jonas'],
      ['ines', 'Ines'],
    ] as const) {
      await search.fill(query);
      await expect.element(button(`About ${name}`)).toBeVisible();
      expect(list().getByRole('listitem').elements()).toHaveLength(1);
    }
    await search.fill('nobody of that name');
    await expect.element(list().getByText('Nobody fits “nobody of that name”.')).toBeVisible();
    await search.fill('');
    await button('Here 2').click();
    expect(list().getByRole('listitem').elements()).toHaveLength(2);
    core.emit('contact', contact(1, 'Ines', { presence: null }));
    await expect.element(button('Here 1')).toBeVisible();
    expect(app.view).toEqual({ kind: 'contacts' });
  });

  it('is walked through with the arrows, and opens what has the focus', async () => {
    const core = circle();
    core.handlers['contact.open'] = () => Promise.resolve({ buffer: bufferId(7) });
    const app = await stage(core);
    app.go({ kind: 'contacts' });
    await page.getByRole('searchbox').click();
    await userEvent.keyboard('{ArrowDown}{ArrowDown}');
    await expect.element(list().getByRole('button', { name: /^Jonas away/ })).toHaveFocus();
    await userEvent.keyboard('{ArrowUp}{ArrowUp}');
    await expect.element(page.getByRole('searchbox')).toHaveFocus();
    await userEvent.keyboard('{ArrowDown}{ArrowDown}{Enter}');
    await expect.element(page.getByRole('heading', { name: 'Jonas' })).toBeVisible();
    expect(calls(core, 'contact.open')).toEqual([{ contact: 2 }]);
  });

  it('says what to do where nobody is known, and draws a part of very many', async () => {
    const core = createFakeCore(emptySnapshot());
    const app = await stage(core);
    app.go({ kind: 'contacts' });
    await expect.element(page.getByText('You know nobody here yet.')).toBeVisible();
    await accessible();
    for (let id = 1; id <= MAX_SHOWN_CONTACTS + 5; id += 1) core.emit('contact', contact(id, `person ${id}`));
    await expect.element(page.getByText('And 5 more: search to find them.')).toBeVisible();
    expect(list().getByRole('listitem').elements()).toHaveLength(MAX_SHOWN_CONTACTS);
  });

  it('unblocks', async () => {
    const core = circle();
    const app = await stage(core);
    app.go({ kind: 'contacts' });
    await button('Blocked 1').click();
    await button('Unblock zoë').click();
    await expect.poll(() => calls(core, 'contact.unblock')).toEqual([{ contact: 5 }]);
  });
});

describe('a contact', () => {
  it('has presence in sidebar and header, as a shape and in words', async () => {
    const core = circle();
    const app = await stage(core);
    app.go({ kind: 'buffer', id: bufferId(6) });
    await expect.element(list().getByText('here', { exact: true })).toBeVisible();
    core.emit('contact', contact(1, 'Ines', { presence: 'away', buffer: bufferId(6) }));
    await expect.element(list().getByText('away', { exact: true })).toBeVisible();
    await expect.element(page.getByRole('navigation').getByRole('button', { name: /^Ines away/ })).toBeVisible();
    await accessible();
  });

  it('has switches of its own, with what the configuration says and what cover traffic costs', async () => {
    const core = circle();
    const app = await stage(core);
    app.ask({ kind: 'contact', contact: contactId(1) });
    await expect.element(page.getByText(/Costs about \d+ kB an hour while it runs/)).toBeVisible();
    await expect.element(page.getByRole('combobox', { name: 'Presence' })).toHaveDisplayValue('As configured (off)');
    await page.getByRole('combobox', { name: 'Presence' }).selectOptions('On');
    await page.getByRole('combobox', { name: 'Read receipts' }).selectOptions('Off');
    await page.getByRole('combobox', { name: 'Cover traffic' }).selectOptions('Off');
    core.emit('contact', contact(1, 'Ines', { cover: { chosen: false, configured: true } }));
    await page.getByRole('combobox', { name: 'Cover traffic' }).selectOptions('As configured (on)');
    await expect
      .poll(() => calls(core, 'contact.set'))
      .toEqual([
        { contact: 1, presence: true },
        { contact: 1, readReceipts: false },
        { contact: 1, cover: false },
        { contact: 1, cover: null },
      ]);
    await accessible();
  });

  it('gets a name from the user, and its own back', async () => {
    const core = circle();
    const app = await stage(core);
    app.ask({ kind: 'contact', contact: contactId(4) });
    await expect.element(page.getByText('They call themselves bert.', { exact: false })).toBeVisible();
    await button('Use that name').click();
    await expect.poll(() => calls(core, 'contact.rename')).toEqual([{ contact: 4, nickname: '' }]);
  });

  it('whose identity changed says the next step, and one that is blocked can be unblocked', async () => {
    const core = circle();
    const app = await stage(core);
    core.emit('contact', contact(2, 'Jonas', { shield: 'changed' }));
    app.ask({ kind: 'contact', contact: contactId(2) });
    await expect.element(page.getByText('delete this contact and connect again', { exact: false })).toBeVisible();
    app.ask({ kind: 'contact', contact: contactId(5) });
    await accessible();
    await button('Unblock').click();
    await expect.poll(() => calls(core, 'contact.unblock')).toEqual([{ contact: 5 }]);
  });

  it('is deleted only after it was said what goes and what stays, with the block as a choice', async () => {
    const core = circle();
    const app = await stage(core);
    app.ask({ kind: 'contact', contact: contactId(6) });
    await button('Delete…').click();
    const dialog = page.getByRole('dialog', { name: /^Delete Wolfe/ });
    await expect.element(button('Cancel')).toHaveFocus();
    for (const words of [
      'every message',
      'not arrived',
      'keys of your conversation',
      'their entry',
      'overwritten',
      'everything on their side',
    ])
      await expect.element(dialog.getByText(words, { exact: false })).toBeVisible();
    await accessible();
    await page.getByRole('checkbox').click();
    await button('Delete and block').click();
    await expect.poll(() => calls(core, 'contact.remove')).toEqual([{ contact: 6, block: true }]);
  });
});

describe('export', () => {
  it('asks for a long passphrase twice, shows that it works, can be cancelled, and saves the file', async () => {
    const core = circle();
    const work = Promise.withResolvers<undefined>();
    const seen: AbortSignal[] = [];
    const saved: string[] = [];
    const atOnce = core.handlers['profile.export'];
    core.handlers['profile.export'] = async (params, signal, connection) => {
      seen.push(signal);
      await work.promise;
      return atOnce(params, signal, connection);
    };
    const app = await stage(core);
    document.addEventListener('click', (event) => {
      if (event.target instanceof HTMLAnchorElement && event.target.download !== '') {
        event.preventDefault();
        saved.push(event.target.download);
      }
    });
    HTMLAnchorElement.prototype.click = function click(this: HTMLAnchorElement) {
      saved.push(this.download);
    };
    app.ask({ kind: 'export' });
    await expect.element(page.getByLabelText('Passphrase', { exact: true })).toHaveFocus();
    await page.getByLabelText('Passphrase', { exact: true }).fill('too short');
    await expect.element(page.getByText('3 more characters.')).toBeVisible();
    await button('Export').click();
    await expect.element(page.getByText('needs at least 12 characters', { exact: false })).toBeVisible();
    await expect.element(button('Export')).toBeEnabled();
    await accessible();
    await page.getByLabelText('Passphrase', { exact: true }).fill('five plain words are enough');
    await page.getByLabelText('The same again').fill('five plain words');
    await expect.element(page.getByText('The two passphrases differ.')).toBeVisible();
    await page.getByLabelText('The same again').fill('five plain words are enough');
    expect(calls(core, 'profile.export')).toEqual([]);
    await userEvent.keyboard('{Enter}');
    await expect.element(page.getByRole('progressbar', { name: 'Exporting' })).toBeVisible();
    await accessible();
    await button('Cancel').click();
    await expect.poll(() => seen[0]?.aborted).toBe(true);

    app.ask({ kind: 'export' });
    await page.getByRole('checkbox', { name: 'Show what I type' }).click();
    await page.getByLabelText('Passphrase', { exact: true }).fill('five plain words are enough');
    work.resolve(undefined);
    await userEvent.keyboard('{Enter}');
    await expect.element(page.getByText('do not start Sotto with this profile again', { exact: false })).toBeVisible();
    expect(saved).toEqual(['sotto-k3vq-2026-11-21.sotto-backup']);
    await accessible();
  });
});

describe('import', () => {
  const choose = async (): Promise<void> => {
    const field = page.getByLabelText('File').element();
    if (!(field instanceof HTMLInputElement)) throw new Error('no file field');
    const files = new DataTransfer();
    files.items.add(new File([new Uint8Array(600_000).fill(7)], 'mine.sotto-backup'));
    field.files = files.files;
    field.dispatchEvent(new Event('change', { bubbles: true }));
    await expect.poll(() => field.files?.length).toBe(1);
  };

  it('is offered on the welcome page, goes in parts, says what is wrong, and ends at the contacts', async () => {
    const core = createFakeCore({ ...emptySnapshot(), firstRun: true });
    core.handlers['profile.import'] = () => Promise.reject(new ContractError('badInput', 'The passphrase is wrong.'));
    const app = await stage(core);
    await button('Import identity and contacts…').click();
    await expect.element(page.getByText('use only this profile', { exact: false })).toBeVisible();
    await page.getByRole('button', { name: 'Import', exact: true }).click();
    await expect.element(page.getByText('Choose the file first.')).toBeVisible();
    await choose();
    await page.getByLabelText('Its passphrase').fill('five plain words are enough');
    await userEvent.keyboard('{Enter}');
    await expect.element(page.getByText('The passphrase is wrong.')).toBeVisible();
    await expect.element(page.getByRole('button', { name: 'Import', exact: true })).toBeEnabled();
    await accessible();
    core.handlers['profile.import'] = () => {
      core.snapshot = { ...emptySnapshot(), contacts: [contact(1, 'Ines'), contact(2, 'Jonas')] };
      return Promise.resolve({ contacts: 2, blocked: 1, made: Date.UTC(2026, 10, 20, 12) });
    };
    await userEvent.keyboard('{Enter}');
    await expect.element(page.getByText('2 contacts are here', { exact: false })).toBeVisible();
    await expect.element(page.getByText('Do not start Sotto with the old profile again', { exact: false })).toBeVisible();
    await accessible();
    const parts = calls(core, 'profile.importPart');
    expect(parts).toHaveLength(4);
    expect(parts.slice(0, 2)).toMatchObject([{ at: 0 }, { at: 525_000 }]);
    await button('Show contacts').click();
    await expect.element(button('About Ines')).toBeVisible();
    expect(app.view).toEqual({ kind: 'contacts' });
  });

  it('is refused where people are known already, before a file is looked for', async () => {
    const app = await stage(circle());
    app.ask({ kind: 'import' });
    await expect.element(page.getByText('--profile DIRECTORY')).toBeVisible();
    await expect.element(page.getByLabelText('File')).not.toBeInTheDocument();
    await accessible();
  });
});

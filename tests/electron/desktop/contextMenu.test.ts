import type { ContextMenuParams } from 'electron';
import { describe, expect, test } from 'vitest';
import { press, testDesktop } from './fakes.ts';

type Params = Pick<
  ContextMenuParams,
  'isEditable' | 'misspelledWord' | 'dictionarySuggestions' | 'selectionText' | 'linkURL' | 'formControlType'
> & { editFlags: Partial<ContextMenuParams['editFlags']> };
const params = (given: Partial<Params>): Params => ({
  isEditable: false,
  misspelledWord: '',
  dictionarySuggestions: [],
  editFlags: { canUndo: true, canRedo: false, canCut: true, canCopy: true, canPaste: true, canSelectAll: true },
  selectionText: '',
  linkURL: '',
  formControlType: 'text-area',
  ...given,
});

async function menuFor(given: Partial<Params>) {
  const { electron, window } = await testDesktop();
  window.webContents.emit('context-menu', {}, params(given));
  const menu = electron.popups[0];
  return { electron, window, menu, labels: menu?.template.map(({ label, type }) => label ?? type) };
}

describe('the context menu', () => {
  test('of a misspelled word replaces it or learns it', async () => {
    const { electron, window, menu, labels } = await menuFor({
      isEditable: true,
      misspelledWord: 'helo',
      dictionarySuggestions: ['hello', 'help', 'hero', 'held', 'helm', 'halo', 'hole'],
    });
    expect(labels?.slice(0, 7)).toEqual(['hello', 'help', 'hero', 'held', 'helm', 'Add to the dictionary', 'separator']);
    press(menu, 'help');
    expect(window.webContents.did).toEqual(['replace help']);
    press(menu, 'Add to the dictionary');
    expect(electron.session.words).toEqual(['helo']);
  });

  test('of the input cuts, copies, pastes, takes back and selects, as far as it is possible', async () => {
    const { window, menu, labels } = await menuFor({ isEditable: true });
    expect(labels).toEqual(['Undo', 'Redo', 'separator', 'Cut', 'Copy', 'Paste', 'Select all']);
    expect(menu?.template.find(({ label }) => label === 'Redo')?.enabled).toBe(false);
    for (const label of ['Undo', 'Cut', 'Copy', 'Paste', 'Select all']) press(menu, label);
    expect(window.webContents.did).toEqual(['undo', 'cut', 'copy', 'paste', 'selectAll']);
  });

  test('of a password neither copies nor spells it', async () => {
    const { menu, labels } = await menuFor({
      isEditable: true,
      formControlType: 'input-password',
      misspelledWord: 'hunter2',
      dictionarySuggestions: ['hunter'],
    });
    expect(labels).not.toContain('hunter');
    expect(menu?.template.filter(({ label }) => label === 'Copy' || label === 'Cut').map(({ enabled }) => enabled)).toEqual([false, false]);
  });

  test('of selected text copies it, and of nothing does not open', async () => {
    const selected = await menuFor({ selectionText: 'a line' });
    expect(selected.labels).toEqual(['Copy']);
    press(selected.menu, 'Copy');
    expect(selected.window.webContents.did).toEqual(['copy']);
    expect((await menuFor({})).menu).toBeUndefined();
  });

  test('of a link copies its address, of allowed kinds only', async () => {
    const { electron, menu } = await menuFor({ linkURL: 'https://example.org/a?b' });
    press(menu, 'Copy link address');
    expect(electron.clipboard.text).toBe('https://example.org/a?b');
    for (const linkURL of ['javascript:alert(1)', 'file:///etc/passwd', 'app://sotto/', `https://x/${'y'.repeat(10_000)}`, 'nonsense'])
      expect((await menuFor({ linkURL })).menu, linkURL).toBeUndefined();
  });
});

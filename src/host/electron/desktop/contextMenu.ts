/** The menu of the right mouse button in text. Where the page has a menu of its own, Chromium never asks for this one. */
import type { ContextMenuParams, MenuItemConstructorOptions } from 'electron';
import type { BuiltMenu, DesktopWebContents, ElectronParts } from './parts.ts';

const MAX_SUGGESTIONS = 5;
const MAX_COPIED_LINK = 8_192;
const copied: ReadonlySet<string> = new Set(['http:', 'https:', 'mailto:', 'irc:', 'ircs:', 'sotto:']);

type Params = Pick<
  ContextMenuParams,
  'isEditable' | 'misspelledWord' | 'dictionarySuggestions' | 'editFlags' | 'selectionText' | 'linkURL' | 'formControlType'
>;

interface Actions {
  contents: Pick<DesktopWebContents, 'cut' | 'copy' | 'paste' | 'undo' | 'redo' | 'selectAll' | 'replaceMisspelling'>;
  addWord: (word: string) => void;
  copyText: (text: string) => void;
}

/** Empty: there is nothing to do here, and no menu. */
export function contextMenu(params: Params, { contents, addWord, copyText }: Actions): MenuItemConstructorOptions[] {
  const { editFlags, misspelledWord: word } = params;
  const groups: MenuItemConstructorOptions[][] = [];
  const secret = params.formControlType === 'input-password';
  if (params.isEditable && word !== '' && !secret) {
    const suggestions = params.dictionarySuggestions.slice(0, MAX_SUGGESTIONS);
    groups.push([
      ...suggestions.map((suggestion) => ({
        label: suggestion,
        click: () => {
          contents.replaceMisspelling(suggestion);
        },
      })),
      ...(suggestions.length === 0 ? [{ label: 'No suggestions', enabled: false }] : []),
      {
        label: 'Add to the dictionary',
        click: () => {
          addWord(word);
        },
      },
    ]);
  }
  if (isCopiedLink(params.linkURL))
    groups.push([
      {
        label: 'Copy link address',
        click: () => {
          copyText(params.linkURL);
        },
      },
    ]);
  const item = (label: string, enabled: boolean, run: () => void): MenuItemConstructorOptions => ({
    label,
    enabled,
    click: () => {
      run();
    },
  });
  if (params.isEditable) {
    groups.push([
      item('Undo', editFlags.canUndo, () => {
        contents.undo();
      }),
      item('Redo', editFlags.canRedo, () => {
        contents.redo();
      }),
    ]);
    groups.push([
      item('Cut', editFlags.canCut && !secret, () => {
        contents.cut();
      }),
      item('Copy', editFlags.canCopy && !secret, () => {
        contents.copy();
      }),
      item('Paste', editFlags.canPaste, () => {
        contents.paste();
      }),
      item('Select all', editFlags.canSelectAll, () => {
        contents.selectAll();
      }),
    ]);
  } else if (params.selectionText.trim() !== '') {
    groups.push([
      item('Copy', editFlags.canCopy, () => {
        contents.copy();
      }),
    ]);
  }
  return groups.flatMap((group, index) => (index === 0 ? group : [{ type: 'separator' }, ...group]));
}

function isCopiedLink(text: string): boolean {
  return text !== '' && text.length <= MAX_COPIED_LINK && URL.canParse(text) && copied.has(new URL(text).protocol);
}

interface FollowOptions<M extends BuiltMenu> {
  contents: DesktopWebContents;
  electron: Pick<ElectronParts<M>, 'menus' | 'session' | 'clipboard'>;
  say: (sentence: string) => void;
}

export function followContextMenu<M extends BuiltMenu>({ contents, electron, say }: FollowOptions<M>): void {
  contents.on('context-menu', (_event, params) => {
    const template = contextMenu(params, {
      contents,
      addWord: (word) => {
        electron.session.addWordToSpellCheckerDictionary(word);
      },
      copyText: (text) => {
        electron.clipboard.writeText(text).catch(() => {
          say('The address could not be copied.');
        });
      },
    });
    if (template.length > 0) electron.menus.buildFromTemplate(template).popup();
  });
}

/** How this browser shows Sotto. Nothing secret is kept here. */

export type Theme = 'system' | 'light' | 'dark';
export interface Preferences {
  theme: Theme;
  nickList: boolean;
  /** The offer to protect the key of the history may be shown. */
  keyOffer: boolean;
}

const THEME_KEY = 'sotto.theme';
const NICK_LIST_KEY = 'sotto.nickList';
const KEY_OFFER_KEY = 'sotto.keyOffer';

const themes: readonly Theme[] = ['system', 'light', 'dark'];
const readTheme = (text: string | null): Theme => themes.find((theme) => theme === text) ?? 'system';

export const nextTheme = (theme: Theme): Theme => themes[(themes.indexOf(theme) + 1) % themes.length] ?? 'system';

export function createPreferences(storage: Pick<Storage, 'getItem' | 'setItem'>, root: HTMLElement): Preferences {
  const first = readTheme(storage.getItem(THEME_KEY));
  let theme = $state(first);
  let nickList = $state(storage.getItem(NICK_LIST_KEY) !== 'hidden');
  let keyOffer = $state(storage.getItem(KEY_OFFER_KEY) !== 'declined');
  root.dataset['theme'] = first;
  return {
    get theme() {
      return theme;
    },
    set theme(value) {
      theme = value;
      root.dataset['theme'] = value;
      storage.setItem(THEME_KEY, value);
    },
    get keyOffer() {
      return keyOffer;
    },
    set keyOffer(value) {
      keyOffer = value;
      storage.setItem(KEY_OFFER_KEY, value ? 'open' : 'declined');
    },
    get nickList() {
      return nickList;
    },
    set nickList(value) {
      nickList = value;
      storage.setItem(NICK_LIST_KEY, value ? 'shown' : 'hidden');
    },
  };
}

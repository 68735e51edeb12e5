/** Lists of masks of a channel (bans, exceptions, invitations, quiets and what some servers add), each told as a whole. */
import type { ListedMask } from '../../../contract/chat.ts';
import { cleanText } from '../../wire/clean.ts';
import { source } from '../../wire/parse.ts';
import { nameParam, param, type CreateExtension, type Handler, type Incoming } from '../context.ts';

/** Entries of one list, and lists that are on their way at a time. */
export const MAX_MASKS = 5_000;
const MAX_LISTS = 16;
const MAX_MASK_LENGTH = 512;

export const createMasks: CreateExtension = (context) => {
  /** By channel and mode. */
  const lists = new Map<string, ListedMask[]>();
  const keyOf = (channel: string, mode: string): string => `${mode} ${context.roster.channelKey(channel)}`;

  /** `first`: where the mask stands; who set it and when follow. */
  const entry = (incoming: Incoming, mode: string, first: number): void => {
    const mask = cleanText(param(incoming, first).slice(0, MAX_MASK_LENGTH));
    const key = keyOf(nameParam(incoming, 1), mode);
    const list = lists.get(key) ?? [];
    if (mask === '' || (!lists.has(key) && lists.size >= MAX_LISTS) || list.length >= MAX_MASKS) return;
    const by = source(nameParam(incoming, first + 1)).nick;
    const seconds = param(incoming, first + 2);
    const time = /^[0-9]{1,10}$/.test(seconds) && Number(seconds) > 0 ? Number(seconds) * 1_000 : null;
    list.push({ mask, by: by === '' || by === '*' ? null : by, time });
    lists.set(key, list);
  };
  const end = (incoming: Incoming, mode: string): void => {
    const channel = nameParam(incoming, 1);
    const masks = lists.get(keyOf(channel, mode)) ?? [];
    lists.delete(keyOf(channel, mode));
    context.emit({ kind: 'masks', channel, mode, masks });
  };
  const pair = (row: string, last: string, mode: () => string): Record<string, Handler> => ({
    [row]: (_context, incoming) => {
      entry(incoming, mode(), 2);
    },
    [last]: (_context, incoming) => {
      end(incoming, mode());
    },
  });
  const quietMode = (incoming: Incoming): string => (/^[A-Za-z]$/.test(param(incoming, 2)) ? param(incoming, 2) : 'q');

  return {
    handlers: {
      ...pair('367', '368', () => 'b'),
      ...pair('348', '349', () => context.isupport.banExceptions ?? 'e'),
      ...pair('346', '347', () => context.isupport.inviteExceptions ?? 'I'),
      // InspIRCd and UnrealIRCd.
      ...pair('386', '387', () => 'q'),
      ...pair('388', '389', () => 'a'),
      ...pair('910', '911', () => 'w'),
      ...pair('941', '940', () => 'g'),
      ...pair('961', '960', () => 'X'),
      // Solanum: the mode's letter stands before the mask.
      '728': (_context, incoming) => {
        entry(incoming, quietMode(incoming), 3);
      },
      '729': (_context, incoming) => {
        end(incoming, quietMode(incoming));
      },
    },
    onClose: () => {
      lists.clear();
    },
  };
};

/** The nick list of the channel on screen. */
import type { Member } from '../../contract/chat.ts';
import type { BufferId } from '../../contract/ids.ts';
import type { MembersChange } from '../../contract/views.ts';
import type { Connection } from '../shared/connection.svelte.ts';
import { groupMembers, type MemberRow } from './memberGroups.ts';

export interface Members {
  readonly count: number;
  readonly rows: readonly MemberRow[];
  readonly nicks: readonly string[];
  /** Status characters of a nick, '' without any. */
  prefixOf(nick: string): string;
  show(buffer: BufferId | null): Promise<void>;
  apply(change: MembersChange): void;
}

export function createMembers(connection: Connection): Members {
  let shown: BufferId | null = null;
  let list = $state.raw<readonly Member[]>([]);
  const rows = $derived(groupMembers(list));
  const nicks = $derived(list.map(({ nick }) => nick));

  const apply = ({ buffer, reset, upsert, remove }: MembersChange): void => {
    if (buffer !== shown) return;
    // eslint-disable-next-line svelte/prefer-svelte-reactivity -- thrown away at once
    const byNick = new Map((reset ? [] : list).map((member) => [member.nick, member]));
    for (const nick of remove) byNick.delete(nick);
    for (const member of upsert) byNick.set(member.nick, member);
    list = [...byNick.values()];
  };

  return {
    get count() {
      return list.length;
    },
    get rows() {
      return rows;
    },
    get nicks() {
      return nicks;
    },
    prefixOf: (nick) => list.find((member) => member.nick === nick)?.prefix ?? '',
    show: async (buffer) => {
      if (buffer !== shown) list = [];
      shown = buffer;
      if (buffer === null) return;
      const { members } = await connection.call('buffer.members', { buffer });
      if (shown === buffer) list = members;
    },
    apply,
  };
}

/** Sorts a nick list into its groups: operators first, then by name. Pure. */
import type { Member } from '../../contract/chat.ts';

export type MemberRow = { kind: 'heading'; key: string; words: string; count: number } | { kind: 'member'; key: string; member: Member };

const groups: readonly { prefix: string; words: string }[] = [
  { prefix: '~', words: 'Owners' },
  { prefix: '&', words: 'Admins' },
  { prefix: '@', words: 'Operators' },
  { prefix: '%', words: 'Half-operators' },
  { prefix: '+', words: 'Voiced' },
];

const byName = new Intl.Collator('en', { sensitivity: 'base' });

export function groupMembers(members: readonly Member[]): MemberRow[] {
  const rest = groups.length;
  const sorted: Member[][] = Array.from({ length: rest + 1 }, () => []);
  for (const member of members) {
    const found = groups.findIndex(({ prefix }) => member.prefix.startsWith(prefix));
    sorted[found === -1 ? rest : found]?.push(member);
  }
  return sorted.flatMap((group, index): MemberRow[] => {
    if (group.length === 0) return [];
    const words = groups[index]?.words ?? 'People';
    const rows = group.sort((one, two) => byName.compare(one.nick, two.nick));
    return [
      { kind: 'heading', key: `h${words}`, words, count: group.length },
      ...rows.map((member): MemberRow => ({ kind: 'member', key: `n${member.nick}`, member })),
    ];
  });
}

/** What is said about the key of the history. */
import type { KeyView } from '../../contract/key.ts';

/** The name of a keyring in a sentence. */
export const keyringWords = (name: string): string => `the desktop’s keyring (${name})`;

/** "your passphrase, the desktop’s keyring (Secret Service) or a recovery key" */
export function openedBy({ passphrase, keyring, recovery }: KeyView): string {
  const ways = [
    ...(keyring === null ? [] : [keyringWords(keyring)]),
    ...(passphrase ? ['your passphrase'] : []),
    ...(recovery ? ['your recovery key'] : []),
  ];
  return new Intl.ListFormat('en', { type: 'disjunction' }).format(ways);
}

/** What has to be typed to show that the key was written down: the place of a group, counted from 1. */
export const askedGroup = (text: string): { place: number; group: string } => {
  const groups = text.split('-');
  // Neither the first nor the last: those are remembered without writing.
  const index = Math.max(0, Math.min(groups.length - 1, Math.floor(groups.length / 2) + 1));
  return { place: index + 1, group: groups[index] ?? '' };
};

/** Who introduced somebody, as `ContactRow.source` keeps it. */
import type { ContactId } from '../../contract/ids.ts';

const SOURCE = 'introduced by ';

export const sourceOfIntroduced = (by: ContactId): string => `${SOURCE}${by}`;

/** The number of the contact who did it; null where nobody did. */
export function introducer(source: string): number | null {
  const digits = source.startsWith(SOURCE) ? source.slice(SOURCE.length) : '';
  return /^[0-9]{1,15}$/.test(digits) ? Number(digits) : null;
}

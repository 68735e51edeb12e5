import { expect } from 'vitest';

/** A text with this in it, for `toMatchObject`. */
export const containing = (words: string | RegExp): unknown =>
  typeof words === 'string' ? expect.stringContaining(words) : expect.stringMatching(words);

import { expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/load.ts';
import { coverCost } from '../../../src/contract/cover.ts';

const read = (text: string): ReturnType<typeof loadConfig> => loadConfig(`[direct_messages]\n${text}\n`);

test('all four settings of direct messages are read', () => {
  const { config, problems } = read('read_receipts = false\npresence = true\ncover_traffic = "always"\nexpire_unsent = 14');
  expect(problems).toEqual([]);
  expect(config?.directMessages).toEqual({ readReceipts: false, presence: true, coverTraffic: 'always', expireUnsent: 14 });
});

test.each([
  ['read_receipts = "no"', /`direct_messages.read_receipts` must be true or false/],
  ['cover_traffic = "sometimes"', /must be "off", "active" or "always"/],
  ['cover_traffic = true', /must be "off", "active" or "always"/],
  ['expire_unsent = "soon"', /must be "never", or a whole number of days from 1 to 3650/],
  ['expire_unsent = 0', /a whole number from 1 to 3650 days/],
  ['expire_unsent = 1.5', /a whole number from 1 to 3650 days/],
])('%s is refused with what it has to be', (line, message) => {
  const { config, problems } = read(line);
  expect(config).toBeNull();
  expect(problems[0]).toMatchObject({ severity: 'error', line: 2 });
  expect(problems[0]?.message).toMatch(message);
});

test('a section that is no table, and a key that does not exist, are told', () => {
  expect(loadConfig('direct_messages = 1').problems[0]?.message).toMatch(/must be a table/);
  expect(read('read_receipt = true').problems[0]?.message).toMatch(/Did you mean `(direct_messages\.)?read_receipts`/);
});

test('cover traffic has a price, and none when it is off', () => {
  expect(coverCost('off')).toBe(0);
  expect(coverCost('active')).toBe(coverCost('always'));
  // 120 packets of 4,096 bytes and their answers of 32.
  expect(coverCost('active')).toBe(495_360);
});

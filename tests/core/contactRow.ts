/** A contact as the store holds it, for tests of parts that only look at it. */
import * as v from 'valibot';
import { ContactId } from '../../src/contract/ids.ts';
import type { ContactRow } from '../../src/store/rows.ts';

export const contactRow: ContactRow = {
  id: v.parse(ContactId, 1),
  nickname: 'alice',
  petname: null,
  identity: null,
  fingerprint: null,
  state: 'active',
  level: 'not-verified',
  addresses: [],
  theirRecord: null,
  cardSeq: 0,
  ownRecord: null,
  ownRecordSeq: 0,
  source: 'test',
  configServer: null,
  pendingAddress: null,
  pendingInvite: null,
  waiting: false,
  confirmed: true,
  memo: null,
  created: 0,
  lastSeen: null,
  logHead: null,
  logSeq: null,
  toldSeq: null,
  splitSeen: false,
  replaced: null,
  renewed: null,
  replaces: null,
  readReceipts: null,
  presence: null,
  cover: null,
};

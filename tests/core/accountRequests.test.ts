import { expect, it } from 'vitest';
import type { Action } from '../../src/contract/chat.ts';
import { createAccountRequests, type AccountRequests } from '../../src/core/accountRequests.ts';

const make = (answerMs?: number): { requests: AccountRequests; actions: Action[] } => {
  const actions: Action[] = [];
  return { requests: createAccountRequests((action) => void actions.push(action), answerMs), actions };
};
const request = { account: null, email: 'me@x.test', password: 'secret-word' };

it('an account that is made, verified, refused', async () => {
  const { requests, actions } = make();
  const made = requests.register(request);
  expect(actions).toEqual([{ kind: 'registerAccount', ...request }]);
  expect(requests.take({ kind: 'accountRegistration', state: 'verify', account: 'me', text: 'Mail' })).toBe(true);
  expect(await made).toEqual({ state: 'verify', text: 'Mail' });
  const verified = requests.verify({ account: 'me', code: '1' });
  requests.take({ kind: 'accountRegistration', state: 'done', account: 'me', text: 'Done' });
  expect(await verified).toEqual({ text: 'Done' });
  const refused = requests.register(request);
  requests.take({ kind: 'accountRegistration', state: 'failed', account: 'me', text: 'Too weak' });
  await expect(refused).rejects.toMatchObject({ code: 'unavailable', message: 'Too weak' });
});

it('one at a time; silence and the end of the connection are answers too', async () => {
  const { requests } = make(20);
  const silent = requests.register(request);
  await expect(requests.register(request)).rejects.toMatchObject({ code: 'unavailable' });
  await expect(silent).rejects.toThrow(/did not answer/);
  expect(requests.take({ kind: 'accountRegistration', state: 'done', account: 'me', text: '' })).toBe(false);
  const cut = requests.register(request);
  requests.disconnected();
  await expect(cut).rejects.toThrow(/connection ended/);
});

import { expect, it } from 'vitest';
import type { Action } from '../../src/contract/chat.ts';
import { createAccountRequests, type AccountRequests } from '../../src/core/accountRequests.ts';

const make = (answerMs?: number): { requests: AccountRequests; actions: Action[]; connections: () => number; online: { is: boolean } } => {
  const actions: Action[] = [];
  const online = { is: false };
  let connections = 0;
  const connect = (): void => {
    connections += 1;
  };
  const requests = createAccountRequests({ act: (action) => void actions.push(action), isOnline: () => online.is, connect }, answerMs);
  return { requests, actions, connections: () => connections, online };
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

it('before it is asked for, the connection is made: held where the server can, else as ever, and its failure is told', async () => {
  const { requests, connections, online } = make();
  const held = [requests.prepare(), requests.prepare()];
  requests.state({ phase: 'connecting', text: '…', retryAt: null });
  requests.take({ kind: 'accountRegistration', state: 'ready', account: '', text: '' });
  expect(await Promise.all(held)).toEqual([{ early: true }, { early: true }]);
  const plain = requests.prepare();
  requests.state({ phase: 'online', text: 'Connected', retryAt: null });
  expect(await plain).toEqual({ early: false });
  const failed = requests.prepare();
  requests.state({ phase: 'failed', text: 'The server has banned you', retryAt: null });
  await expect(failed).rejects.toMatchObject({ code: 'unavailable', message: 'The server has banned you' });
  const before = connections();
  online.is = true;
  expect(await requests.prepare()).toEqual({ early: false });
  expect(connections()).toBe(before);
  online.is = false;
  await expect(make(20).requests.prepare()).rejects.toThrow(/in time/);
});

import { it } from 'vitest';
import { page } from 'vitest/browser';
import { bufferId, contactId, contact, usualCore } from './scenes.ts';
import { stage } from './stage.ts';
const snap = async (name: string) => { await new Promise((r) => setTimeout(r, 350)); await page.screenshot({ path: `/work/main/node_modules/.pics/${name}.png` }); };
it('pictures', async () => {
  const core = usualCore();
  core.snapshot.contacts = [
    contact(1, 'Ines', { shield: 'verified', buffer: bufferId(6), status: 'reachable', presence: 'online', lastHeard: Date.now(), direct: { chosen: true, told: false } }),
    contact(2, 'Jonas', { shield: 'not-verified', buffer: bufferId(7), status: 'route unreachable, trying again in 40 s', fingerprint: 'w2xn-5tge', theirName: 'Jonas K.' }),
  ];
  core.handlers['node.page'] = () => Promise.resolve({ phase: 'ready', reason: '', peers: 41, proxied: true, agreed: true, routes: [{ short: 'a1b2c3', created: Date.now() - 700000 }, { short: 'd4e5f6', created: Date.now() - 20000 }], node: { own: true, version: '0.1.0', library: '0.5.1', since: Date.now() - 8_000_000, traffic: { down: 12_345, up: 2_345, totalDown: 123_456_789, totalUp: 23_456_789 }, crashes: { count: 2, last: { time: Date.now() - 100_000, reason: 'it ended with signal SIGKILL' } }, log: ['12:00 attached', '12:01 route allocated', '12:02 detached for a moment'] } });
  const app = await stage(core);
  const all = async (suffix: string) => {
    for (const [name, d] of [['contact', { kind: 'contact', contact: contactId(1) }], ['export', { kind: 'export' }], ['node', { kind: 'node' }], ['qr', { kind: 'qr', title: 'Your route', text: 'x'.repeat(900), note: 'Give it to the person you want to talk to.' }], ['card', { kind: 'publicCard' }], ['remove', { kind: 'remove', contact: contactId(2) }], ['introduce', { kind: 'introduce', contact: contactId(1) }], ['connect', { kind: 'connect', text: '' }]] as const) {
      app.ask(d); await snap(`5-${name}${suffix}`);
      if (name === 'contact') { const c = document.querySelector('dialog .content'); if (c) c.scrollTop = c.scrollHeight; await snap(`5-contact-end${suffix}`); }
      app.closeDialog();
    }
    const contacts = core.snapshot.contacts.map((c) => c.id);
    for (const id of contacts) app.world.apply({ name: 'contactRemoved', payload: { id } });
    const requests = core.snapshot.requests;
    app.world.apply({ name: 'requests', payload: { requests: [] } });
    app.ask({ kind: 'import' }); await snap(`5-import${suffix}`); app.closeDialog();
    for (const c of core.snapshot.contacts) app.world.apply({ name: 'contact', payload: c });
    app.world.apply({ name: 'requests', payload: { requests } });
    app.go({ kind: 'requests' }); await snap(`5-requests${suffix}`);
    app.go({ kind: 'contacts' }); await snap(`5-contacts${suffix}`);
    app.go({ kind: 'buffer', id: bufferId(2) });
  };
  await all('');
  app.preferences.theme = 'dark';
  await all('-dark');
  app.preferences.theme = 'light';
  await page.viewport(640, 400);
  await all('-zoom');
  await page.viewport(600, 800);
  await all('-narrow');
}, 120_000);

import { expect, it } from 'vitest';
import { page } from 'vitest/browser';
import { bufferId, usualCore } from './scenes.ts';
import { stage } from './stage.ts';

it('a notification that was pressed outside brings its buffer onto the page; one of a buffer that is gone changes nothing', async () => {
  const core = usualCore();
  const app = await stage(core);
  const other = core.snapshot.buffers.find(({ id, kind }) => kind === 'channel' && id !== app.buffer?.id);
  if (other === undefined) throw new Error('the scene has one channel only');
  core.emit('show', { buffer: bufferId(9_999) });
  core.emit('show', { buffer: other.id });
  await expect.element(page.getByRole('heading', { name: other.name, exact: true })).toBeVisible();
  core.emit('show', { buffer: bufferId(9_999) });
  core.emit('notice', { severity: 'info', text: 'after it' });
  await expect.element(page.getByText('after it')).toBeVisible();
  expect(app.buffer?.id).toBe(other.id);
});

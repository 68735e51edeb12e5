import { describe, expect, it } from 'vitest';
import { page, userEvent } from 'vitest/browser';
import { ContractError } from '../../src/contract/errors.ts';
import { createFakeCore } from './fakeCore.ts';
import { buffer, bufferId, contact, contactId, emptySnapshot, message, messageId, server, usualCore } from './scenes.ts';
import { accessible, calls, noSidewaysScroll, stage } from './stage.ts';

const input = () => page.getByRole('textbox', { name: /^Message to/ });
const log = () => page.getByRole('log');

describe('welcome', () => {
  const firstRun = () => {
    const snapshot = emptySnapshot();
    snapshot.firstRun = true;
    return createFakeCore(snapshot);
  };

  it('joins a network with a nick and an optional channel', async () => {
    const core = firstRun();
    await stage(core);
    await accessible();
    await page.getByLabelText('Your nick').fill('maren');
    await page.getByLabelText(/^Channels/).fill('garden #linux');
    await page.getByRole('button', { name: 'Connect' }).first().click();
    await expect
      .poll(() => calls(core, 'app.welcome'))
      .toEqual([{ nickname: 'maren', server: 'irc.libera.chat', channels: ['#garden', '#linux'] }]);
    core.emit('server', server());
    core.emit('buffer', buffer(1, '#garden'));
    await expect.element(page.getByRole('heading', { name: '#garden' })).toBeVisible();
  });

  it('does not send a nick no server would take', async () => {
    const core = firstRun();
    await stage(core);
    await page.getByLabelText('Your nick').fill('9 lives');
    await page.getByRole('button', { name: 'Connect' }).first().click();
    expect(calls(core, 'app.welcome')).toEqual([]);
  });

  it('says why the core refused, and stays', async () => {
    const core = firstRun();
    core.handlers['app.welcome'] = () =>
      Promise.reject(new ContractError('storage', 'The configuration cannot be written: the disk is full.'));
    await stage(core);
    await page.getByLabelText('Your nick').fill('maren');
    await page.getByRole('button', { name: 'Connect' }).first().click();
    await expect.element(page.getByText('the disk is full', { exact: false })).toBeVisible();
  });
});

describe('a conversation', () => {
  it('shows servers, channels, people, lines and members, and axe finds nothing', async () => {
    const core = usualCore();
    await stage(core);
    await expect.element(page.getByRole('heading', { name: '#gardening' })).toBeVisible();
    await expect.element(log().getByText('Last week, under fleece.', { exact: false })).toBeVisible();
    await expect.element(log().getByText('New messages', { exact: false })).toBeVisible();
    await expect
      .element(log().getByRole('link', { name: 'https://garden.example/beans/2026' }))
      .toHaveAttribute('rel', 'noopener noreferrer');
    await expect.element(page.getByRole('complementary', { name: 'People' }).getByText('fennel', { exact: false })).toBeVisible();
    await expect.element(page.getByRole('button', { name: '#linux 2 mentions' })).toBeVisible();
    expect(calls(core, 'buffers.show')).toEqual([{ buffers: [2] }]);
    await accessible();
  });

  it('is as readable in the dark', async () => {
    const app = await stage(usualCore());
    app.preferences.theme = 'dark';
    await expect.element(log().getByText('Last week, under fleece.', { exact: false })).toBeVisible();
    await accessible();
    app.preferences.theme = 'light';
    await accessible();
    app.preferences.theme = 'system';
  });

  it('sends with Enter, breaks the line with Shift+Enter and gives sent lines back with the arrow', async () => {
    const core = usualCore();
    await stage(core);
    await input().fill('one');
    await userEvent.keyboard('{Shift>}{Enter}{/Shift}two{Enter}');
    await expect.poll(() => calls(core, 'buffer.input')).toEqual([{ buffer: 2, text: 'one\ntwo' }]);
    await expect.element(input()).toHaveValue('');
    await userEvent.keyboard('unsent');
    await userEvent.keyboard('{ArrowUp}');
    await expect.element(input()).toHaveValue('one\ntwo');
    await userEvent.keyboard('{ArrowDown}');
    await expect.element(input()).toHaveValue('unsent');
  });

  it('keeps the text when sending fails and says why beside it', async () => {
    const core = usualCore();
    core.handlers['buffer.input'] = () => Promise.reject(new ContractError('notConnected', 'You are not connected to Libera.'));
    await stage(core);
    await input().fill('hello');
    await userEvent.keyboard('{Enter}');
    await expect.element(page.getByText('You are not connected to Libera.', { exact: false })).toBeVisible();
    await expect.element(input()).toHaveValue('hello');
    await accessible();
  });

  it('follows what the core answers: a note, another buffer', async () => {
    const core = usualCore();
    core.handlers['buffer.input'] = ({ text }) =>
      Promise.resolve({
        focus: text === '/query tomasz' ? bufferId(5) : null,
        copy: null,
        note: text === '/help' ? 'Commands: /join' : null,
      });
    await stage(core);
    await input().fill('/help');
    await userEvent.keyboard('{Enter}');
    await expect.element(page.getByText('Commands: /join', { exact: false })).toBeVisible();
    await input().fill('/query tomasz');
    await userEvent.keyboard('{Enter}');
    await expect.element(page.getByRole('heading', { name: 'tomasz' })).toBeVisible();
    await expect.element(page.getByText('the server can read this conversation', { exact: false })).toBeVisible();
  });

  it('completes with Tab: who spoke last, then the next, then a command', async () => {
    await stage(usualCore());
    await expect.element(log().getByText('There is a table of depths', { exact: false })).toBeVisible();
    await input().fill('');
    await userEvent.keyboard('s{Tab}');
    await expect.element(input()).toHaveValue('sorrel: ');
    await input().fill('/to');
    await userEvent.keyboard('{Tab}');
    await expect.element(input()).toHaveValue('/topic ');
  });

  it('stores drafts for each buffer and puts them back', async () => {
    const core = usualCore();
    core.snapshot.buffers = core.snapshot.buffers.map((view) => (view.id === bufferId(3) ? { ...view, draft: 'half a thought' } : view));
    const app = await stage(core);
    await input().fill('unfinished');
    app.go({ kind: 'buffer', id: bufferId(3) });
    await expect.element(input()).toHaveValue('half a thought');
    await expect.poll(() => calls(core, 'buffer.draft')).toEqual([{ buffer: 2, text: 'unfinished' }]);
    app.go({ kind: 'buffer', id: bufferId(2) });
    await expect.element(input()).toHaveValue('unfinished');
  });

  it('shows lines as they come and marks them read, but none of another buffer', async () => {
    const core = usualCore();
    await stage(core);
    await expect.element(log().getByText('There is a table of depths', { exact: false })).toBeVisible();
    core.emit('messages', { buffer: bufferId(2), messages: [message(104, 2, 'wren', 'just now')] });
    core.emit('messages', { buffer: bufferId(3), messages: [message(105, 3, 'wren', 'elsewhere')] });
    await expect.element(log().getByText('just now', { exact: false })).toBeVisible();
    expect(log().getByText('elsewhere', { exact: false }).query()).toBeNull();
    await input().click();
    await expect.poll(() => calls(core, 'buffer.read')).toContainEqual({ buffer: 2, upTo: 104 });
  });

  it('condenses comings and goings and opens them on request', async () => {
    await stage(usualCore());
    const group = log().getByRole('button', { name: /joined · .*left/ });
    await group.click();
    await expect.element(log().getByText('Connection reset by peer', { exact: false })).toBeVisible();
  });

  it('reads older lines on scrolling up, keeps its place, and jumps back', async () => {
    const core = usualCore();
    core.messages.set(
      bufferId(2),
      Array.from({ length: 450 }, (_, index) => message(index + 1, 2, 'alda', `line ${index + 1} ${'word '.repeat(index % 40)}`)),
    );
    await stage(core);
    await expect.element(log().getByText('line 450', { exact: false })).toBeVisible();
    const element = log().element();
    await userEvent.wheel(element, { delta: { y: -600 } });
    await expect.element(page.getByRole('button', { name: 'Jump to latest' })).toBeVisible();
    await expect
      .poll(
        async () => {
          await userEvent.wheel(element, { delta: { y: -1500 } });
          return calls(core, 'buffer.page').length;
        },
        { timeout: 10_000 },
      )
      .toBeGreaterThan(2);
    await page.getByRole('button', { name: 'Jump to latest' }).click();
    await expect.element(log().getByText('line 450', { exact: false })).toBeVisible();
    await expect.element(page.getByRole('button', { name: 'Jump to latest' })).not.toBeInTheDocument();
  });

  it('keeps what is read in place while older lines arrive above it', async () => {
    const core = usualCore();
    core.messages.set(
      bufferId(2),
      Array.from({ length: 400 }, (_, index) => message(index + 1, 2, 'alda', `line ${index + 1}`)),
    );
    const release = Promise.withResolvers<undefined>();
    const paged = core.handlers['buffer.page'];
    core.handlers['buffer.page'] = async (params, ...rest) => {
      if (params.before !== null) await release.promise;
      return paged(params, ...rest);
    };
    const app = await stage(core);
    await expect.element(log().getByText('line 400', { exact: false })).toBeVisible();
    const seen = log().getByText('line 320', { exact: true });
    await expect
      .poll(() => {
        log().element().scrollTop = 300;
        return seen.query();
      })
      .not.toBeNull();
    await expect.poll(() => app.lines.loadingOlder).toBe(true);
    const before = seen.element().getBoundingClientRect().top;
    release.resolve(undefined);
    await expect.poll(() => app.lines.messages.length).toBe(200);
    await expect.poll(() => Math.abs(seen.element().getBoundingClientRect().top - before)).toBeLessThan(2);
  });

  it('draws hostile text as text, and quickly enough to go on', async () => {
    const core = usualCore();
    core.messages.set(bufferId(2), [
      message(1, 2, '<b>nick</b>', '<img src=x onerror="document.title=1"><script>document.title=1</script>'),
      message(2, 2, 'ab\u202ecd', 'override \u202e here \u2067 and \u0007'),
      message(3, 2, 'art', Array.from({ length: 10_000 }, (_, index) => `\u0003${index % 99},${(index * 7) % 99}x`).join('')),
      message(4, 2, 'giant', 'W'.repeat(60_000)),
      message(5, 2, 'x'.repeat(256), 'the last line'),
    ]);
    await stage(core);
    await expect.element(log().getByText('the last line', { exact: false })).toBeVisible();
    noSidewaysScroll();
    await expect
      .poll(() => {
        log().element().scrollTop = 0;
        return log().getByText('<img src=x', { exact: false }).query();
      })
      .not.toBeNull();
    expect(document.querySelector('[role="log"] img, [role="log"] script, [role="log"] b')).toBeNull();
    expect(log().element().textContent).not.toMatch(/[\u202a-\u202e\u2066-\u2069\u0007]/);
  });

  it('shows ten thousand people without drawing them all, and talks to the one chosen', async () => {
    const core = usualCore();
    core.members.set(
      bufferId(2),
      Array.from({ length: 10_000 }, (_, index) => ({
        nick: `n${String(index).padStart(5, '0')}`,
        prefix: '',
        away: false,
        account: null,
      })),
    );
    core.handlers['buffer.query'] = () => Promise.resolve({ buffer: bufferId(5) });
    await stage(core);
    await expect.element(page.getByRole('button', { name: '10000 people, hide the list' })).toBeVisible();
    expect(document.querySelectorAll('[data-region="people"] button').length).toBeLessThan(200);
    await page.getByRole('button', { name: 'n00003' }).click();
    await expect.element(page.getByRole('heading', { name: 'tomasz' })).toBeVisible();
    expect(calls(core, 'buffer.query')).toEqual([{ server: 'Libera', nick: 'n00003' }]);
  });

  it('asks before many lines go into a channel', async () => {
    const core = usualCore();
    await stage(core);
    const data = new DataTransfer();
    data.setData('text/plain', '1\n2\n3\n4\n5\n6');
    input()
      .element()
      .dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
    await expect.element(page.getByText('Paste 6 lines?', { exact: false })).toBeVisible();
    await accessible();
    await page.getByRole('button', { name: 'Paste as one line' }).click();
    await expect.element(input()).toHaveValue('1 2 3 4 5 6');
  });
});

describe('private conversations', () => {
  it('shows how far each of my messages has come, and why one failed', async () => {
    const core = usualCore();
    const app = await stage(core);
    app.go({ kind: 'buffer', id: bufferId(6) });
    await expect.element(log().getByText('not sent: too long: at most 29,000 bytes', { exact: false })).toBeVisible();
    await expect.element(log().getByText('waiting for a route', { exact: false })).toBeVisible();
    core.emit('receipt', { buffer: bufferId(6), message: messageId(207), receipt: { state: 'delivered', reason: null } });
    await expect.element(log().getByText('waiting for a route', { exact: false })).not.toBeInTheDocument();
    await accessible();
  });

  it('says every state of the shield in words', async () => {
    const core = usualCore();
    const app = await stage(core);
    app.go({ kind: 'buffer', id: bufferId(6) });
    const states = [
      ['connecting', 'connecting'],
      ['confirming', 'confirming…'],
      ['not-verified', 'not verified'],
      ['invite-pinned', 'invite-pinned'],
      ['verified', 'verified'],
      ['changed', 'changed (sending stopped)'],
      ['blocked', 'blocked'],
    ] as const;
    for (const [shield, words] of states) {
      core.emit('contact', contact(1, 'Ines', { shield, buffer: bufferId(6) }));
      await expect.element(page.getByRole('button', { name: `Safety: ${words}`, exact: true })).toBeVisible();
    }
    await accessible();
  });

  it('shows the safety number as digits and as a code behind the shield, and marks it verified', async () => {
    const core = usualCore();
    core.snapshot.contacts = [contact(1, 'Ines', { buffer: bufferId(6) })];
    const app = await stage(core);
    app.go({ kind: 'buffer', id: bufferId(6) });
    await page.getByRole('button', { name: 'Safety: not verified' }).click();
    await expect.element(page.getByText('07919', { exact: false })).toBeVisible();
    expect(page.getByRole('dialog').getByRole('list', { name: 'Twelve groups of five digits' }).element().children.length).toBe(12);
    await expect.element(page.getByRole('img', { name: /as a QR code/ })).toBeVisible();
    await expect.element(page.getByText('have not been audited', { exact: false })).toBeVisible();
    await accessible();
    await page.getByRole('button', { name: 'They are equal: mark as verified' }).click();
    await expect.poll(() => calls(core, 'contact.verify')).toEqual([{ contact: 1, verified: true }]);
    await page.getByRole('button', { name: 'Remove…' }).click();
    await expect.element(page.getByRole('dialog', { name: 'Remove Ines?' })).toBeVisible();
    expect(calls(core, 'contact.remove')).toEqual([]);
    await page.getByRole('button', { name: 'Remove', exact: true }).click();
    await expect.poll(() => calls(core, 'contact.remove')).toEqual([{ contact: 1 }]);
  });

  it('shows of a stranger only name, fingerprint and count, until accepted', async () => {
    const core = usualCore();
    core.snapshot.requests = core.snapshot.requests.map((request) => ({ ...request, nickname: 'quiet\u202efox' }));
    core.handlers['contact.accept'] = () => Promise.resolve({ buffer: bufferId(7) });
    await stage(core);
    await page.getByRole('button', { name: 'Requests 1' }).click();
    await expect.element(page.getByRole('heading', { name: 'quietfox m4ze-9rud' })).toBeVisible();
    await expect.element(page.getByText('2 messages', { exact: false })).toBeVisible();
    await accessible();
    await page.getByRole('button', { name: 'Block quietfox' }).click();
    await page.getByRole('button', { name: 'Cancel' }).click();
    expect(calls(core, 'contact.block')).toEqual([]);
    await page.getByRole('button', { name: 'Accept quietfox' }).click();
    await expect.element(page.getByRole('heading', { name: 'Jonas' })).toBeVisible();
    expect(calls(core, 'contact.accept')).toEqual([{ contact: 3 }]);
  });

  it('offers to connect when a route is pasted into the input, and says why it cannot', async () => {
    const core = usualCore();
    const route = 'QUJD'.repeat(250);
    await stage(core);
    const data = new DataTransfer();
    data.setData('text/plain', route);
    input()
      .element()
      .dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
    await page.getByRole('button', { name: 'Connect to this person' }).click();
    await accessible();
    await page.getByRole('button', { name: 'Connect', exact: true }).click();
    await expect.element(page.getByRole('dialog').getByText('This is not a route.', { exact: false })).toBeVisible();
    core.handlers['contact.connect'] = () => Promise.resolve({ contact: contactId(2), buffer: bufferId(7) });
    await page.getByRole('button', { name: 'Connect', exact: true }).click();
    await expect.element(page.getByRole('heading', { name: 'Jonas' })).toBeVisible();
    expect(calls(core, 'contact.connect')).toEqual([{ text: route }, { text: route }]);
    expect(calls(core, 'buffer.input')).toEqual([]);
  });

  it('offers to connect when a sotto: link in a line is pressed', async () => {
    const core = usualCore();
    core.messages.set(bufferId(2), [message(1, 2, 'alda', 'write me: sotto:abcDEF123')]);
    await stage(core);
    await log().getByRole('button', { name: 'sotto:abcDEF123' }).click();
    await expect.element(page.getByRole('dialog').getByRole('textbox')).toHaveValue('sotto:abcDEF123');
    expect(calls(core, 'contact.connect')).toEqual([]);
  });
});

describe('routes and invites', () => {
  it('copies the newest route inside the click', async () => {
    const core = usualCore();
    await stage(core);
    await page.getByRole('button', { name: 'Copy route' }).click();
    await expect.element(page.getByText('Your route is copied.', { exact: false })).toBeVisible();
    expect(calls(core, 'route.get')).toEqual([]);
    await input().click();
    await userEvent.keyboard('{Control>}v{/Control}');
    await expect.element(input()).toHaveValue('own-route-blob');
  });

  it('waits for a route that is still being made, and copies an invite with its end', async () => {
    const core = usualCore();
    core.snapshot.node = { ...core.snapshot.node, routes: [] };
    await stage(core);
    await page.getByRole('button', { name: 'Copy route' }).click();
    await expect.element(page.getByText('Your route is copied.', { exact: false })).toBeVisible();
    await page.getByRole('button', { name: 'Copy invite' }).click();
    await expect.element(page.getByText(/An invite is copied\. It works once, until/)).toBeVisible();
    await input().click();
    await userEvent.keyboard('{Control>}v{/Control}');
    await expect.element(page.getByText('This looks like somebody’s route or invite.', { exact: false })).toBeVisible();
  });

  it('says why there is no route, and shows the text where the clipboard is refused', async () => {
    const core = usualCore();
    core.snapshot.node = { ...core.snapshot.node, phase: 'missing', reason: 'cargo is not installed', routes: [] };
    core.handlers['route.get'] = () =>
      Promise.reject(new ContractError('unavailable', 'veilid-node is not built: cargo is not installed.'));
    const app = await stage(core);
    await page.getByRole('button', { name: 'Copy route' }).click();
    await expect.element(page.getByText('veilid-node is not built: cargo is not installed.', { exact: false })).toBeVisible();
    app.ask({ kind: 'text', title: 'Your route', text: 'own-route-blob', note: 'Give it to a friend.' });
    await expect.element(page.getByRole('dialog', { name: 'Your route' }).getByRole('textbox')).toHaveValue('own-route-blob');
    await accessible();
  });
});

describe('states', () => {
  it('shows a broken configuration by line and column, and that the last good one holds', async () => {
    const core = usualCore();
    await stage(core);
    core.emit('config', {
      ...core.snapshot.config,
      stale: true,
      problems: [{ severity: 'error', message: 'unterminated string', line: 7, column: 14 }],
    });
    await expect.element(page.getByText('the last good configuration is in force', { exact: false })).toBeVisible();
    await expect.element(page.getByText('7:14', { exact: false })).toBeVisible();
    await accessible();
    core.emit('config', core.snapshot.config);
    await expect.element(page.getByText('7:14', { exact: false })).not.toBeInTheDocument();
  });

  it('shows the node being built with numbers, then what is missing, in words', async () => {
    const core = usualCore();
    core.snapshot.node = {
      phase: 'building',
      reason: '',
      peers: null,
      progress: { done: 212, total: 487, text: 'veilid-core' },
      routes: [],
    };
    await stage(core);
    await expect.element(page.getByRole('progressbar', { name: 'Building veilid-node' })).toHaveAttribute('value', '212');
    await expect.element(page.getByText('212 of 487', { exact: false })).toBeVisible();
    await accessible();
    core.emit('node', { phase: 'missing', reason: 'Install it with: apt-get install rustc-web', peers: null, progress: null, routes: [] });
    await expect.element(page.getByText('apt-get install rustc-web', { exact: false })).toBeVisible();
  });

  it('says what to do when nothing is open, nothing was said, or the history cannot be read', async () => {
    const core = createFakeCore(emptySnapshot());
    const app = await stage(core);
    await expect.element(page.getByRole('heading', { name: 'Nothing is open' })).toBeVisible();
    await accessible();
    core.handlers['buffer.page'] = () => Promise.reject(new ContractError('storage', 'The history cannot be read.'));
    core.emit('buffer', buffer(4, '#empty', { server: null }));
    await expect.element(page.getByRole('alert').getByText('The history cannot be read.', { exact: false })).toBeVisible();
    core.handlers['buffer.page'] = () => Promise.resolve({ messages: [], more: false });
    await page.getByRole('button', { name: 'Try again' }).click();
    await expect.element(page.getByText('Nothing has been said here yet.', { exact: false })).toBeVisible();
    expect(app.buffer?.id).toBe(4);
  });

  it('comes back by itself after the core was away, with what was said meanwhile', async () => {
    const core = usualCore();
    await stage(core);
    await expect.element(log().getByText('There is a table of depths', { exact: false })).toBeVisible();
    core.drop();
    await expect.element(page.getByText('Sotto does not answer; trying again.', { exact: false })).toBeVisible();
    await expect.element(log().getByText('There is a table of depths', { exact: false })).toBeVisible();
    await input().fill('kept');
    await userEvent.keyboard('{Enter}');
    await expect.element(page.getByText('Your text is kept.', { exact: false })).toBeVisible();
    core.messages.get(bufferId(2))?.push(message(110, 2, 'wren', 'while you were away'));
    core.back();
    await expect.element(log().getByText('while you were away', { exact: false })).toBeVisible();
    await expect.element(input()).toHaveValue('kept');
  });

  it('asks before quitting and then says that it has stopped', async () => {
    const core = usualCore();
    await stage(core);
    await userEvent.keyboard('{Control>}k{/Control}');
    await userEvent.keyboard('quit sotto{Enter}');
    await accessible();
    await page.getByRole('button', { name: 'Quit', exact: true }).click();
    await expect.element(page.getByRole('heading', { name: 'Sotto has stopped' })).toBeVisible();
    await accessible();
  });
});

describe('keyboard alone', () => {
  it('switches, joins, connects and runs commands from the palette', async () => {
    const core = usualCore();
    core.handlers['contact.connect'] = () => Promise.resolve({ contact: contactId(2), buffer: bufferId(7) });
    await stage(core);
    await userEvent.keyboard('{Control>}k{/Control}');
    await expect.element(page.getByRole('combobox')).toHaveFocus();
    await accessible();
    await userEvent.keyboard('linux{Enter}');
    await expect.element(page.getByRole('heading', { name: '#linux' })).toBeVisible();
    await expect.element(input()).toHaveFocus();
    await userEvent.keyboard('{Control>}k{/Control}#new{Enter}');
    await expect.poll(() => calls(core, 'buffer.input')).toEqual([{ buffer: 3, text: '/join #new' }]);
    await userEvent.keyboard('{Control>}k{/Control}/whois{Enter}');
    await expect.element(input()).toHaveValue('/whois ');
    await userEvent.keyboard('{Control>}k{/Control}');
    await page.getByRole('combobox').fill('QUJD'.repeat(250));
    await userEvent.keyboard('{Enter}');
    await expect.poll(() => calls(core, 'contact.connect').length).toBe(1);
    await userEvent.keyboard('{Control>}k{/Control}{Escape}');
    await expect.element(page.getByRole('dialog')).not.toBeInTheDocument();
  });

  it('walks through buffers, unread ones and regions, and lists its keys', async () => {
    await stage(usualCore());
    await userEvent.keyboard('{Alt>}{ArrowDown}{/Alt}');
    await expect.element(page.getByRole('heading', { name: '#linux' })).toBeVisible();
    await userEvent.keyboard('{Alt>}a{/Alt}');
    await expect.element(page.getByRole('heading', { name: 'tomasz' })).toBeVisible();
    await userEvent.keyboard('{Alt>}{ArrowUp}{ArrowUp}{ArrowUp}{/Alt}');
    await expect.element(page.getByRole('heading', { name: '#gardening' })).toBeVisible();
    const regions: (string | undefined)[] = [];
    for (let press = 0; press < 4; press += 1) {
      await userEvent.keyboard('{F6}');
      const region = document.activeElement?.closest('[data-region]');
      regions.push(region instanceof HTMLElement ? region.dataset['region'] : undefined);
    }
    expect(new Set(regions)).toEqual(new Set(['sidebar', 'messages', 'people', 'input']));
    await userEvent.keyboard('{Control>}/{/Control}');
    await expect.element(page.getByRole('dialog', { name: 'Keyboard' })).toBeVisible();
    await accessible();
  });
});

describe('small and enlarged pages', () => {
  it('fits at 480 pixels and at 200 % without scrolling sideways, the sidebar within reach', async () => {
    const core = usualCore();
    core.messages.get(bufferId(2))?.push(message(120, 2, 'x'.repeat(120), 'W'.repeat(900)));
    const app = await stage(core, 480, 800);
    noSidewaysScroll();
    await page.getByRole('button', { name: 'Show the sidebar' }).click();
    await expect.element(page.getByRole('button', { name: '#linux 2 mentions' })).toBeVisible();
    noSidewaysScroll();
    await page.getByRole('button', { name: '#linux 2 mentions' }).click();
    await expect.element(page.getByRole('navigation')).not.toBeInTheDocument();
    // 1280 x 800 at 200 %.
    await page.viewport(640, 400);
    app.go({ kind: 'buffer', id: bufferId(2) });
    noSidewaysScroll();
    await expect.element(input()).toBeInViewport();
    app.ask({ kind: 'contact', contact: contactId(1) });
    await expect.element(page.getByRole('button', { name: 'Done' })).toBeInViewport();
    noSidewaysScroll();
    await accessible();
  });
});

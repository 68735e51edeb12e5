import type { CommandContext } from './command.ts';

/** Changes in one MODE where the server sets no limit, so that the line stays short. */
const MAX_CHANGES = 12;

/** The same mode for many parameters, in as many lines as the server's MODES wants. */
export function changeMode(context: CommandContext, channel: string, sign: '+' | '-', mode: string, params: readonly string[]): void {
  const size = Math.max(1, Math.min(context.isupport().modes, MAX_CHANGES));
  for (let at = 0; at < params.length; at += size) {
    const some = params.slice(at, at + size);
    context.act({ kind: 'mode', target: channel, modes: `${sign}${mode.repeat(some.length)}`, params: some });
  }
}

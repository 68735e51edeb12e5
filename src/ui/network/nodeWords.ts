/** Numbers of the node page in words. */
import type { NodePageView } from '../../contract/views.ts';

const number = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });
const units = ['bytes', 'kB', 'MB', 'GB', 'TB'] as const;

/** 1,234,567 → "1.2 MB" */
export function bytesWords(bytes: number): string {
  let [value, unit] = [bytes, 0];
  while (value >= 1_000 && unit < units.length - 1) [value, unit] = [value / 1_000, unit + 1];
  return `${number.format(unit === 0 ? Math.round(value) : value)} ${units[unit] ?? ''}`;
}

const steps = [
  { ms: 86_400_000, one: 'day', many: 'days' },
  { ms: 3_600_000, one: 'hour', many: 'hours' },
  { ms: 60_000, one: 'minute', many: 'minutes' },
] as const;

/** "3 hours"; what is shorter than a minute is "less than a minute". */
export function durationWords(ms: number): string {
  const step = steps.find((candidate) => ms >= candidate.ms);
  if (step === undefined) return 'less than a minute';
  const count = Math.floor(ms / step.ms);
  return `${count} ${count === 1 ? step.one : step.many}`;
}

type NodeFacts = NonNullable<NodePageView['node']>;

export function programWords({ own, version, library }: NodeFacts): string {
  const veilid = library === null ? '' : `, Veilid ${library}`;
  return own ? `Sotto’s own veilid-node ${version ?? ''}${veilid}` : `a running veilid-server${veilid}; Sotto never stops it`;
}

/** What the button that starts anew is called; null where there is nothing to start. */
export function restartWords(phase: NodePageView['phase'], node: NodeFacts | null): string | null {
  if (phase === 'building' || phase === 'disabled' || phase === 'confirm') return null;
  if (node !== null) return node.own ? 'Restart' : 'Reconnect';
  if (phase === 'off') return 'Start';
  return phase === 'missing' || phase === 'stopped' ? 'Try again' : null;
}

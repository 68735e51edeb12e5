/** Connection and node states in words. */
import type { ConnectionState } from '../../contract/chat.ts';
import type { NodeView } from '../../contract/views.ts';

const phases: Record<ConnectionState['phase'], string> = {
  idle: 'not connected',
  lookup: 'looking up the name',
  connecting: 'connecting',
  proxy: 'asking the proxy',
  securing: 'securing',
  registering: 'registering',
  authenticating: 'signing in',
  online: 'online',
  waiting: 'waiting',
  failed: 'failed',
};
export const phaseWords = (phase: ConnectionState['phase']): string => phases[phase];

const second = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
/** What happened, and what Sotto does about it. */
export const stateWords = ({ text, retryAt }: ConnectionState): string =>
  retryAt === null ? text : `${text} Trying again at ${second.format(retryAt)}.`;

/** Going on by itself; not a state that needs the user. */
export const isBusy = (phase: ConnectionState['phase']): boolean =>
  phase !== 'idle' && phase !== 'online' && phase !== 'waiting' && phase !== 'failed';

export function phaseTone(phase: ConnectionState['phase']): 'good' | 'busy' | 'danger' | 'calm' {
  if (phase === 'online') return 'good';
  if (phase === 'failed') return 'danger';
  return phase === 'waiting' || isBusy(phase) ? 'busy' : 'calm';
}

const nodePhases: Record<NodeView['phase'], string> = {
  off: 'Veilid is off',
  disabled: 'Veilid is switched off in the configuration',
  confirm: 'Veilid waits for your consent',
  missing: 'Veilid is missing',
  building: 'Building veilid-node',
  starting: 'Veilid is starting',
  attaching: 'Veilid is attaching',
  ready: 'Veilid is ready',
  degraded: 'Veilid is impaired',
  stopped: 'Veilid has stopped',
};
export const nodeWords = (phase: NodeView['phase']): string => nodePhases[phase];

export const nodeTone = (phase: NodeView['phase']): 'good' | 'busy' | 'warning' | 'calm' => {
  if (phase === 'ready') return 'good';
  if (phase === 'building' || phase === 'starting' || phase === 'attaching') return 'busy';
  return phase === 'confirm' || phase === 'missing' || phase === 'degraded' || phase === 'stopped' ? 'warning' : 'calm';
};

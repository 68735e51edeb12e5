import type { PresenceState } from '../../contract/views.ts';

export const presenceWords: Record<PresenceState, string> = { online: 'here', away: 'away', offline: 'not here' };

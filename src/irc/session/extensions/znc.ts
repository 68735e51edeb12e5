/**
 * ZNC's playback module: with `znc.in/playback` it plays nothing by itself, but what it is asked for. Where the server speaks
 * draft/chathistory as well, that is used instead. znc.in/self-message needs nothing: our own texts of other clients are texts.
 */
import type { CreateExtension } from '../context.ts';

export const createZnc: CreateExtension = (context) => ({
  act: (action) => {
    if (action.kind !== 'missed' || context.caps.has('draft/chathistory')) return false;
    if (context.caps.has('znc.in/playback'))
      context.send('background', 'ZNC', ['*playback', `PLAY * ${Math.max(0, Math.floor(action.since / 1_000))}`]);
    return true;
  },
});

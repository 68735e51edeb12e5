import { mount } from 'svelte';
import { createApp } from './shared/app.svelte.ts';
import { desktopPorts } from './shared/desktopPort.ts';
import { webSocketPorts } from './shared/webSocketPort.ts';
import './shared/theme.css';
import './shared/base.css';
import Page from './views/Page.svelte';

/** Sotto's own window, which has no network: it shows notifications itself. */
const isWindow = location.protocol === 'app:';

const open = isWindow
  ? desktopPorts(window)
  : webSocketPorts({
      host: location.host,
      hash: location.hash,
      clearHash: () => {
        history.replaceState(null, '', location.pathname);
      },
      storage: sessionStorage,
    });

let audio: AudioContext | null = null;
/** A browser lets a page make sounds once somebody has pressed something in it. The window needs no press. */
const audioContext = (): AudioContext | null => {
  if (audio === null && (isWindow || navigator.userActivation.hasBeenActive)) audio = new AudioContext();
  return audio;
};

const target = document.getElementById('app');
if (target === null) throw new Error('index.html has no #app');
mount(Page, {
  target,
  props: {
    app: createApp({
      open,
      local: localStorage,
      session: sessionStorage,
      notification: !isWindow && 'Notification' in window ? Notification : null,
      audio: audioContext,
    }),
  },
});

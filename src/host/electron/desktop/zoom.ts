/** The size of everything in the window, kept per profile. */
import type { DesktopWebContents } from './parts.ts';

/** As browsers step. */
const steps: readonly number[] = [0.5, 0.67, 0.75, 0.8, 0.9, 1, 1.1, 1.25, 1.5, 1.75, 2, 2.5, 3];
export const MIN_ZOOM = 0.5;
export const MAX_ZOOM = 3;

export type ZoomStep = 'in' | 'out' | 'reset';

/** The next step from any factor, also from one that is no step. */
export function nextZoom(factor: number, step: ZoomStep): number {
  switch (step) {
    case 'reset':
      return 1;
    case 'in':
      return steps.find((candidate) => candidate > factor + 0.001) ?? MAX_ZOOM;
    case 'out':
      return steps.findLast((candidate) => candidate < factor - 0.001) ?? MIN_ZOOM;
  }
}

interface Options {
  contents: Pick<DesktopWebContents, 'setZoomFactor' | 'on'>;
  factor: () => number;
  zoom: (step: ZoomStep) => void;
}

/** Chromium forgets the factor with each page it loads, and leaves Ctrl and the wheel to us. */
export function followZoom({ contents, factor, zoom }: Options): void {
  contents.on('did-finish-load', () => {
    contents.setZoomFactor(factor());
  });
  contents.on('zoom-changed', (_event, direction) => {
    zoom(direction);
  });
}

/** F6 walks through the regions of the page; each says with `data-focus` which of its parts takes the focus. */

const isElement = (node: Element | null): node is HTMLElement => node instanceof HTMLElement;
const visibleRegions = (): HTMLElement[] =>
  [...document.querySelectorAll('[data-region]')].filter(isElement).filter((region) => region.getClientRects().length > 0);

export function cycleRegion(step: 1 | -1): void {
  const regions = visibleRegions();
  const from = regions.findIndex((region) => region.contains(document.activeElement));
  const next = regions[(from + step + regions.length) % regions.length];
  const part = next?.querySelector('[data-focus]') ?? next?.querySelector('button, a, input, textarea') ?? null;
  if (isElement(part)) part.focus();
}

/** Scrolls the lines on screen; the list listens for it. */
export function tellScrollback(where: 'latest' | 'oldest'): void {
  document.querySelector('[data-region="messages"]')?.dispatchEvent(new CustomEvent(`sotto:${where}`));
}

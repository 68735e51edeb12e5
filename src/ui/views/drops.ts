/** What is dropped on the page stays harmless: the browser would open a file or a link in its place. */

const takesText = (target: EventTarget | null): boolean =>
  target instanceof HTMLTextAreaElement ||
  (target instanceof HTMLInputElement && /^(?:text|search|email|password|number|url)$/.test(target.type));

const holdsFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') === true;

/** Places that take something say so by `preventDefault`; text goes into fields as ever. True when it was kept away. */
function keptAway(event: DragEvent): boolean {
  if (event.defaultPrevented || (takesText(event.target) && !holdsFiles(event))) return false;
  event.preventDefault();
  return true;
}

export const ondragover = (event: DragEvent): void => {
  if (keptAway(event) && event.dataTransfer !== null) event.dataTransfer.dropEffect = 'none';
};

/** `tell` gets a sentence where somebody might have expected something. */
export const ondrop = (event: DragEvent, tell: (text: string) => void): void => {
  if (keptAway(event) && holdsFiles(event))
    tell('Nothing was done with the file. In a query, “Send a file” in the menu (Ctrl+K) sends one.');
};

/** Writing to the clipboard. Browsers allow it inside a click only, so what is not ready yet goes in as a promise. */

export type CopyOutcome = 'copied' | 'refused';

export async function copyText(text: string): Promise<CopyOutcome> {
  try {
    await navigator.clipboard.writeText(text);
    return 'copied';
  } catch {
    return 'refused';
  }
}

/** Call it inside the click. Rejects with the reason of `text` when that fails; `refused` means the text exists and was not taken. */
export async function copyLater(text: Promise<string>): Promise<CopyOutcome> {
  const outcome = write(text);
  await text;
  return outcome;
}

async function write(text: Promise<string>): Promise<CopyOutcome> {
  try {
    const blob = text.then((value) => new Blob([value], { type: 'text/plain' }));
    await navigator.clipboard.write([new ClipboardItem({ 'text/plain': blob })]);
    return 'copied';
  } catch {
    return 'refused';
  }
}

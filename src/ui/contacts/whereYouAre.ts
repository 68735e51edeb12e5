/** Said wherever iroh is chosen for somebody. */
export const whereYouAre =
  'It is faster, and they see the network address of this computer, as you see theirs. It does not run through Tor or a proxy.';

/** An iroh address as text: what begins with "iroh/1" in base64. */
export const isIrohText = (text: string): boolean => text.trim().startsWith('aXJvaC8x');

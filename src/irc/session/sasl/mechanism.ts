/** One SASL mechanism as the client plays it. Pure: bytes in, bytes out; what is random comes as an argument. */

export type MechanismStep =
  | { kind: 'answer'; bytes: Uint8Array }
  /** `hostile`: the server did what no honest one does, or could not prove itself; nothing else is tried with it. */
  | { kind: 'failed'; reason: string; hostile: boolean }
  /** The server says no within the mechanism, and is about to say so with 904: there is nothing to answer. */
  | { kind: 'refused'; reason: string };

export interface Mechanism {
  readonly name: string;
  /** Takes a challenge; the first is empty. A promise where deriving a key takes long. */
  next(challenge: Uint8Array): MechanismStep | Promise<MechanismStep>;
  /** The server may now claim success: everything was said, and it has proved what it has to. */
  complete(): boolean;
}

export const failed = (reason: string): MechanismStep => ({ kind: 'failed', reason, hostile: false });
export const hostile = (reason: string): MechanismStep => ({ kind: 'failed', reason, hostile: true });

/** A mechanism that says one thing when asked with an empty challenge, and nothing after it. */
export function oneAnswer(name: string, bytes: () => Uint8Array): Mechanism {
  let answered = false;
  return {
    name,
    next: (challenge) => {
      if (answered || challenge.length > 0) return hostile(`the server asked something that ${name} does not ask`);
      answered = true;
      return { kind: 'answer', bytes: bytes() };
    },
    complete: () => answered,
  };
}

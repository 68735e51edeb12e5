/** What the shield says, in words, and what it means: no more and no less than the protocol gives. */
import type { Shield } from '../../contract/views.ts';

export interface ShieldWords {
  label: string;
  meaning: string;
  tone: 'calm' | 'good' | 'warning' | 'danger';
}

const words: Record<Shield, ShieldWords> = {
  connecting: {
    label: 'connecting',
    meaning: 'Sotto is looking for this person. Nothing has been agreed yet; what you write waits on this computer.',
    tone: 'calm',
  },
  confirming: {
    label: 'confirming…',
    meaning: 'A key has been agreed, and the other side has still to confirm it.',
    tone: 'calm',
  },
  'not-verified': {
    label: 'not verified',
    meaning:
      'Messages are sealed for the identity that answered. Whoever gave you the route could have given you another identity: compare the safety number to be sure.',
    tone: 'warning',
  },
  'invite-pinned': {
    label: 'invite-pinned',
    meaning:
      'This is the identity your invite named. It is as trustworthy as the way the invite reached you; comparing the safety number makes it certain.',
    tone: 'good',
  },
  verified: {
    label: 'verified',
    meaning: 'You compared the safety number with this person and marked it as equal.',
    tone: 'good',
  },
  changed: {
    label: 'changed (sending stopped)',
    meaning:
      'Another identity answered in this person’s place, and nothing is sent any more. What to do: ask them over another channel whether they lost their profile. If they did, delete this contact and connect again with a new route or invite of theirs. If they did not, do not: somebody may be between you.',
    tone: 'danger',
  },
  blocked: {
    label: 'blocked',
    meaning: 'You blocked this person: nothing from them is answered or shown.',
    tone: 'danger',
  },
};

export const shieldWords = (shield: Shield): ShieldWords => words[shield];

/** Shown with every safety number. */
export const whatHolds = [
  'Messages are sealed with a post-quantum ratchet (ML-KEM-1024 with X25519) and travel over Veilid private routes: no IRC server sees them, and neither side learns the other’s network address.',
  'If all twelve groups are equal on both screens, nobody sits between the two of you.',
];
export const whatDoesNotHold = [
  'Sotto and its protocol have not been audited.',
  'Whoever controls this computer, or theirs, can read everything shown on it.',
  'The other side can keep, copy and show what you write.',
];

/** What people say in the demo. */

export interface ChannelLine {
  nick: string;
  text: string;
}

/** Said in the channel one after the other, once the visitor is there. */
export const channelTalk: readonly ChannelLine[] = [
  { nick: 'maren', text: 'morning all, the ferry is late again' },
  { nick: 'osk', text: 'fog?' },
  { nick: 'maren', text: 'fog. The timetable at https://ferry.example/today says 40 minutes' },
  { nick: 'robin', text: 'time for another coffee then' },
  { nick: 'osk', text: 'you two should try Ctrl+K, it finds every conversation and command' },
  { nick: 'maren', text: 'and Tab completes nicks, like it should' },
  { nick: 'robin', text: 'welcome by the way! I have sent you a private line as well' },
];

/** Sent by robin in the private conversation as soon as it stands. */
export const greeting: readonly string[] = [
  'Hi! This conversation does not go through the IRC server.',
  'Every line is sealed with ML-KEM-1024 and X25519, and the keys change as we talk. Click the shield to compare safety numbers.',
];

/** Robin's answers, in turn. */
export const answers: readonly string[] = [
  'Got it, on the first try.',
  'The mark beside your line says "delivered": that is my client acknowledging it, not a server.',
  'In real life you press Copy route, give it to a friend, and the friend pastes it into /connect.',
  'Close Sotto and open it again with your own profile: what you write is kept in an encrypted store.',
  'I am only a short script, I am afraid. But the cryptography between us is the real one.',
];

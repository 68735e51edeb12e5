/** A hello we have not seen: who is it, and may they come in? */
import { openHello, replyBytes } from '../../pq/session.ts';
import { encodePublicIdentity, fingerprint } from '../../pq/identity.ts';
import type { ContactId } from '../../contract/ids.ts';
import { MAX_SESSIONS_PER_CONTACT, type ContactChange, type NewContact } from '../../store/store.ts';
import { sameBytes, toHex } from './bytes.ts';
import { nameOf } from './contacts.ts';
import { createAftermath, type ReceiveOptions } from './incoming.ts';
import type { Invites } from './invites.ts';
import { changeOf, changeOfProfile, lineOf } from './opened.ts';
import type { Loaded } from './sessions.ts';

interface Options extends ReceiveOptions {
  invites: Invites;
  /** They need our first answer: profile, addresses, pair record. */
  greet: (contact: ContactId) => Promise<void>;
}

/**
 * Opens the first packet of a hello; to be called one at a time. `mayPay` is asked before a hello without an invite costs
 * anything. 'early': packets before this one are on their way.
 */
export type TakeHello = (packet: Uint8Array, mayWait: boolean, mayPay: () => boolean) => Promise<Uint8Array | null | 'early'>;

export function createHello(options: Options): TakeHello {
  const { store, own, contacts, sessions, invites, random, now, drop } = options;
  const after = createAftermath(options);

  return async (packet, mayWait, mayPay) => {
    const opened = openHello({
      identity: own.identity,
      packet,
      prekey: (id) => own.prekey(toHex(id)),
      inviteSecret: (id) => invites.byPrekey(toHex(id))?.secret ?? null,
      allowGateless: mayPay,
      random,
      now: now(),
    });
    if (mayWait && opened.skippedAdd.length > 0) return 'early';
    const theirs = fingerprint(opened.peer);
    if (sameBytes(theirs, own.fingerprint) || (await store.isBlocked(theirs))) return drop('blocked');
    const prekeyId = toHex(opened.prekeyId);
    const invite = invites.byPrekey(prekeyId);

    const commit = async (): Promise<Uint8Array | null> => {
      const known = contacts.byFingerprint(theirs);
      if (known?.state === 'blocked') return drop('blocked');
      const isAccepted = invite !== null || (known !== undefined && known.state !== 'request');
      const made: Omit<Loaded, 'version' | 'contact'> = {
        id: toHex(opened.session.id),
        helloId: toHex(opened.session.helloId),
        state: opened.session,
        created: now(),
        active: true,
      };
      // Both may have said hello at the same time: both sides keep sending on the session with the smaller hello id.
      const active = known ? sessions.ofContact(known.id).filter((loaded) => loaded.active) : [];
      made.active = !active.some((loaded) => loaded.state.initiator && !loaded.state.confirmed && loaded.helloId < made.helloId);
      const retire = made.active ? active.map((loaded) => loaded.id) : [];
      const change: ContactChange & { nickname: string } = {
        nickname: '',
        ...changeOfProfile(opened.profile),
        ...changeOf(opened.payload),
        lastSeen: now(),
        waiting: false,
        // A new session starts without the proof that only its next packet brings (B.3).
        ...(made.active ? { confirmed: false } : {}),
        ...(isAccepted && known?.state === 'request' ? { state: 'active' } : {}),
      };
      const added: NewContact = {
        ...change,
        identity: encodePublicIdentity(opened.peer),
        fingerprint: theirs,
        state: isAccepted ? 'active' : 'request',
        level: 'not-verified',
        source: invite ? 'our invite' : 'request',
        created: now(),
      };
      const from = nameOf({ petname: known?.petname ?? null, nickname: change.nickname });
      const received = await store.commitReceive({
        now: now(),
        contact: known ? { id: known.id, change } : { add: added },
        session: sessions.writeNew(made),
        retire,
        skippedAdd: opened.skippedAdd,
        skippedDelete: opened.skippedDelete,
        replayAdd: opened.replayAdd,
        usedPrekey: invite ? prekeyId : null,
        usedInvite: invite?.id ?? null,
        mid: toHex(opened.payload.mid),
        message: lineOf(opened.payload, { from, now: now(), nextMessageId: options.nextMessageId }),
        buffer: null,
        acknowledged: [],
        read: [],
        resetBackoff: true,
      });
      sessions.retired(retire);
      sessions.added({ ...made, contact: received.contact });
      // The store keeps a maximum of sessions, and has let the oldest idle one go.
      if (sessions.ofContact(received.contact).length > MAX_SESSIONS_PER_CONTACT) await sessions.reload(received.contact);
      if (known) contacts.took(known.id, change);
      else await contacts.reload(received.contact);
      await after(received, async () => {
        if (invite) await invites.used(invite);
        if (!isAccepted) return;
        await options.greet(received.contact);
        options.heard(received.contact);
      });
      return isAccepted ? replyBytes(opened.ackTag, random) : null;
    };
    const known = contacts.byFingerprint(theirs);
    return known ? options.serial(known.id, commit) : commit();
  };
}

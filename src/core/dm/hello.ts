/** A hello we have not seen: who is it, and may they come in? */
import { isIrohAddress } from '../../overlay/iroh/address.ts';
import { PqError } from '../../pq/errors.ts';
import { admitHello, helloIdOf, makesRoom, openHello, replyBytes, type OpenedHello } from '../../pq/session.ts';
import { encodePublicIdentity, fingerprint } from '../../pq/identity.ts';
import type { ContactId } from '../../contract/ids.ts';
import type { InviteRow } from '../../store/rows.ts';
import { MAX_SESSIONS_PER_CONTACT, type ContactChange, type NewContact } from '../../store/store.ts';
import { sameBytes, toHex } from './bytes.ts';
import { toldAddresses } from './direct.ts';
import { nameOf } from './contacts.ts';
import { createAftermath, wipeRows, type ReceiveOptions } from './incoming.ts';
import type { Invites } from './invites.ts';
import { changeOf, changeOfProfile, keepOf, lineOf, readOf } from './opened.ts';
import type { Loaded } from './sessions.ts';

interface Options extends ReceiveOptions {
  invites: Invites;
  /** Somebody came in with an invite of ours. Called before anything of theirs is shown. */
  invited: (invite: InviteRow, contact: ContactId) => void;
  /** They need our first answer in every session that waits for one: profile, addresses, pair record. */
  greet: (contact: ContactId) => Promise<void>;
}

/**
 * Opens the first packet of a hello; to be called one at a time. `mayPay` is asked before a hello without an invite costs
 * anything. 'early': packets before this one are on their way.
 */
export type TakeHello = (
  packet: Uint8Array,
  at: Uint8Array,
  mayWait: boolean,
  mayPay: () => boolean,
) => Promise<Uint8Array | null | 'early'>;

/** Their newest address and the one that was known: one of the two leads to them. */
const alsoAt = ([known]: readonly Uint8Array[], [fresh]: readonly Uint8Array[]): Uint8Array[] => [
  ...(fresh ? [fresh] : []),
  ...(known ? [known] : []),
];

export function createHello(options: Options): TakeHello {
  const { store, own, contacts, sessions, invites, random, now, drop } = options;
  const after = createAftermath(options);

  /** With the identity it was made for: the present one, or one that is still kept. */
  const openWith = (packet: Uint8Array, mayPay: () => boolean): OpenedHello => {
    let refusal = new PqError('gate');
    for (const identity of own.keys.identities()) {
      try {
        return openHello({
          identity,
          packet,
          prekey: (id) => own.prekey(toHex(id)),
          inviteSecret: (id) => invites.byPrekey(toHex(id))?.secret ?? null,
          allowGateless: mayPay,
          random,
          ratchet: options.ratchet,
          now: now(),
        });
      } catch (error) {
        if (!(error instanceof PqError) || error.code !== 'gate') throw error;
        refusal = error;
      }
    }
    throw refusal;
  };
  return async (packet, at, mayWait, mayPay) => {
    if (await store.isKnownHello(toHex(helloIdOf(packet)))) return drop('replay');
    const opened = openWith(packet, mayPay);
    if (mayWait && opened.skippedAdd.length > 0) return 'early';
    const theirs = fingerprint(opened.peer);
    if (sameBytes(theirs, own.fingerprint) || (await store.isBlocked(theirs))) return drop('blocked');
    const prekeyId = toHex(opened.prekeyId);
    const invite = invites.byPrekey(prekeyId);

    const commit = async (): Promise<Uint8Array | null> => {
      const known = contacts.byFingerprint(theirs);
      if (known?.state === 'blocked') return drop('blocked');
      const active = known ? sessions.ofContact(known.id).filter((loaded) => loaded.active) : [];
      const admission = admitHello(opened.session, {
        held: active.map(({ state }) => state),
        lastReplaced: known?.replaced ?? null,
        now: now(),
      });
      if (admission === 'refused') return drop('refusedReset');
      const goes =
        admission === 'older'
          ? null
          : makesRoom(
              active.map(({ id, created, state }) => ({ ...state, sessionId: id, created })),
              now(),
            );
      if (goes === 'full') return drop('refusedReset');
      const retire = goes ? [goes.sessionId] : [];
      const isAccepted = invite !== null || (known !== undefined && known.state !== 'request');
      const made: Omit<Loaded, 'version' | 'contact'> = {
        id: toHex(opened.session.id),
        helloId: toHex(opened.session.helloId),
        state: opened.session,
        created: now(),
        active: admission !== 'older',
      };
      const nickname = changeOfProfile(opened.profile).nickname ?? '';
      const from = nameOf({ petname: known?.petname ?? null, nickname });
      const heard = options.gossip(known ?? null, from, opened.payload.logHead);
      const change: ContactChange & { nickname: string } = {
        // Until it is confirmed a new session takes nothing away: they are asked at their old address too.
        ...(known && active.length > 0
          ? { nickname: known.nickname, addresses: alsoAt(known.addresses, toldAddresses(opened.profile.addresses).addresses ?? []) }
          : { ...changeOfProfile(opened.profile), nickname, ...changeOf(opened.payload) }),
        lastSeen: now(),
        // A backup holds fingerprints only.
        ...(known && known.identity === null ? { identity: encodePublicIdentity(opened.peer) } : {}),
        waiting: false,
        // Whoever came this way got our address by our own hand.
        ...(isIrohAddress(at) ? { direct: true } : {}),
        // A new session starts without the proof that only its next packet brings (B.3).
        ...(made.active ? { confirmed: false } : {}),
        ...(known?.logHead && (active.length > 0 || sameBytes(known.logHead, opened.logHead))
          ? {}
          : { logHead: opened.logHead, logSeq: null }),
        // A session under our former identity leaves them untold.
        ...(active.length === 0 && sameBytes(opened.session.ownFingerprint, own.fingerprint) ? { toldSeq: own.keys.seq } : {}),
        ...heard.change,
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
      const hasNotes = known !== undefined && known.state !== 'request';
      const received = await store.commitReceive({
        now: now(),
        contact: known ? { id: known.id, change } : { add: added },
        session: sessions.writeNew(made),
        retire,
        skippedAdd: opened.skippedAdd,
        skippedDelete: opened.skippedDelete,
        replayAdd: opened.replayAdd,
        hello: { id: made.helloId, until: own.prekeyUntil(prekeyId) },
        // An invite that went over IRC is in memory only.
        usedPrekey: invite && invites.isStored(invite) ? prekeyId : null,
        usedInvite: invite && invites.isStored(invite) ? invite.id : null,
        mid: toHex(opened.payload.mid),
        message: lineOf(opened.payload, { from, now: now(), nextMessageId: options.nextMessageId }),
        buffer: null,
        notes: hasNotes ? heard.notes : [],
        acknowledged: [],
        read: readOf(opened.payload),
        keep: keepOf(opened.payload, { session: made.id, ...opened.replayAdd }),
        resetBackoff: true,
      });
      wipeRows(opened.skippedAdd);
      sessions.retired(retire);
      sessions.added({ ...made, contact: received.contact });
      // The store keeps a maximum of sessions, and has let the oldest idle one go.
      if (sessions.ofContact(received.contact).length > MAX_SESSIONS_PER_CONTACT) await sessions.reload(received.contact);
      if (known) contacts.took(known.id, change);
      else await contacts.reload(received.contact);
      if (invite) options.invited(invite, received.contact);
      await after(received, async () => {
        if (invite) await invites.used(invite);
        if (!isAccepted) return;
        await options.greet(received.contact);
        if (heard.behind !== null) await options.behind(received.contact, heard.behind);
        options.heard(received.contact);
      });
      return isAccepted ? replyBytes(opened.ackTag, random) : null;
    };
    const known = contacts.byFingerprint(theirs);
    return known ? options.serial(known.id, commit) : commit();
  };
}

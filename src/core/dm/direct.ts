/** Addresses that show where somebody is (iroh), kept apart from those that do not: only a choice for one contact mixes them. */
import { isIrohAddress } from '../../overlay/iroh/address.ts';
import type { Overlay } from '../../overlay/overlay.ts';
import type { ContactChange, ContactRow } from '../../store/rows.ts';

/** What a contact told of themselves, by kind. Addresses that show nothing stay as they are where none was told. */
export function toldAddresses(told: readonly Uint8Array[]): ContactChange {
  const hidden = told.filter((address) => !isIrohAddress(address));
  const direct = told.find((address) => isIrohAddress(address));
  return { ...(hidden.length > 0 ? { addresses: hidden } : {}), ...(direct ? { directAddress: direct } : {}) };
}

/** Where to send to: the direct way first where the user chose it, and never where not. At most two. */
export const reachableAt = ({
  addresses,
  direct,
  directAddress,
}: Pick<ContactRow, 'addresses' | 'direct' | 'directAddress'>): Uint8Array[] =>
  direct && directAddress ? [directAddress, ...addresses.slice(0, 1)] : addresses;

/** What we tell a contact of ourselves: two addresses, one of them direct where the user chose it for them. */
export function ownAddresses(overlay: Overlay | null, row: Pick<ContactRow, 'direct'> | undefined): Uint8Array[] {
  const hidden = overlay?.addresses().map(({ bytes }) => bytes) ?? [];
  const [direct] = row?.direct === true ? (overlay?.direct?.addresses() ?? []) : [];
  return direct ? [direct.bytes, ...hidden.slice(0, 1)] : hidden;
}

/** `source` of a contact met at an iroh address, before and after the user has confirmed the fingerprint that answered there. */
export const UNCONFIRMED = 'iroh address';
export const CONFIRMED = 'iroh address, fingerprint confirmed';

/** Somebody answered at an iroh address, and nothing is sent until the user says that the fingerprint is theirs. */
export const mustConfirm = ({ state, source, fingerprint }: Pick<ContactRow, 'state' | 'source' | 'fingerprint'>): boolean =>
  state === 'connecting' && source === UNCONFIRMED && fingerprint !== null;

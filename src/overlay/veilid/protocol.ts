/**
 * What the node sends, read leniently: unknown members are ignored, unknown messages are null. The sender is a program of
 * ours or the user's own veilid-server, but the texts inside come from strangers.
 */

export interface RemoteError {
  kind: string;
  message: string;
}

export type FromNode =
  | { type: 'hello'; version: string; veilid: string }
  /** Another node uses the directory; this one ends. */
  | { type: 'busy' }
  | { type: 'lost'; count: number }
  | { type: 'answer'; id: number; value: unknown }
  | { type: 'refusal'; id: number; error: RemoteError }
  | { type: 'update'; update: Update };

export type Update =
  | { kind: 'call'; callId: string; routeId: string | null; message: string }
  | { kind: 'attachment'; attachment: Attachment }
  | { kind: 'routeChange'; deadRoutes: string[]; deadRemoteRoutes: string[] }
  | { kind: 'valueChange'; key: string; subkeys: [number, number][]; count: number }
  | { kind: 'shutdown' };

export interface Attachment {
  state: string;
  /** The only sign that routes and records can be used. */
  publicInternetReady: boolean;
  peers: number | null;
}

/** What the node says about its traffic. The peers themselves are read over: who is in the network is nobody's business. */
export interface Traffic {
  /** Bytes per second at present. */
  down: number;
  up: number;
  /** Bytes since the node's start; null where the node is a veilid-server, which does not add them up. */
  totalDown: number | null;
  totalUp: number | null;
}

/** The kind given to an answer for a handle that the node does not know (any more). */
export const UNKNOWN_HANDLE = 'InvalidId';

type Members = Record<string, unknown>;

/** Ranges of one value change: a record has 16 slots. */
const MAX_RANGES = 64;
/** Routes named in one update. */
const MAX_ROUTES = 4_096;

export function isMembers(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.slice(0, MAX_ROUTES).filter((item) => typeof item === 'string') : [];
/** Counts are decimal strings of u64 in some members and numbers in others. */
const count = (value: unknown): number | null => {
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : null;
};

/** One line of the node; null when it is none of ours (older libraries print notes to stdout). */
export function readLine(line: string): FromNode | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  if (!isMembers(value)) return null;
  switch (value['type']) {
    case 'Hello':
      return { type: 'hello', version: text(value['version']), veilid: text(value['veilid']) };
    case 'Busy':
      return { type: 'busy' };
    case 'Lost':
      return { type: 'lost', count: count(value['count']) ?? 0 };
    case 'Response': {
      const id = count(value['id']);
      if (id === null) return null;
      if ('error' in value) return { type: 'refusal', id, error: readError(value['error']) };
      // such an answer has neither value nor error
      if (value['rc_op'] === UNKNOWN_HANDLE) return { type: 'refusal', id, error: { kind: UNKNOWN_HANDLE, message: '' } };
      // an infallible answer such as VeilidVersion carries other members instead of a value
      return { type: 'answer', id, value: 'value' in value ? value['value'] : value };
    }
    case 'Update': {
      const update = readUpdate(value);
      return update === null ? null : { type: 'update', update };
    }
    default:
      return null;
  }
}

function readError(value: unknown): RemoteError {
  return isMembers(value) ? { kind: text(value['kind']), message: text(value['message']) } : { kind: '', message: '' };
}

function readUpdate(value: Members): Update | null {
  switch (value['kind']) {
    case 'AppCall': {
      const callId = text(value['call_id']);
      const routeId = typeof value['route_id'] === 'string' ? value['route_id'] : null;
      return callId === '' ? null : { kind: 'call', callId, routeId, message: text(value['message']) };
    }
    case 'Attachment': {
      const attachment = readAttachment(value);
      return attachment === null ? null : { kind: 'attachment', attachment };
    }
    case 'RouteChange':
      return { kind: 'routeChange', deadRoutes: texts(value['dead_routes']), deadRemoteRoutes: texts(value['dead_remote_routes']) };
    case 'ValueChange':
      return { kind: 'valueChange', key: text(value['key']), subkeys: readRanges(value['subkeys']), count: count(value['count']) ?? 0 };
    case 'Shutdown':
      return { kind: 'shutdown' };
    default:
      return null;
  }
}

export function readAttachment(value: unknown): Attachment | null {
  if (!isMembers(value)) return null;
  return {
    state: text(value['state']),
    publicInternetReady: value['public_internet_ready'] === true,
    peers: count(value['live_peer_count']),
  };
}

export function readTraffic(value: unknown): Traffic | null {
  if (!isMembers(value)) return null;
  const [down, up] = [count(value['bps_down']), count(value['bps_up'])];
  if (down === null || up === null) return null;
  return { down, up, totalDown: count(value['bytes_down']), totalUp: count(value['bytes_up']) };
}

export function readRanges(value: unknown): [number, number][] {
  if (!Array.isArray(value)) return [];
  const ranges: [number, number][] = [];
  for (const range of value.slice(0, MAX_RANGES)) {
    if (!Array.isArray(range)) continue;
    const [low, high] = [count(range[0]), count(range[1])];
    if (low !== null && high !== null && low <= high) ranges.push([low, high]);
  }
  return ranges;
}

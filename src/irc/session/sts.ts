/** Strict transport security (IRCv3 sts): what the capability says, and what a kept policy means. Pure. */
import type { StsPolicy } from '../options.ts';

/** Longest policy we keep, in seconds: ten years. */
export const MAX_STS_SECONDS = 10 * 366 * 86_400;
/** Where a kept policy names no port that can be. */
const TLS_PORT = 6697;

export interface StsOffer {
  /** For plain links only: where TLS is. */
  port: number | null;
  /** For secure links only: seconds; 0 ends the policy. */
  duration: number | null;
}

const isPort = (port: number): boolean => Number.isInteger(port) && port >= 1 && port <= 65_535;

/** Value of the sts capability, e.g. `port=6697,duration=2592000`. A key given twice counts as not given. */
export function readSts(value: string): StsOffer {
  const told = new Map<string, string | null>();
  for (const token of value.split(',')) {
    const cut = token.indexOf('=');
    const name = cut === -1 ? token : token.slice(0, cut);
    told.set(name, told.has(name) || cut === -1 ? null : token.slice(cut + 1));
  }
  const whole = (name: string): number | null => {
    const text = told.get(name) ?? '';
    return /^[0-9]{1,15}$/.test(text) ? Number(text) : null;
  };
  const port = whole('port');
  const duration = whole('duration');
  return { port: port !== null && isPort(port) ? port : null, duration: duration === null ? null : Math.min(duration, MAX_STS_SECONDS) };
}

/** The key of a host among policies. */
export const stsHost = (host: string): string => host.toLowerCase().replace(/\.$/, '');

/**
 * The port to which TLS is demanded now, null where no policy is in force. One that was damaged where it was kept still demands
 * TLS: nobody gets around it by writing nonsense into it.
 */
export function stsPort(policy: StsPolicy | null, now: number): number | null {
  if (policy === null || (Number.isFinite(policy.expires) && policy.expires <= now)) return null;
  return isPort(policy.port) ? policy.port : TLS_PORT;
}

/** A policy is about a host, its port about bare streams: where WebSocket has TLS it does not tell. */
export const wantsSecureWebSocket = (host: string): string =>
  `${host} wants TLS (strict transport security), and this entry uses WebSocket without it. Set use_tls = true, and the port that goes with it.`;

/** The port to keep with a policy that came over WebSocket: the one known before, else the usual one. */
export const stsStreamPort = (policy: StsPolicy | null): number => (policy !== null && isPort(policy.port) ? policy.port : TLS_PORT);

export const stsPolicy = (port: number, seconds: number, now: number): StsPolicy => ({
  port,
  duration: seconds,
  expires: now + seconds * 1_000,
});

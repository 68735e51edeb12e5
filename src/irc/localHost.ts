/** A host name or address that never leaves this computer: localhost, 127.0.0.0/8, ::1. */
export const isLocalHost = (host: string): boolean =>
  /^(?:localhost\.?|(?:[^.]+\.)*localhost|127(?:\.[0-9]{1,3}){3}|\[?::1\]?)$/i.test(host);

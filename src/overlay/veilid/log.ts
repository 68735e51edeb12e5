/** The last lines of a node's log, without what must not be in a log. */
export interface LogRing {
  /** Returns the line as it is kept. */
  add(line: string): string;
  lines(): string[];
}

const MAX_LINES = 200;
const MAX_LINE_CHARACTERS = 500;
/** Keys, route ids, blobs and signatures are all at least 43 characters of base64url. */
const LONG_TOKEN = /[A-Za-z0-9_+/-]{40,}={0,2}/g;
/** Where other people's nodes are is not kept either. */
const IPV4 = /\b\d{1,3}(\.\d{1,3}){3}(:\d+)?\b/g;
const IPV6 = /\[?\b(?:[0-9a-f]{1,4}:){2,7}:?(?:[0-9a-f]{1,4})?\]?(:\d+)?/gi;

/** `secrets` are replaced wherever they stand. Every kept line also goes to `onLine`. */
export function createLogRing(secrets: readonly string[], onLine: (line: string) => void): LogRing {
  const kept: string[] = [];
  const hidden = secrets.filter((secret) => secret.length > 0);
  return {
    add(line) {
      let plain = line;
      for (const secret of hidden) plain = plain.replaceAll(secret, '[secret]');
      plain = plain.replace(LONG_TOKEN, '[key]').replace(IPV4, '[address]').replace(IPV6, '[address]').slice(0, MAX_LINE_CHARACTERS);
      kept.push(plain);
      if (kept.length > MAX_LINES) kept.shift();
      onLine(plain);
      return plain;
    },
    lines: () => [...kept],
  };
}

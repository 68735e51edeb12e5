/**
 * NickServ, for networks without SASL. The password goes to services only: by the server's own NICKSERV command, which no
 * user can stand in for; where a server does not know it, to NickServ once WHOIS shows that it is a service.
 */
export interface Identify {
  start(): void;
  /** Looks at a numeric and its parameters (the first is our nick). */
  numeric(command: string, params: readonly string[]): void;
}

interface Deps {
  password: string;
  send: (command: string, ...params: string[]) => void;
  warn: (text: string) => void;
}

const SERVICE = 'nickserv';

export function createIdentify({ password, send, warn }: Deps): Identify {
  let phase: 'idle' | 'asked' | 'looking' | 'over' = 'idle';
  return {
    start: () => {
      phase = 'asked';
      send('NICKSERV', 'IDENTIFY', password);
    },
    numeric: (command, params) => {
      const subject = params[1]?.toLowerCase();
      if (phase === 'asked' && command === '421' && subject === SERVICE) {
        phase = 'looking';
        send('WHOIS', 'NickServ');
      } else if (phase === 'looking' && subject === SERVICE) {
        const service = command === '313' || (command === '312' && /(?:^|[.-])services?(?:[.-]|$)/i.test(params[2] ?? ''));
        if (service) {
          phase = 'over';
          send('PRIVMSG', 'NickServ', `IDENTIFY ${password}`);
        } else if (command === '401' || command === '318') {
          phase = 'over';
          warn('The NickServ password was not sent: this network has no NickServ that is recognisably a service.');
        }
      }
    },
  };
}

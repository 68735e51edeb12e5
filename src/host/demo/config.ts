/** What the demo's two people have in their config.toml. */

export const DEMO_CHANNEL = '#harbour';
export const DEMO_NICK = 'alex';
export const FRIEND_NICK = 'robin';

/** The configuration of one person; `port` is that of the demo's own IRC server on 127.0.0.1. */
export const demoConfig = (nickname: string, port: number): string => `# Written by the demo at every start.

[servers.demo]
nickname = "${nickname}"
username = "${nickname}"
realname = "${nickname}"
server = "127.0.0.1"
port = ${port}
use_tls = false
channels = ["${DEMO_CHANNEL}"]
`;

import { away } from './away.ts';
import { close } from './close.ts';
import type { Command } from './command.ts';
import { connect } from './connect.ts';
import { help } from './help.ts';
import { insecure } from './insecure.ts';
import { introduce } from './introduce.ts';
import { join } from './join.ts';
import { me } from './me.ts';
import { msg } from './msg.ts';
import { nick } from './nick.ts';
import { notice } from './notice.ts';
import { part } from './part.ts';
import { query } from './query.ts';
import { quit } from './quit.ts';
import { rotateIdentity } from './rotateIdentity.ts';
import { route } from './route.ts';
import { secure } from './secure.ts';
import { topic } from './topic.ts';
import { whois } from './whois.ts';

/** Every command, in the order in which /help lists them. */
export const allCommands: readonly Command[] = [
  join,
  part,
  msg,
  me,
  nick,
  topic,
  query,
  notice,
  away,
  whois,
  close,
  connect,
  secure,
  insecure,
  introduce,
  route,
  rotateIdentity,
  help,
  quit,
];

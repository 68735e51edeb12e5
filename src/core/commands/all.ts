import { away } from './away.ts';
import { back } from './back.ts';
import { ban, quiet, unban, unquiet } from './ban.ts';
import { banList } from './banList.ts';
import { bouncer } from './bouncer.ts';
import { clear } from './clear.ts';
import { clearTopic } from './clearTopic.ts';
import { close } from './close.ts';
import type { Command } from './command.ts';
import { connect } from './connect.ts';
import { ctcp, ping } from './ctcp.ts';
import { dcc } from './dcc.ts';
import { delay } from './delay.ts';
import { detach } from './detach.ts';
import { formatCommands } from './format.ts';
import { help } from './help.ts';
import { chatHistory, history } from './history.ts';
import { hop } from './hop.ts';
import { ignore, unignore } from './ignore.ts';
import { insecure } from './insecure.ts';
import { introduce } from './introduce.ts';
import { invite } from './invite.ts';
import { join } from './join.ts';
import { kick } from './kick.ts';
import { kickBan } from './kickBan.ts';
import { knock } from './knock.ts';
import { list } from './list.ts';
import { me } from './me.ts';
import { metadata } from './metadata.ts';
import { mode } from './mode.ts';
import { monitor } from './monitor.ts';
import { msg } from './msg.ts';
import { names } from './names.ts';
import { nick } from './nick.ts';
import { notice } from './notice.ts';
import { part } from './part.ts';
import { query } from './query.ts';
import { questionCommands } from './questions.ts';
import { quit } from './quit.ts';
import { raw } from './raw.ts';
import { react, redact, reply, unreact } from './reactions.ts';
import { reconnect } from './reconnect.ts';
import { register, verify } from './register.ts';
import { rename } from './rename.ts';
import { rotateIdentity } from './rotateIdentity.ts';
import { route } from './route.ts';
import { say } from './say.ts';
import { search } from './search.ts';
import { secure } from './secure.ts';
import { serviceCommands } from './services.ts';
import { setName } from './setName.ts';
import { statusCommands } from './status.ts';
import { sysinfo } from './sysinfo.ts';
import { topic } from './topic.ts';
import { who } from './who.ts';
import { whois } from './whois.ts';
import { whowas } from './whowas.ts';

/** Every command, in the order in which /help lists them. */
export const allCommands: readonly Command[] = [
  join,
  part,
  hop,
  msg,
  me,
  say,
  reply,
  nick,
  topic,
  clearTopic,
  query,
  notice,
  ...formatCommands,
  away,
  back,
  whois,
  whowas,
  who,
  names,
  list,
  invite,
  knock,
  kick,
  kickBan,
  ban,
  unban,
  quiet,
  unquiet,
  banList,
  mode,
  ...statusCommands,
  ignore,
  unignore,
  monitor,
  ctcp,
  ping,
  dcc,
  react,
  unreact,
  redact,
  history,
  chatHistory,
  search,
  rename,
  metadata,
  setName,
  register,
  verify,
  ...serviceCommands,
  bouncer,
  detach,
  ...questionCommands,
  sysinfo,
  clear,
  close,
  connect,
  reconnect,
  delay,
  secure,
  insecure,
  introduce,
  route,
  rotateIdentity,
  raw,
  help,
  quit,
];

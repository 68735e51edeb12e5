/**
 * `npm start -- --demo`: Sotto without a network. An IRC server, two people who only talk, and robin, who has a Sotto of their own, run in
 * this process; the private conversation goes over the loopback overlay. The profile is temporary; with `--profile DIR` it is DIR/demo and
 * stays to be looked at until the next demo begins anew (the loopback network, and with it every address, ends with the process).
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { connectClient } from '../../contract/rpc/client.ts';
import { createCore, type Core } from '../../core/core.ts';
import { createProfileDirectories, profilePaths, type ProfilePaths } from '../../core/profile.ts';
import { createLoopbackOverlay } from '../../overlay/loopback/loopback.ts';
import { createLoopbackNetwork, type LoopbackNetwork } from '../../overlay/loopback/network.ts';
import { endOnce } from '../ending.ts';
import { portPair } from '../portPair.ts';
import { runServe, type ServeOptions, type ServeRun } from '../serve/run.ts';
import { DEMO_CHANNEL, DEMO_NICK, FRIEND_NICK, demoConfig } from './config.ts';
import { startFriend, type Friend } from './friend.ts';
import { startIrcServer } from './ircServer.ts';
import { channelTalk } from './talk.ts';
import { startTalker, type Talker } from './talker.ts';

const LINE_MS = 2_500;

/** Like `runServe`, with everything the demo needs around it; ending it ends all of it and removes a temporary profile. */
export async function startDemo(options: ServeOptions): Promise<ServeRun> {
  const temporary = options.arguments.profile === null ? await mkdtemp(join(tmpdir(), 'sotto-demo-')) : null;
  const directory = temporary ?? join(resolve(options.arguments.profile ?? '.'), 'demo');
  const left = new AbortController();
  const undo: (() => Promise<void> | void)[] = [];
  const end = async (): Promise<void> => {
    left.abort();
    for (const step of undo.reverse()) await step();
    if (temporary !== null) await rm(temporary, { recursive: true, force: true });
  };

  try {
    const irc = await startIrcServer();
    undo.push(() => irc.stop());
    const network = createLoopbackNetwork();
    const made: { core: Core | null } = { core: null };
    const run = await runServe({
      ...options,
      arguments: { ...options.arguments, profile: directory },
      nodeBuilder: null,
      core: { overlay: () => createLoopbackOverlay(network) },
      createCore: (given) => {
        const core = createCore(given);
        made.core = core;
        // Only now is it certain that no other demo runs with this profile.
        const start = async (): Promise<void> => {
          for (const part of ['config', 'data', 'state', FRIEND_NICK]) await rm(join(directory, part), { recursive: true, force: true });
          await createProfileDirectories(given.profile);
          await writeConfig(given.profile, demoConfig(DEMO_NICK, irc.port));
          await core.start();
        };
        return { ...core, start };
      },
    });
    if (run.kind === 'second' || made.core === null) {
      await end();
      return run;
    }
    undo.push(run.stop);
    const running = endOnce(end);
    // *Quit* in a page ends `run`; the rest follows.
    run.ended.then(running.stop, running.stop).catch(() => undefined);

    const friend = await startFriendCore(options, network, join(directory, FRIEND_NICK), irc.port);
    undo.push(friend.stop);
    const talkers = new Map(['maren', 'osk'].map((nick) => [nick, startTalker(irc.port, nick, DEMO_CHANNEL)]));
    for (const talker of talkers.values()) {
      undo.push(() => {
        talker.leave();
      });
    }
    perform(made.core, friend.friend, talkers, left.signal).catch((error: unknown) => {
      if (!left.signal.aborted) options.log(`demo: ${error instanceof Error ? error.message : 'the script stopped'}`);
    });
    return { kind: 'running', server: run.server, ...running };
  } catch (error) {
    await end();
    throw error;
  }
}

async function writeConfig(profile: ProfilePaths, text: string): Promise<void> {
  await mkdir(dirname(profile.configFile), { recursive: true, mode: 0o700 });
  await writeFile(profile.configFile, text, { mode: 0o600 });
}

async function startFriendCore(
  { version, env, log }: ServeOptions,
  network: LoopbackNetwork,
  directory: string,
  port: number,
): Promise<{ friend: Friend; stop: () => Promise<void> }> {
  const profile = profilePaths(directory, env);
  await createProfileDirectories(profile);
  await writeConfig(profile, demoConfig(FRIEND_NICK, port));
  const core = createCore({
    profile,
    version,
    demo: true,
    nodeBuilder: null,
    host: { newPageToken: () => Promise.reject(new Error('Robin has no pages.')), quit: () => undefined, keyring: null },
    log: (line) => {
      log(`robin: ${line}`);
    },
    overlay: () => createLoopbackOverlay(network),
  });
  await core.start();
  const friend = await startFriend(core, log);
  return {
    friend,
    stop: async () => {
      friend.leave();
      await core.stop();
    },
  };
}

/** Makes the private conversation and lets the channel talk. */
async function perform(core: Core, friend: Friend, talkers: ReadonlyMap<string, Talker>, signal: AbortSignal): Promise<void> {
  const [own, other] = portPair();
  core.attach(own);
  const client = connectClient(other);
  await client.ready;
  await client.call('contact.connect', { text: await friend.invite() }, signal);
  client.close();
  await Promise.all([...talkers.values()].map((talker) => talker.joined));
  for (const line of channelTalk) {
    await delay(LINE_MS, undefined, { signal });
    const talker = talkers.get(line.nick);
    if (talker) talker.say(line.text);
    else await friend.say(line.text);
  }
}

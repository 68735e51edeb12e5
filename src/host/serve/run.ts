/** Sotto in a browser: one profile, its core, and the server of its pages. */
import { dirname } from 'node:path';
import { createCore, type Core, type CoreOptions } from '../../core/core.ts';
import { secretService } from '../../core/key/secretService.ts';
import { createProfileDirectories, profilePaths, type ProfilePaths } from '../../core/profile.ts';
import type { HostArguments } from '../arguments.ts';
import { endOnce, type Running } from '../ending.ts';
import { unlockOption } from '../passphrase.ts';
import { startCommand } from '../program.ts';
import { claimInstance, type InstanceAnswer } from '../instance.ts';
import { openInBrowser, writeRedirectFile, type RedirectFile } from './browser.ts';
import { startServer, type PageServer } from './server.ts';
import { SINGLE_USE_MS } from './tokens.ts';

export interface ServeOptions {
  arguments: HostArguments;
  env: Readonly<Record<string, string | undefined>>;
  version: string;
  /** The folder of the built UI. */
  uiDirectory: string;
  nodeBuilder: CoreOptions['nodeBuilder'];
  /** A line for the person who started it. */
  print: (line: string) => void;
  log: (line: string) => void;
  /** For tests and the demo: laid over the options of the core. */
  core?: Partial<Pick<CoreOptions, 'overlay' | 'nodeCommand' | 'nodeOverrides'>>;
  /** For tests: what stands in for the core. */
  createCore?: (options: CoreOptions) => Core;
  /** For tests: takes the place of the browser; false when there is none. */
  openBrowser?: (file: string) => Promise<boolean>;
}

export type ServeRun =
  /** The profile already runs; it was asked for a page. `code` is what the process ends with. */
  { kind: 'second'; code: number } | ({ kind: 'running'; server: PageServer } & Running);

/** Starts a profile, or opens the one that runs. Rejects with a sentence for the person when the profile cannot be used. */
export async function runServe(options: ServeOptions): Promise<ServeRun> {
  const { env, print } = options;
  const openBrowser = options.openBrowser ?? ((file: string) => openInBrowser(file, env));
  const profile = profilePaths(options.arguments.profile, env);
  await createProfileDirectories(profile);

  const show = async (answer: InstanceAnswer): Promise<boolean> => {
    if (answer.t === 'shown') {
      print('The page of Sotto that is open shows the link.');
      return true;
    }
    if (answer.t === 'none') {
      print(answer.reason);
      return false;
    }
    if (options.arguments.open && (await openBrowser(answer.file))) {
      print(`Sotto is open in your browser. If no window appears, run: ${startCommand} --no-open`);
    } else {
      print(
        `Open this address within ${SINGLE_USE_MS / 1_000} seconds; it works once. "${startCommand.replace(/ --$/, '')}" makes a new one.`,
      );
      print(answer.url);
    }
    return true;
  };

  const pages = Promise.withResolvers<(link: string | null) => Promise<InstanceAnswer>>();
  pages.promise.catch(() => undefined);
  const claim = await claimInstance(profile.runtimeSocket, async (link) => (await pages.promise)(link), options.arguments.link);
  if (claim.kind === 'second') return { kind: 'second', code: (await show(claim.answer)) ? 0 : 1 };

  let stop = claim.release;
  try {
    const running = await serve(options, profile, claim.release);
    stop = running.stop;
    pages.resolve(running.newPage);
    // The browser starts while the store opens.
    await Promise.all([running.started.then(() => running.openLink(options.arguments.link)), running.newPage(null).then(show)]);
    return { kind: 'running', server: running.server, ended: running.ended, stop };
  } catch (error) {
    pages.reject(error);
    // What keeps it from starting is told; a failure to clean up after it would only hide that.
    await stop().catch(() => undefined);
    throw error;
  }
}

interface Serving extends Running {
  server: PageServer;
  /** Rejects when the core cannot start. */
  started: Promise<void>;
  /** Once the core has started: true when an open page shows it, else the next one does. */
  openLink: (link: string | null) => boolean;
  /** For a later start: a page, unless the link it was given is shown by an open one. */
  newPage: (link: string | null) => Promise<InstanceAnswer>;
}

async function serve(options: ServeOptions, profile: ProfilePaths, release: () => Promise<void>): Promise<Serving> {
  const { log, version, nodeBuilder } = options;
  const redirects = new Set<Promise<RedirectFile>>();

  const core = (options.createCore ?? createCore)({
    profile,
    version,
    nodeBuilder,
    log,
    demo: options.arguments.demo,
    host: {
      newPageToken: () => Promise.resolve(server.newToken()),
      keyring: options.arguments.demo ? null : secretService({ env: options.env }),
      quit: () => {
        // A failure reaches whoever waits for `ended`.
        running.stop().catch(() => undefined);
      },
    },
    ...unlockOption(options.arguments),
    ...options.core,
  });
  const started = core.start();
  started.catch(() => undefined);
  const server = await startServer({
    uiDirectory: options.uiDirectory,
    attach: (port) => {
      // The page is shown while the store opens; its first question waits in the socket until the core can answer.
      started.then(
        () => {
          core.attach(port);
        },
        () => {
          port.close();
        },
      );
    },
  });

  const openLink = (link: string | null): boolean => link !== null && core.openLink(link);
  const newPage = async (link: string | null): Promise<InstanceAnswer> => {
    if (link !== null) {
      await started;
      if (openLink(link)) return { t: 'shown' };
    }
    const url = server.newUrl();
    const writing = writeRedirectFile(dirname(profile.runtimeSocket), url);
    redirects.add(writing);
    const file = await writing;
    setTimeout(() => {
      redirects.delete(writing);
      file.remove().catch(() => undefined);
    }, SINGLE_USE_MS).unref();
    return { t: 'page', url, file: file.path };
  };
  const running = endOnce(async () => {
    try {
      await started.catch(() => undefined);
      await core.stop();
    } finally {
      await server.stop();
      for (const written of await Promise.allSettled(redirects)) if (written.status === 'fulfilled') await written.value.remove();
      await release();
    }
  });

  return { server, started, openLink, newPage, ...running };
}

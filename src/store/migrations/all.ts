import type { Migration } from '../migrate.ts';
import { private0001 } from './0001-private.ts';
import { irc0002 } from './0002-irc.ts';
import { private0003 } from './0003-kept.ts';
import { private0004 } from './0004-identity.ts';
import { private0005 } from './0005-delivery.ts';
import { private0006 } from './0006-secure.ts';
import { private0007 } from './0007-people.ts';
import { private0008 } from './0008-direct.ts';
import { irc0009 } from './0009-details.ts';
import { private0010 } from './0010-sts.ts';
import { irc0011 } from './0011-gaps.ts';

/** Every step, oldest first. A released step never changes; a change is a new one. */
const migrations: readonly Migration[] = [
  private0001,
  irc0002,
  private0003,
  private0004,
  private0005,
  private0006,
  private0007,
  private0008,
  irc0009,
  private0010,
  irc0011,
];

export const privateMigrations = migrations.filter(({ file }) => file === 'private');
export const ircMigrations = migrations.filter(({ file }) => file === 'irc');

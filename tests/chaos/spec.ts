/** What the parts of a chaos run tell each other: arguments of the child processes, and what they write down. */
import * as v from 'valibot';
import type { JsonObject } from '../../src/overlay/veilid/veilid.ts';

/** While this file exists, lines pass as they are. */
export const CALM = 'calm';
/** While this file exists, neither routes nor nodes are killed. */
export const NO_DEATHS = 'no-deaths';
/** A file named after the person and this: all routes of theirs die, once. */
export const KILL_ROUTES = '-kill-routes';

export const ProxySpec = v.object({
  seed: v.string(),
  name: v.string(),
  /** Where reports go, and where the files CALM and NO_DEATHS stand while they hold. */
  directory: v.string(),
  /** Bytes that every text begins with. */
  marker: v.string(),
  /** Messages, on average, between two deaths of a route and of the node. */
  routeDeathEvery: v.number(),
  nodeDeathEvery: v.number(),
});
export type ProxySpec = v.InferOutput<typeof ProxySpec>;

export interface ProxyReport {
  lines: number;
  /** Messages that went by in either direction. */
  calls: number;
  faults: Record<string, number>;
  routesKilled: number;
  nodeKilled: boolean;
  /** Messages or values with the marker in them, as handed to the node. */
  clear: number;
}
export const ProxyReport = v.object({
  lines: v.number(),
  calls: v.number(),
  faults: v.record(v.string(), v.number()),
  routesKilled: v.number(),
  nodeKilled: v.boolean(),
  clear: v.number(),
});

/** Ends a core at a commit: at the first point that is not in `done` after `after` commits; null: never. */
export const KillPlan = v.nullable(
  v.object({
    seed: v.string(),
    after: v.number(),
    done: v.array(v.string()),
    /** Where the point is written down before the end. */
    file: v.string(),
    /** All points are done: any commit will do. */
    again: v.boolean(),
  }),
);
export type KillPlan = v.InferOutput<typeof KillPlan>;

export const CoreSpec = v.object({
  binary: v.string(),
  netns: v.string(),
  overrides: v.custom<JsonObject>((value) => typeof value === 'object'),
  proxy: v.nullable(ProxySpec),
  kill: KillPlan,
});
export type CoreSpec = v.InferOutput<typeof CoreSpec>;

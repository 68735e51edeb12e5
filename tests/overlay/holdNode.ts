/** A process that runs an overlay on a real node until it is killed. One argument: JSON of `Held`. Prints its newest address. */
import * as v from 'valibot';
import { createVeilidOverlay } from '../../src/overlay/veilid/veilid.ts';
import { labBinary } from '../support/veilid/lab.ts';

const Json: v.GenericSchema<Json> = v.lazy(() =>
  v.union([v.string(), v.number(), v.boolean(), v.null(), v.array(Json), v.record(v.string(), Json)]),
);
type Json = string | number | boolean | null | Json[] | { [member: string]: Json };
const Held = v.object({
  program: v.string(),
  args: v.array(v.string()),
  directory: v.string(),
  storage: v.string(),
  devicePassword: v.string(),
  networkOverrides: v.record(v.string(), Json),
});
export type Held = v.InferOutput<typeof Held>;

const held = v.parse(Held, JSON.parse(process.argv[2] ?? ''));
const overlay = createVeilidOverlay({
  source: {
    kind: 'process',
    binary: labBinary(),
    command: (_binary, args) => [held.program, [...held.args, ...args]],
    configDirectory: held.directory,
    storageDirectory: held.storage,
    namespace: '',
    devicePassword: held.devicePassword,
    networkOverrides: held.networkOverrides,
  },
});
overlay.onAddresses((addresses) => {
  if (addresses.length === 2) process.stdout.write(`${addresses[0]?.text ?? ''}\n`);
});
await overlay.start(new AbortController().signal);

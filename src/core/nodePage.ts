/** What the node page shows: numbers and sentences, nothing that names a peer, and of a route no more than tells it apart. */
import type { NodePageView, NodeView } from '../contract/views.ts';
import type { NodeDetails } from '../overlay/veilid/veilid.ts';

/** Characters of a route's end that are shown: enough to tell two apart, far too few to use one. */
const SHORT_CHARACTERS = 8;

/** `details` is null while no node runs, and for an overlay that has none. */
export function nodePage(node: NodeView, details: NodeDetails | null, proxy: { proxied: boolean; agreed: boolean }): NodePageView {
  return {
    ...proxy,
    phase: node.phase,
    reason: node.reason,
    peers: node.peers,
    routes: node.routes.map(({ text, created }) => ({ short: text.slice(-SHORT_CHARACTERS), created })),
    node: details,
  };
}

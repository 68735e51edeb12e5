/**
 * Imported first by every entry. The native modules need Node-API 10; an older Node does not refuse them, it crashes
 * with a segmentation fault while loading the store's library.
 */
const NODE_API = 10;

if (Number(process.versions.napi) < NODE_API) {
  process.stderr.write(
    `Sotto needs Node 24 and was started with ${process.versions.node}. Use "npm start" or "sotto", which bring their own.\n`,
  );
  process.exit(1);
}

// The import table of docs/ARCHITECTURE.md. Everything not allowed by a room's row is an error.
const npm = (...names) => `(^|/)node_modules/(${names.join('|')})/`;
const builtin = (name) => `^(node:)?${name}$`;
const anyBuiltin =
  '^node:|^(assert|async_hooks|buffer|child_process|crypto|dns|events|fs|fs/promises|http|http2|https|module|net|os|path|perf_hooks|process|readline|stream|string_decoder|timers|timers/promises|tls|tty|url|util|v8|vm|worker_threads|zlib)$';

/** A room may import itself, the contract, and what its row names. */
const room = (name, ...allowed) => ({
  name: `room-${name}`,
  severity: 'error',
  from: { path: `^src/${name}/` },
  to: { pathNot: [`^src/${name}/`, '^src/contract/', ...allowed].join('|') },
});

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'contract-is-a-leaf',
      severity: 'error',
      from: { path: '^src/contract/' },
      to: { pathNot: `^src/contract/|${npm('valibot')}` },
    },
    room('config', anyBuiltin, npm('smol-toml', 'toml-eslint-parser', 'valibot')),
    room('net', anyBuiltin, npm('socks', 'ws', '@types/ws')),
    room('irc', '^src/net/', npm('@noble/curves'), builtin('crypto')),
    room('overlay', anyBuiltin, npm('@number0/iroh')),
    {
      name: 'iroh-stays-in-iroh',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/overlay/iroh/' },
      to: { path: npm('@number0/iroh') },
    },
    room('pq', builtin('crypto'), npm('@noble/[^/]+', 'cbor-x')),
    room('store', anyBuiltin, npm('better-sqlite3-multiple-ciphers', 'valibot')),
    room('core', '^src/(config|net|irc|overlay|pq|store)/', anyBuiltin, npm('valibot', 'dbus-native')),
    {
      name: 'dbus-stays-in-its-adapter',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/core/key/dbus/' },
      to: { path: npm('dbus-native') },
    },
    room('host', '^src/core/', '^src/overlay/loopback/', anyBuiltin, npm('ws', '@types/ws', 'electron', 'valibot')),
    {
      name: 'loopback-is-for-the-demo',
      severity: 'error',
      from: { path: '^src/host/', pathNot: '^src/host/demo/' },
      to: { path: '^src/overlay/' },
    },
    {
      name: 'electron-stays-in-its-host',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/host/electron/' },
      to: { path: `${npm('electron')}|^electron` },
    },
    room('ui', npm('svelte', 'virtua', 'uqr', 'qr', '@leeoniya/ufuzzy', 'linkifyjs', 'emojibase-data', 'valibot')),
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'svelte', 'default'] },
  },
};

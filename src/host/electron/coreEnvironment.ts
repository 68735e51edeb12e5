/**
 * What the core's process is told of the environment (E13). What is not named here stays behind: `NODE_OPTIONS`, `LD_PRELOAD`, `ELECTRON_*` and all
 * else that makes a program do other things than it says.
 */
const names: ReadonlySet<string> = new Set([
  ...['HOME', 'USER', 'LOGNAME', 'PATH', 'TMPDIR', 'TZ', 'LANG', 'LANGUAGE'],
  // The build of veilid-node, from the source tree only.
  ...['CARGO_HOME', 'RUSTUP_HOME'],
  // Certificates of the system's own making.
  ...['SSL_CERT_FILE', 'SSL_CERT_DIR'],
  // Passwords in the desktop's keyring, where one is asked over D-Bus.
  ...['DBUS_SESSION_BUS_ADDRESS', 'FLATPAK_ID'],
]);

export function coreEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && (names.has(name) || /^(?:XDG|LC)_[A-Z_]+$/.test(name))) kept[name] = value;
  }
  return kept;
}

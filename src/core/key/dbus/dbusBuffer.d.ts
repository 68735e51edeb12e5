/** What bus.ts touches of dbus-native's reader; its own types leave it out. */
declare module 'dbus-native/lib/dbus-buffer.js' {
  const DBusBuffer: { prototype: { readStruct: (this: unknown, fields: readonly unknown[]) => unknown[] } };
  export default DBusBuffer;
}

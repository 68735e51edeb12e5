/** What calls, answers and signals of D-Bus carry. */
import { isValidObjectPath, Variant } from 'dbus-native';
import DBusBuffer from 'dbus-native/lib/dbus-buffer.js';
import * as v from 'valibot';

/** Structs, arrays and entries of dictionaries are lists, a dictionary is a list of pairs, `ay` is bytes, a variant names its type. */
export type Value = number | boolean | string | Uint8Array | Pick<Variant<Value>, 'signature' | 'value'> | readonly Value[];

const nested = v.lazy((): v.GenericSchema<unknown, Value> => valueSchema);
const valueSchema = v.union([
  v.string(),
  v.number(),
  v.boolean(),
  v.pipe(
    v.instance(Uint8Array),
    v.transform((bytes) => new Uint8Array(bytes)),
  ),
  v.array(nested),
  v.object({ signature: v.string(), value: nested }),
]);
export const bodySchema = v.array(valueSchema);

export const isList = (value: Value | undefined): value is readonly Value[] => Array.isArray(value);
export const isVariant = (value: Value | undefined): value is { signature: string; value: Value } =>
  typeof value === 'object' && 'signature' in value;
/** A path that may be called. */
export const isPath = (value: Value | undefined): value is string => isValidObjectPath(value);
/** As dbus-native writes it. */
export const outgoing = (value: Value): unknown =>
  isVariant(value) ? new Variant(value.signature, outgoing(value.value)) : isList(value) ? value.map(outgoing) : value;

// dbus-native 0.16.1 reads an array of structs without fields for ever: they take no bytes. The specification has no such structs.
const { readStruct } = DBusBuffer.prototype;
DBusBuffer.prototype.readStruct = function (fields) {
  if (fields.length === 0) throw new Error('a struct without fields');
  return readStruct.call(this, fields);
};

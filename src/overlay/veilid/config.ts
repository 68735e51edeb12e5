/** JSON as it goes into the node's configuration. */
export type Json = string | number | boolean | null | Json[] | { [member: string]: Json };
export type JsonObject = Record<string, Json>;

export interface NodeConfigOptions {
  storageDirectory: string;
  /** Partitions the node's stores: changing it loses the node's identity and routes. */
  namespace: string;
  devicePassword: string;
  networkOverrides: JsonObject;
}

/** Values of records the node keeps for itself and for others, in megabytes each. The library would take a share of all memory. */
const RECORD_CACHE_MB = 16;

/**
 * The settings laid over veilid-core's defaults. The device key is kept in a file wrapped by `devicePassword`, because desktop
 * keyrings fail in too many ways; a wrong password must never wipe what it cannot read.
 */
export function nodeConfig({ storageDirectory, namespace, devicePassword, networkOverrides }: NodeConfigOptions): JsonObject {
  const config: JsonObject = {
    node: { storage_dir: storageDirectory },
    program_name: 'sotto',
    namespace,
    capabilities: { disable: [] },
    protected_store: {
      allow_insecure_fallback: true,
      always_use_insecure_storage: true,
      device_encryption_key_password: devicePassword,
    },
    table_store: { wipe_on_invalid_device_encryption_key: false },
    network: {
      upnp: false,
      dht: { local_max_subkey_cache_memory_mb: RECORD_CACHE_MB, remote_max_subkey_cache_memory_mb: RECORD_CACHE_MB },
    },
  };
  return mergeJson(config, networkOverrides);
}

function mergeJson(base: JsonObject, overlay: JsonObject): JsonObject {
  const merged = { ...base };
  for (const [key, value] of Object.entries(overlay)) {
    const old = merged[key];
    merged[key] = isJsonObject(old) && isJsonObject(value) ? mergeJson(old, value) : value;
  }
  return merged;
}

function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

interface Found {
  id: string;
  /** As `flatpak info --show-permissions` prints them. */
  permissions: string;
  environmentInside: string;
  files: { name: string; bytes: number }[];
  /** Bytes of Sotto's part. */
  ours: number;
  /** null where none was wanted: packing the stand-in takes a minute. */
  bundle: { file: string; bytes: number } | null;
  startMs: number;
  warmMs: number;
  snapshot: unknown;
  page: string;
  home: string;
}
export const LIMIT_MB: number;
export function checkFlatpak(options?: {
  withNode?: boolean;
  bundle?: boolean;
  say?: (line: string) => void;
  folder?: string;
}): Promise<Found>;

export function writeLocal(folder: string): unknown;
export function writePublished(folder: string, find?: (tag: string) => string): void;

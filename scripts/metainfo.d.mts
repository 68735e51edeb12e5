interface Release {
  version: string;
  date: string;
  paragraphs: string[];
  bullets: string[];
}
export function releasesOf(changelog: string): Release[];
export function fill(xml: string, from: { changelog: string; version: string; repository: string }): string;
export function updateMetainfo(options?: { write?: boolean }): boolean;

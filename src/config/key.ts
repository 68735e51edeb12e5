/** One setting: its schema together with what the manual says about it. */
import * as v from 'valibot';

export interface KeyDoc {
  /** As the manual shows it: `text`, `true or false`, … */
  readonly type: string;
  /** As it would be written in the file, or words such as `not set`. */
  readonly default: string;
  readonly meaning: string;
  /** Other names that Halloy accepts for it. */
  readonly aliases?: readonly string[];
  /** It names a file, program, proxy or certificate, or weakens one: the page may show it, never change it. */
  readonly readOnly?: true;
}

const KeyMetadata = v.object({
  doc: v.object({
    type: v.string(),
    default: v.string(),
    meaning: v.string(),
    aliases: v.optional(v.array(v.string()), []),
    readOnly: v.optional(v.boolean(), false),
  }),
});

/** Binds a key's doc to its schema. A schema's messages complete the sentence "`key` must be …". */
export const key = <const S extends v.GenericSchema>(schema: S, doc: KeyDoc) => v.pipe(schema, v.metadata({ doc }));

/** Not set means null. */
export const unset = <const S extends v.GenericSchema>(schema: S) => v.optional(v.nullable(schema), null);

/** What `key` was given. */
export const docOf = (schema: v.GenericSchema) => v.parse(KeyMetadata, v.getMetadata(schema)).doc;

/** A table of the file with all its keys. `path` names it as in TOML, `*` for any name. */
export interface Section {
  readonly path: string;
  /** Other places with the same keys. */
  readonly alsoAt?: readonly string[];
  readonly heading: string;
  readonly about: string;
  readonly entries: Readonly<Record<string, v.GenericSchema>>;
}

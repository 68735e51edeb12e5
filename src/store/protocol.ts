/** What crosses between the core's thread and the worker. Both ends are this room's: values are typed and not checked again. */
import type { StoreErrorCode } from './errors.ts';
import type { OperationName } from './operations.ts';

export interface Failure {
  code: StoreErrorCode;
  message: string;
  cause: string;
}

/** `never` stands for "as the operation's row says": each end reads it through the table of operations. */
export interface Call {
  id: number;
  operation: OperationName;
  args: never;
}

export type Request = { kind: 'calls'; calls: Call[] } | { kind: 'close' };

export type Reply =
  | { kind: 'opened'; generation: number; rolledBack: boolean; ircDamaged: boolean }
  | { kind: 'refused'; failure: Failure }
  | { kind: 'value'; id: number; value: never }
  | { kind: 'failed'; id: number; failure: Failure }
  | { kind: 'many'; answers: Reply[] }
  | { kind: 'ircDamaged' }
  | { kind: 'closed' };

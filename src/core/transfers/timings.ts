/** Times of file transfers, in milliseconds. Tests bring shorter ones. */
export interface TransferTimings {
  connect: number;
  /** Without a single byte. */
  stall: number;
  /** For the other side's word that it goes on where we ask. */
  accept: number;
  /** Between two reports of progress. */
  progress: number;
}

export const transferTimings: TransferTimings = { connect: 30_000, stall: 60_000, accept: 15_000, progress: 100 };

/** The end of what one transaction wrote to a trail: the row, and the hash that covers all before it. */
export interface Head {
  readonly seq: number;
  /** sha256, hex. */
  readonly hash: string;
}

/** One line of what checkpoints and tombstones are over, with its end. */
export function headLine(requestId: number, { seq, hash }: Head): string {
  return `${requestId}:${seq}:${hash}\n`;
}

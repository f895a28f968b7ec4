/** What became of a header block. Negative: the connection cannot go on; positive: its message cannot. */
export const BlockResult = {
  ok: 0,
  /** Not a message by RFC 9113 §8: a stream error. */
  malformed: 1,
  /** More bytes than `HeadLimits.maxHeadBytes`; what fitted is there. */
  tooLarge: 2,
  /** More fields than `HeadLimits.maxFields`; what fitted is there. */
  tooManyFields: 3,
  /** Not HPACK: the tables of both sides may differ from here on. */
  compressionError: -1,
  /** Decodes to many times what a head may weigh: nobody sends that but to do harm. The rest was not decoded. */
  abusive: -2,
} as const;

declare global {
  // Methods every Node has had since its first versions, faster than `toString('latin1')` and left out of its types.
  interface Buffer {
    latin1Slice(start?: number, end?: number): string;
    latin1Write(text: string, offset?: number): number;
  }
}

export {};

/** What an HTTP/2 client sends first. Spec: RFC 9113 §3.4. */
export const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

/** Bytes before every frame's payload. Spec: RFC 9113 §4.1. */
export const FRAME_HEADER_BYTES = 9;

/** Largest payload we take, and the largest we send whatever a peer would take: the default. */
export const MAX_FRAME_BYTES = 16_384;

/** Largest flow-control window. Spec: RFC 9113 §6.9.1. */
export const MAX_WINDOW = 0x7fff_ffff;

/** A window before any setting. */
export const DEFAULT_WINDOW = 65_535;

/** Spec: RFC 9113 §6. */
export const FrameType = {
  data: 0,
  headers: 1,
  priority: 2,
  rstStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const Flag = { endStream: 0x1, ack: 0x1, endHeaders: 0x4, padded: 0x8, priority: 0x20 } as const;

/** Spec: RFC 9113 §6.5.2; ENABLE_CONNECT_PROTOCOL: RFC 8441 §3. */
export const Setting = {
  headerTableSize: 1,
  enablePush: 2,
  maxConcurrentStreams: 3,
  initialWindowSize: 4,
  maxFrameSize: 5,
  maxHeaderListSize: 6,
  enableConnectProtocol: 8,
} as const;

/** Spec: RFC 9113 §7. */
export const ErrorCode = {
  noError: 0,
  protocolError: 1,
  internalError: 2,
  flowControlError: 3,
  settingsTimeout: 4,
  streamClosed: 5,
  frameSizeError: 6,
  refusedStream: 7,
  cancel: 8,
  compressionError: 9,
  connectError: 10,
  enhanceYourCalm: 11,
  inadequateSecurity: 12,
  http11Required: 13,
} as const;

/** What the supervisor tells whoever started it. */
export type SupervisorEvent =
  /** One step of the start, with how long it took in milliseconds. */
  | { readonly type: 'step'; readonly what: string; readonly ms: number }
  | { readonly type: 'notice'; readonly message: string }
  /** A process ended by itself. */
  | {
      readonly type: 'crash';
      readonly process: string;
      readonly how: string;
      readonly lastLines: readonly string[];
      readonly restartInMs?: number;
    };

/** Takes events as they happen. */
export type EventSink = (event: SupervisorEvent) => void;

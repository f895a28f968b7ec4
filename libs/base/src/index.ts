export { type Clock, systemClock } from './clock';
export { copyWholeWords, copyWords } from './copy-words';
export { didYouMean } from './did-you-mean';
export { parseDurationMs } from './duration';
export { flatText } from './flat-text';
export { type Logger, silentLogger } from './logger';
export { type PortMap } from './port-map';
export { type Random, systemRandom } from './random';
export { formatViolation, type Position, type Violation } from './violation';

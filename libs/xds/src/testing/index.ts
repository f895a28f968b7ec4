export { FixedSource, viewOf } from './fixed-source';

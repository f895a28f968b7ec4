import cover from './cover.svg';
import favicon from './favicon.svg';
import style from './style.css';

/** One file under `/static`. */
export interface Asset {
  readonly contentType: string;
  readonly text: string;
}

/** By name. They are part of the bundle: no file is read while serving. */
export const ASSETS: ReadonlyMap<string, Asset> = new Map([
  ['style.css', { contentType: 'text/css; charset=utf-8', text: style }],
  ['cover.svg', { contentType: 'image/svg+xml', text: cover }],
  ['favicon.svg', { contentType: 'image/svg+xml', text: favicon }],
]);

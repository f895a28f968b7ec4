import { RESPONSE_FLAG, type ResponseFlagName } from '../response-flag';
import { type StreamRecord } from '../stream-record';
import { type AccessLogFilter } from './model';

/** Whether a stream is logged, compiled. */
export function compileFilter(filter: AccessLogFilter | undefined): (record: StreamRecord) => boolean {
  if (filter === undefined) return () => true;
  switch (filter.kind) {
    case 'responseFlag': {
      const mask = filter.flags.reduce((bits, flag) => bits | (RESPONSE_FLAG[flag as ResponseFlagName] ?? 0), 0);
      return filter.flags.length === 0 ? (record) => record.responseFlags !== 0 : (record) => (record.responseFlags & mask) !== 0;
    }
    case 'statusCode':
      return (record) => compare(record.responseCode, filter.op, filter.value);
    case 'durationMs':
      return (record) => compare(record.durationMs, filter.op, filter.value);
    case 'notHealthCheck':
    case 'traceable':
      return () => true;
    case 'and': {
      const parts = filter.filters.map(compileFilter);
      return (record) => parts.every((part) => part(record));
    }
    case 'or': {
      const parts = filter.filters.map(compileFilter);
      return (record) => parts.some((part) => part(record));
    }
  }
}

function compare(value: number, op: 'eq' | 'ge' | 'le' | 'ne', bound: number): boolean {
  switch (op) {
    case 'eq':
      return value === bound;
    case 'ge':
      return value >= bound;
    case 'le':
      return value <= bound;
    case 'ne':
      return value !== bound;
  }
}

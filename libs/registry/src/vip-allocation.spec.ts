import { describe, expect, it } from '@jest/globals';
import { allocateVips } from './vip-allocation';

describe('allocateVips', () => {
  it('starts at 10.96.0.10, in the order of the keys', () => {
    expect(allocateVips(['b', 'a'], {})).toEqual({ b: '10.96.0.10', a: '10.96.0.11' });
  });
  it('keeps what was given, also of services that are gone', () => {
    const first = allocateVips(['a', 'b'], {});
    expect(allocateVips(['c', 'b'], first)).toEqual({ a: '10.96.0.10', b: '10.96.0.11', c: '10.96.0.12' });
  });
  it('leaves out addresses written by hand', () => {
    expect(allocateVips(['a'], {}, new Set(['10.96.0.10']))).toEqual({ a: '10.96.0.11' });
  });
  it('carries over the octets', () => {
    const keys = Array.from({ length: 300 }, (_, i) => `s${i}`);
    expect(allocateVips(keys, {})['s299']).toBe('10.96.1.53');
  });
  it('gives the same object back when nothing is missing', () => {
    const given = allocateVips(['a'], {});
    expect(allocateVips(['a'], given)).toBe(given);
  });
});

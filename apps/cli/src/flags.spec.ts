import { describe, expect, it } from '@jest/globals';
import { parsePort, wholeNumber } from './flags';

describe('a number of a flag', () => {
  it.each([
    ['5', 5],
    ['900', 900],
    ['060', 60],
  ])('%s is taken', (text, want) => expect(wholeNumber(5, 900)(text)).toBe(want));

  it.each(['3', '901', '', ' ', '-5', '5.5', '1e2', '0x10', 'abc', 'NaN', 'Infinity', '99999999999999999999'])('"%s" is none', (text) =>
    expect(() => wholeNumber(5, 900)(text)).toThrow('expected a whole number from 5 to 900'),
  );

  it('without an end says where it begins', () => expect(() => wholeNumber(0)('x')).toThrow('expected a whole number from 0'));
  it.each(['0', '65536', '80a'])('%s is no port', (text) => expect(() => parsePort(text)).toThrow('from 1 to 65535'));
});

import { describe, expect, it } from '@jest/globals';
import { CASES, chosenCases } from './cases';

describe('cases', () => {
  it('have names of their own', () => {
    expect(new Set(CASES.map(({ name }) => name)).size).toBe(CASES.length);
  });

  it.each(CASES)('$name says protocol, security and hops as they are', ({ name, wiring, load }) => {
    const [protocol, security, hops] = name.split('-');
    expect(`${security}-${hops}`).toBe(wiring.split('-').slice(1).join('-'));
    expect(load.proto.startsWith(protocol ?? '')).toBe(true);
  });

  it.each(CASES)('$name says its connections and streams as they are', ({ name, load }) => {
    const words = name.split('-').filter((word) => /^\d+(x\d+)?$/.test(word));
    expect(words.at(-1)).toBe(
      load.proto.startsWith('h2') || load.proto.startsWith('grpc') ? `${load.connections}x${load.streams}` : `${load.connections}`,
    );
  });

  it.each(CASES.filter(({ goals }) => goals.bar !== undefined))('$name has a bar below its goal', ({ goals }) => {
    expect(goals.bar).toBeLessThan(goals.envoy ?? 0);
  });
});

describe('chosenCases', () => {
  const cases: readonly { name: string; only: readonly string[]; quick?: boolean; want: readonly string[] }[] = [
    { name: 'a whole name is that case alone', only: ['h1-plain-1-1k-64'], want: ['h1-plain-1-1k-64'] },
    {
      name: 'the beginning of names is all of them',
      only: ['h1-plain-1-1k-64-h'],
      want: ['h1-plain-1-1k-64-hosts10', 'h1-plain-1-1k-64-hosts10000'],
    },
    { name: 'the order is the table’s', only: ['tcp-plain-1-rr', 'h1-mtls'], want: ['h1-mtls-2-1k-64', 'tcp-plain-1-rr-64'] },
    { name: 'a named case runs quickly too', only: ['h1-plain-1-0-64'], quick: true, want: ['h1-plain-1-0-64'] },
  ];
  it.each(cases)('$name', ({ only, quick = false, want }) => {
    expect(chosenCases(only, quick).map(({ name }) => name)).toEqual(want);
  });

  it('is all of them when nothing is named, and the quick ones when told', () => {
    expect(chosenCases([], false)).toEqual(CASES);
    expect(chosenCases([], true)).toEqual(CASES.filter(({ quick }) => quick));
  });

  it('refuses a name that is no case’s', () => {
    expect(() => chosenCases(['h4'], false)).toThrow('Cannot run "h4"');
  });
});

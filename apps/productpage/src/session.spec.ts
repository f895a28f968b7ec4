import { describe, expect, it } from '@jest/globals';
import { cleanUser, signedIn, signedOut, userHeader, userOf } from './session';

const cookie = (user: string, key = 'k'): string => signedIn(user, key).split(';', 1)[0] ?? '';

describe('userOf', () => {
  it.each([
    { name: 'no cookie', header: undefined, want: undefined },
    { name: 'ours', header: cookie('jason'), want: 'jason' },
    { name: 'ours among others', header: `a=b; ${cookie('jason')}; c=d`, want: 'jason' },
    { name: 'beyond ASCII', header: cookie('Zoë 日本'), want: 'Zoë 日本' },
    { name: 'another key', header: cookie('jason', 'other'), want: undefined },
    { name: 'a changed user', header: cookie('jason').replace('amFzb24', 'am9obg'), want: undefined },
    { name: 'no signature', header: 'session=amFzb24', want: undefined },
    { name: 'signed out', header: signedOut.split(';', 1)[0], want: undefined },
    { name: 'an empty user', header: cookie(''), want: undefined },
    { name: 'rubbish', header: 'session=%%%.%%%; =;;;', want: undefined },
  ])('$name', ({ header, want }) => expect(userOf(header, 'k')).toBe(want));
});

describe('cleanUser', () => {
  it.each([
    { typed: ' jason ', want: 'jason' },
    { typed: 'jason\r\nx-admin: 1', want: 'jasonx-admin: 1' },
    { typed: '\u0000\u200b', want: undefined },
    { typed: '', want: undefined },
    { typed: undefined, want: undefined },
    { typed: ['a', 'b'], want: undefined },
    { typed: 'é'.repeat(100), want: 'é'.repeat(64) },
  ])('$typed', ({ typed, want }) => expect(cleanUser(typed)).toBe(want));
});

describe('userHeader', () => {
  it('is the UTF-8 bytes of the name', () => {
    expect(Buffer.from(userHeader('Zoë'), 'latin1').toString('utf8')).toBe('Zoë');
  });
});

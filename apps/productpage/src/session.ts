import { createHmac, timingSafeEqual } from 'node:crypto';

const COOKIE = 'session';
const MAX_USER = 64;

/** Reads the signed-in user out of a Cookie header; undefined when nobody is, or the cookie is not ours. */
export function userOf(cookieHeader: string | undefined, key: string): string | undefined {
  for (const pair of (cookieHeader ?? '').split(';')) {
    const [name, value] = pair.trim().split('=', 2);
    if (name !== COOKIE || value === undefined) continue;
    const [payload = '', signature = ''] = value.split('.', 2);
    if (equal(signature, sign(payload, key))) return Buffer.from(payload, 'base64url').toString('utf8') || undefined;
  }
  return undefined;
}

/** A Set-Cookie value that signs `user` in. */
export function signedIn(user: string, key: string): string {
  const payload = Buffer.from(user, 'utf8').toString('base64url');
  return `${COOKIE}=${payload}.${sign(payload, key)}; Path=/; HttpOnly; SameSite=Lax`;
}

/** A Set-Cookie value that signs out. */
export const signedOut = `${COOKIE}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0`;

/** A user name as typed, made fit for a header: no control characters, no spaces around, at most 64 characters. */
export function cleanUser(typed: unknown): string | undefined {
  if (typeof typed !== 'string') return undefined;
  const clean = [...typed.replace(/\p{C}/gu, '').trim()].slice(0, MAX_USER).join('');
  return clean === '' ? undefined : clean;
}

/** A user name as a header's value: its UTF-8 bytes, which is what Node writes when given them as Latin-1. */
export function userHeader(user: string): string {
  return Buffer.from(user, 'utf8').toString('latin1');
}

function sign(payload: string, key: string): string {
  return createHmac('sha256', key).update(payload).digest('base64url');
}

function equal(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { call, SILENT_MS } from './client';
import { getConnection } from './connection';

let answer: (response: Response) => void;
const before = { fetch: globalThis.fetch, sessionStorage: globalThis.sessionStorage };

beforeEach(() => {
  jest.useFakeTimers();
  const storage = { getItem: () => 'token' } as unknown as Storage;
  Object.assign(globalThis, {
    fetch: () => new Promise<Response>((resolve) => (answer = resolve)),
    sessionStorage: storage,
    localStorage: storage,
  });
});
afterEach(() => {
  jest.useRealTimers();
  Object.assign(globalThis, before);
});

describe('a control plane that hangs', () => {
  it('is told to be silent while it is asked, and to be there again when it answers', async () => {
    const asked = call('GET', '/api/status');
    jest.advanceTimersByTime(SILENT_MS - 1);
    const soon = getConnection().state;
    jest.advanceTimersByTime(1);
    const late = getConnection();
    answer(new Response('{"a":1}', { status: 200 }));
    expect([soon, late, await asked, getConnection().state]).toMatchObject([
      'connecting',
      { state: 'offline', reason: 'The control plane takes questions and does not answer: it may be hanging.' },
      { a: 1 },
      'online',
    ]);
  });

  it('is not blamed for what others take their time for', async () => {
    const asked = call('POST', '/api/try', {});
    jest.advanceTimersByTime(SILENT_MS * 10);
    expect(getConnection().state).toBe('online');
    answer(new Response('{}', { status: 200 }));
    await asked;
  });
});

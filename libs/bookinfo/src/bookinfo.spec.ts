import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { forwardedHeaders } from './forwarded-headers';
import { httpGet } from './http-get';
import { parsePort } from './port';

describe('forwardedHeaders', () => {
  it('passes on traces and the user, and nothing else', () => {
    const incoming = { traceparent: '00-a-b-01', 'end-user': 'jason', host: 'reviews', 'x-forwarded-for': '10.0.0.1' };
    expect(forwardedHeaders(incoming)).toEqual({ traceparent: '00-a-b-01', 'end-user': 'jason' });
  });
});

describe('parsePort', () => {
  it.each([
    [undefined, 9080],
    ['', 9080],
    ['0', 0],
    ['65535', 65_535],
  ])('reads %j', (text, port) => expect(parsePort('PORT', text, 9080)).toBe(port));
  it.each(['65536', '-1', '80a', '1e3'])('refuses %j', (text) =>
    expect(() => parsePort('PORT', text, 9080)).toThrow(`Cannot read PORT: "${text}" is not a port`),
  );
});

describe('httpGet', () => {
  it.each([
    ['/short', { status: 200, body: 'short' }],
    ['/long', 'more than 1048576 bytes'],
    ['/never', 'no answer within 200 ms'],
  ])('%s', async (path, want) => {
    const server = createServer((request, response) => {
      if (request.url === '/short') response.end('short');
      if (request.url === '/long') response.end('x'.repeat(2_000_000));
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    try {
      const { port } = server.address() as AddressInfo;
      const reply = httpGet(`http://127.0.0.1:${port}${path}`, {}, path === '/never' ? 200 : 5_000);
      if (typeof want === 'string') await expect(reply).rejects.toThrow(want);
      else expect(await reply).toEqual(want);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});

import { type IncomingHttpHeaders } from 'node:http';
import { forwardedHeaders } from '@lateen/bookinfo';
import { userHeader, userOf } from './session';

/** What every call to a backend carries: the forwarded headers, and `end-user` when somebody is signed in. */
export function outgoingHeaders(incoming: IncomingHttpHeaders, sessionKey: string): Record<string, string> {
  const headers = forwardedHeaders(incoming);
  const user = userOf(incoming.cookie, sessionKey);
  return user === undefined ? headers : { ...headers, 'end-user': userHeader(user) };
}

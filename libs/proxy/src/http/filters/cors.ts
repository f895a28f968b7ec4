import { type Random } from '@lateen/base';
import { type CorsPolicy, isChosen } from '@lateen/routing';
import { Header } from '../../codec/http1/header-names';
import { type StreamFilter } from '../filter';
import { type HttpStream } from '../stream';

/** Answers preflights and marks responses for origins the route allows. Spec: Envoy `CorsPolicy`. */
export function corsFilter(policy: CorsPolicy | undefined, random: Random): StreamFilter | undefined {
  if (policy === undefined) return undefined;
  const originOf = (stream: HttpStream): string | undefined => {
    const origin = stream.request.getById(Header.origin);
    return origin !== undefined && origin !== '' && policy.allowOrigins.some((matcher) => matcher.test(origin)) ? origin : undefined;
  };
  return {
    name: 'envoy.filters.http.cors',
    onRequest: (stream) => {
      const { request } = stream;
      if (!request.hasId(Header.origin) || !isChosen(policy.filterEnabled, random)) return true;
      const origin = originOf(stream);
      stream.corsOrigin = origin ?? '';
      stream.manager.stats[origin === undefined ? 'cors.origin_invalid' : 'cors.origin_valid']++;
      const preflight = request.method === 'OPTIONS' && request.hasId(Header['access-control-request-method']);
      if (!preflight) return true;
      if (origin === undefined) {
        if (policy.forwardNotMatchingPreflights) return true;
        stream.reply('direct_response', { status: 200, details: 'cors_response' });
        return false;
      }
      const headers = ['access-control-allow-origin', origin];
      if (policy.allowCredentials) headers.push('access-control-allow-credentials', 'true');
      if (policy.allowMethods !== undefined) headers.push('access-control-allow-methods', policy.allowMethods);
      if (policy.allowHeaders !== undefined) headers.push('access-control-allow-headers', policy.allowHeaders);
      if (policy.exposeHeaders !== undefined) headers.push('access-control-expose-headers', policy.exposeHeaders);
      if (policy.maxAge !== undefined) headers.push('access-control-max-age', policy.maxAge);
      if (policy.allowPrivateNetworkAccess === true && request.get('access-control-request-private-network') === 'true')
        headers.push('access-control-allow-private-network', 'true');
      stream.corsOrigin = '';
      stream.reply('direct_response', { status: 200, details: 'cors_response', headers });
      return false;
    },
    onResponse: (stream) => {
      if (stream.corsOrigin === '') return;
      stream.response.set('access-control-allow-origin', stream.corsOrigin);
      if (policy.allowCredentials) stream.response.set('access-control-allow-credentials', 'true');
      if (policy.exposeHeaders !== undefined) stream.response.set('access-control-expose-headers', policy.exposeHeaders);
    },
  };
}

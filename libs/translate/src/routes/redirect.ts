import { create } from '@bufbuild/protobuf';
import { type HTTPDirectResponse, type HTTPRedirect } from '@lateen/config';
import {
  type DirectResponseAction,
  DirectResponseActionSchema,
  type RedirectAction,
  RedirectAction_RedirectResponseCode as RedirectCode,
  RedirectActionSchema,
} from '@lateen/xds/gen/envoy/config/route/v3/route_components_pb';

const CODES: Readonly<Record<number, RedirectCode>> = {
  301: RedirectCode.MOVED_PERMANENTLY,
  302: RedirectCode.FOUND,
  303: RedirectCode.SEE_OTHER,
  307: RedirectCode.TEMPORARY_REDIRECT,
  308: RedirectCode.PERMANENT_REDIRECT,
};

/** A redirect; parts of the URL it does not name stay as requested. Spec: Istio `HTTPRedirect`, 301 by default. */
export function redirectAction(redirect: HTTPRedirect, listenerPort: number): RedirectAction {
  return create(RedirectActionSchema, {
    hostRedirect: redirect.authority ?? '',
    pathRewriteSpecifier:
      redirect.prefixRewrite === undefined
        ? { case: 'pathRedirect', value: redirect.uri ?? '' }
        : { case: 'prefixRewrite', value: redirect.prefixRewrite },
    schemeRewriteSpecifier: redirect.scheme === undefined ? undefined : { case: 'schemeRedirect', value: redirect.scheme },
    portRedirect: redirect.port ?? derivedPort(redirect, listenerPort),
    responseCode: CODES[redirect.redirectCode ?? 301] ?? RedirectCode.MOVED_PERMANENTLY,
  });
}

/** The port the request came in on, when asked for and not its scheme's own; 0 leaves the port out. */
function derivedPort({ derivePort, scheme }: HTTPRedirect, listenerPort: number): number {
  if (derivePort !== 'FROM_REQUEST_PORT') return 0;
  return listenerPort === (scheme === 'https' ? 443 : 80) ? 0 : listenerPort;
}

/** A fixed answer, made without an upstream. Spec: Istio `HTTPDirectResponse`. */
export function directResponseAction({ status, body }: HTTPDirectResponse): DirectResponseAction {
  return create(DirectResponseActionSchema, { status, body: bodySource(body) });
}

function bodySource(body: HTTPDirectResponse['body']) {
  if (body?.string !== undefined) return { specifier: { case: 'inlineString', value: body.string } } as const;
  if (body?.bytes === undefined) return undefined;
  const bytes = Uint8Array.from(atob(body.bytes), (char) => char.charCodeAt(0));
  return { specifier: { case: 'inlineBytes', value: bytes } } as const;
}

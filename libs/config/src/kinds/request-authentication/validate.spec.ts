import { testKind } from '../../testing/kind-table';
import { selectorCases, targetCases } from '../../testing/target-cases';

/** One rule of issuer `a`, but for what the case says. */
const jwt = (rule: object): object => ({ jwtRules: [{ issuer: 'a', ...rule }] });
const keys = (...list: object[]): object => jwt({ jwks: JSON.stringify({ keys: list }) });
const rsa = { kty: 'RSA', n: 'a', e: 'AQAB' };
const AT = 'spec.jwtRules[0]';

testKind('RequestAuthentication', {
  targets: [{ name: 'an empty one', spec: {} }, ...selectorCases({}), ...targetCases({}, true)],
  rules: [
    {
      name: 'all fields',
      spec: jwt({
        audiences: ['b'],
        jwksUri: 'https://a/keys',
        fromHeaders: [{ name: 'x-a', prefix: 'any text' }],
        fromParams: ['a'],
        fromCookies: ['a'],
        outputPayloadToHeader: 'any text',
        forwardOriginalToken: true,
        outputClaimToHeaders: [{ header: 'x_a-1', claim: 'a.b' }],
        timeout: '5s',
        spaceDelimitedClaims: ['a'],
        presence: 'REQUIRED',
      }),
    },
    { name: 'the old spelling', spec: { jwtRules: [{ jwks_uri: 'http://a' }] } },
    { name: 'a URL without an issuer', spec: { jwtRules: [{ jwksUri: 'https://a' }] } },
    { name: 'nobody', spec: { jwtRules: [{}] }, want: [`error required_field ${AT}.issuer`] },
    { name: 'keys alone', spec: { jwtRules: [{ jwks: JSON.stringify(rsa) }] }, want: [`error required_field ${AT}.issuer`] },
    { name: 'keys and a URL', spec: jwt({ jwks: JSON.stringify(rsa), jwksUri: 'https://a' }) },
    ...['audiences', 'fromParams', 'fromCookies'].map((field) => ({
      name: `an empty entry of ${field}`,
      spec: jwt({ [field]: ['a', ''] }),
      want: [`error required_field ${AT}.${field}[1]`],
    })),
    {
      name: 'a header without a name',
      spec: jwt({ fromHeaders: [{ name: '' }] }),
      want: [`error required_field ${AT}.fromHeaders[0].name`],
    },
    {
      name: 'a claim to no header',
      spec: jwt({ outputClaimToHeaders: [{ claim: 'a', header: '' }] }),
      want: [`error required_field ${AT}.outputClaimToHeaders[0].header`],
    },
    {
      name: 'no claim',
      spec: jwt({ outputClaimToHeaders: [{ claim: '', header: 'a' }] }),
      want: [`error required_field ${AT}.outputClaimToHeaders[0].claim`],
    },
    {
      name: 'a header with a space',
      spec: jwt({ outputClaimToHeaders: [{ claim: 'a', header: 'x y' }] }),
      want: [`error invalid_header ${AT}.outputClaimToHeaders[0].header`],
    },
    { name: 'a timeout of 0', spec: jwt({ timeout: '0s' }), want: [`error invalid_duration ${AT}.timeout`] },
    { name: 'an unknown presence', spec: jwt({ presence: 'MAYBE' }), want: [`error unknown_value ${AT}.presence`] },
  ],
  'the URL of keys': [
    ...['HTTPS://A/keys', 'http://', 'https:opaque', 'https://[::1]:8080/a b', 'https://a:/', 'https://u:p@a/', 'http://a?%zz'].map(
      (jwksUri) => ({
        name: jwksUri,
        spec: jwt({ jwksUri }),
      }),
    ),
    ...['ftp://a', 'a/keys', '//a', 'https://a:http/', 'https://a b/', 'https://a/%zz', 'https://[::1/', 'https://a\u0001'].map(
      (jwksUri) => ({
        name: `refused: ${JSON.stringify(jwksUri)}`,
        spec: jwt({ jwksUri }),
        want: [`error invalid_url ${AT}.jwksUri`],
      }),
    ),
  ],
  keys: [
    { name: 'one', spec: jwt({ jwks: JSON.stringify(rsa) }) },
    { name: 'none', spec: keys() },
    {
      name: 'of each type',
      spec: keys(rsa, { kty: 'EC', crv: 'P-256', x: 'not on', y: 'the curve' }, { kty: 'OKP', crv: 'Ed25519', x: 'a' }),
    },
    { name: 'not JSON', spec: jwt({ jwks: '{' }), want: [`error invalid_jwks ${AT}.jwks`] },
    { name: 'a list', spec: jwt({ jwks: '[]' }), want: [`error invalid_jwks ${AT}.jwks`] },
    { name: 'an empty one', spec: jwt({ jwks: '{}' }), want: [`error invalid_jwks ${AT}.jwks`] },
    { name: 'of another type', spec: keys({ kty: 'constructor' }), want: [`error invalid_jwks ${AT}.jwks`] },
    { name: 'half of EC', spec: keys({ kty: 'EC', crv: 'P-256' }), want: [`error invalid_jwks ${AT}.jwks`] },
    { name: 'half of OKP', spec: keys({ kty: 'OKP', crv: 'Ed25519' }), want: [`error invalid_jwks ${AT}.jwks`] },
    { name: 'half of RSA', spec: keys({ kty: 'RSA', n: 'a' }), want: [`error invalid_jwks ${AT}.jwks`] },
    { name: 'half of oct', spec: keys({ kty: 'oct' }), want: [`error invalid_jwks ${AT}.jwks`] },
    {
      name: 'a shared one and a private one',
      spec: keys({ kty: 'oct', k: 'a' }, rsa, { ...rsa, d: 'a' }),
      want: [`warning private_key ${AT}.jwks`, `warning private_key ${AT}.jwks`],
    },
  ],
});

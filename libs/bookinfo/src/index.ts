export { forwardedHeaders } from './forwarded-headers';
export { httpGet, type Reply } from './http-get';
export { parsePort } from './port';

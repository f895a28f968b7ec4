/** `HttpStream.upgrade` of a plain CONNECT; an extended one has its `:protocol` there, an Upgrade field its value. */
export const CONNECT = 'connect';

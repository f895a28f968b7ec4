import { types } from 'node:util';

// Jest runs tests in a realm of their own, where the errors that Node's modules throw are instances of another Error.
const ordinary = Function.prototype[Symbol.hasInstance];
Object.defineProperty(Error, Symbol.hasInstance, {
  value(value) {
    return ordinary.call(this, value) || (this === Error && types.isNativeError(value));
  },
});

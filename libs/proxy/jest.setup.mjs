import { jest } from '@jest/globals';

// Timeouts are tested with real time, tens of milliseconds of it: on a busy machine a failure is shown, and tried twice more.
jest.retryTimes(2, { logErrorsBeforeRetry: true });

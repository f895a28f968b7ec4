import { jest } from '@jest/globals';

// These tests span a dozen processes on machines shared with others: one that fails is shown, and tried once more.
jest.retryTimes(1, { logErrorsBeforeRetry: true });

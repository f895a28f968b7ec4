import { type Logger } from '@lateen/base';

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

/** How much is logged, least urgent first. */
export type LogLevel = (typeof LEVELS)[number];

/** A logger to standard error whose level can change while it runs. */
export interface ConsoleLogger extends Logger {
  level: LogLevel;
}

/** Logs one line per message: `TIME LEVEL SCOPE MESSAGE key=value ...`; control characters are escaped. */
export function createConsoleLogger(scope: string, level: LogLevel = 'info'): ConsoleLogger {
  const logger: ConsoleLogger = {
    level,
    debug: (message, fields) => write('debug', message, fields),
    info: (message, fields) => write('info', message, fields),
    warn: (message, fields) => write('warn', message, fields),
    error: (message, fields) => write('error', message, fields),
  };
  const write = (at: LogLevel, message: string, fields: Readonly<Record<string, unknown>> = {}): void => {
    if (LEVELS.indexOf(at) < LEVELS.indexOf(logger.level)) return;
    const rest = Object.entries(fields).map(
      ([key, value]) => ` ${key}=${typeof value === 'string' ? JSON.stringify(value) : (JSON.stringify(value) ?? 'undefined')}`,
    );
    process.stderr.write(`${new Date().toISOString()} ${at} ${scope} ${message}${rest.join('')}\n`);
  };
  return logger;
}

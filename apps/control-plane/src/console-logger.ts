import { type Logger } from '@lateen/base';

/** Logs to standard error, one line a message: `TIME LEVEL MESSAGE key=value ...`; values are JSON, so no line can be forged. */
export function consoleLogger(debug = false): Logger {
  const at =
    (level: string) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}): void => {
      const rest = Object.entries(fields).map(([key, value]) => ` ${key}=${JSON.stringify(value) ?? 'undefined'}`);
      process.stderr.write(`${new Date().toISOString()} ${level} ${message.replace(/[\u0000-\u001f]/g, ' ')}${rest.join('')}\n`);
    };
  return { debug: debug ? at('debug') : () => undefined, info: at('info'), warn: at('warn'), error: at('error') };
}

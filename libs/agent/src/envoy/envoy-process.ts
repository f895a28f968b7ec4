import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, constants, openSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { Socket } from 'node:net';
import { type Logger } from '@lateen/base';

/** How to run an Envoy. */
export interface EnvoyOptions {
  readonly binary: string;
  readonly bootstrapFile: string;
  readonly adminPort: number;
  /** Where a named pipe for its output may stand. */
  readonly outputPipe: string;
  /** Tells Envoys on one machine apart: any text. */
  readonly instance: string;
  /** Envoy's `--log-level`. Default `warning`. */
  readonly logLevel?: string;
  /** Worker threads. */
  readonly concurrency: number;
  readonly logger: Logger;
}

/** A running Envoy. */
export interface EnvoyProcess {
  /** Resolves with the exit code, or the signal's name, when the process is gone. */
  readonly exited: Promise<number | string>;
  /** Whether it serves. Spec: Envoy admin `/ready`. */
  ready(): Promise<boolean>;
  /** Stops accepting, lets requests finish for `drainMs` and ends the process. */
  stop(drainMs: number): Promise<void>;
}

/** Starts an Envoy from a bootstrap file. Hot restart stays off: several Envoys share one machine. */
export function startEnvoy(options: EnvoyOptions): EnvoyProcess {
  // Envoy keys shared memory by its base id even with hot restart off in some builds.
  const baseId = createHash('sha256').update(options.instance).digest().readUInt32BE(0) % 1_000_000;
  const output = openOutput(options.outputPipe);
  const child = spawn(
    options.binary,
    [
      '-c',
      options.bootstrapFile,
      '--disable-hot-restart',
      '--base-id',
      String(baseId),
      '--log-level',
      options.logLevel ?? 'warning',
      '--concurrency',
      String(options.concurrency),
      '--drain-time-s',
      '5',
      '--drain-strategy',
      'immediate',
    ],
    { stdio: ['ignore', output.writeEnd, 'inherit'] },
  );
  closeSync(output.writeEnd);
  child.once('close', () => output.close());
  const exited = new Promise<number | string>((resolve, reject) => {
    child.once('error', (cause) => reject(new Error(`Cannot run Envoy "${options.binary}": ${cause.message}`, { cause })));
    child.once('exit', (code, signal) => resolve(code ?? signal ?? 'unknown'));
  });
  return {
    exited,
    ready: async () => (await callAdmin(options.adminPort, 'GET', '/ready')) === 200,
    stop: async (drainMs) => {
      const status = await callAdmin(options.adminPort, 'POST', '/drain_listeners?graceful');
      if (status !== 200) options.logger.warn('Envoy did not take the drain request', { status });
      const kill = setTimeout(() => child.kill('SIGTERM'), drainMs);
      const force = setTimeout(() => child.kill('SIGKILL'), drainMs + 5000);
      await exited;
      clearTimeout(kill);
      clearTimeout(force);
    },
  };
}

/**
 * A named pipe whose content goes to this process's standard output. Envoy opens `/dev/stdout` by name for its access
 * log, which fails when that is a socket, as it is for children of Node.
 */
function openOutput(path: string): { readonly writeEnd: number; close(): void } {
  rmSync(path, { force: true });
  execFileSync('mkfifo', ['-m', '600', path]);
  // Read and write: the pipe has a reader for as long as this process lives, whatever Envoy does.
  const reader = new Socket({ fd: openSync(path, constants.O_RDWR | constants.O_NONBLOCK), readable: true, writable: false });
  reader.on('data', (bytes) => process.stdout.write(bytes));
  reader.on('error', () => reader.destroy());
  return {
    writeEnd: openSync(path, constants.O_WRONLY),
    close: () => {
      reader.destroy();
      rmSync(path, { force: true });
    },
  };
}

/** The status of one admin call; 0 when nobody answers. */
function callAdmin(port: number, method: string, path: string): Promise<number> {
  return new Promise((resolve) => {
    const call = request({ host: '127.0.0.1', port, method, path, agent: false, timeout: 1000 }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    call.on('timeout', () => call.destroy());
    call.on('error', () => resolve(0));
    call.end();
  });
}

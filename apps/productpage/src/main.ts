import 'reflect-metadata';
import { type AddressInfo } from 'node:net';
import { createApp } from './app';
import { parseConfig } from './config';

const config = parseConfig(process.env);
const app = await createApp(config);
try {
  await app.listen(config.port, '::');
} catch (error) {
  // A machine without IPv6 has no '::' to listen on.
  if (!(error instanceof Error && 'code' in error && error.code === 'EAFNOSUPPORT')) throw error;
  await app.listen(config.port, '0.0.0.0');
}
const address = app.getHttpServer().address() as AddressInfo;
console.log(`productpage ${config.version} is listening on port ${address.port}, ${Math.round(performance.now())} ms after its start`);

/** Requests in flight are answered first; idle connections close at once. */
const stop = async (): Promise<void> => {
  await app.close();
  process.exit(0);
};
process.once('SIGTERM', () => void stop());
process.once('SIGINT', () => void stop());

import { systemClock } from '@lateen/base';
import { translateProxy } from '@lateen/translate';
import { createAdminApp } from './admin/admin-app';
import { consoleLogger } from './console-logger';
import { createControlPlane } from './control-plane';
import { metricsServer } from './metrics/metrics-server';
import { parseOptions } from './options';
import { adoptSockets, openSockets } from './sockets';

const logger = consoleLogger(process.env['LATEEN_DEBUG'] === '1');

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2), process.env);
  const controlPlane = await createControlPlane(options, { clock: systemClock, logger, translate: translateProxy });
  const app = await createAdminApp(controlPlane);
  const http = { admin: app.getHttpServer(), metrics: metricsServer(controlPlane.metrics.registry, controlPlane.version) };

  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) return;
    stopping = true;
    logger.info('Stopping', { signal });
    http.metrics.close();
    http.metrics.closeAllConnections();
    http.admin.closeAllConnections();
    Promise.all([app.close(), controlPlane[Symbol.asyncDispose]()]).then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error('Cannot stop cleanly', { error: String(error) });
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);

  adoptSockets(controlPlane, http);
  const addresses = await openSockets(options, controlPlane, http);
  logger.info('Serving', {
    ...addresses,
    resources: controlPlane.store.list().length,
    workloads: controlPlane.world.workloads.length,
    startMs: Math.round(performance.now()),
  });
  process.send?.({ type: 'ready', addresses });
}

main().catch((error: unknown) => {
  logger.error('Cannot start the control plane', { error: error instanceof Error ? error.message : String(error) });
  process.exit(1);
});

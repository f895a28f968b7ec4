import { createConsoleLogger, type LogLevel, runAgentProcess } from '@lateen/agent';
import { isWorker, runWorker, startProxy } from '@lateen/proxy';

if (isWorker()) runWorker((level) => createConsoleLogger(`worker ${process.pid}`, level as LogLevel));
else await runAgentProcess(process.argv.slice(2), startProxy);

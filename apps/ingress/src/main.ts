import { runAgentProcess } from '@lateen/agent';
import { startProxy } from '@lateen/proxy';

await runAgentProcess(process.argv.slice(2), startProxy);

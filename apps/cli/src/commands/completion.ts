import { ANALYZERS, LEVELS, OUTPUT_FORMATS } from '@lateen/analysis';
import tab from '@bomb.sh/tab/commander';
import { type Command } from 'commander';

const KINDS = ['virtualservice', 'destinationrule', 'gateway', 'serviceentry', 'peerauthentication', 'service', 'deployment'];
const PARTS = ['listeners', 'routes', 'clusters', 'endpoints', 'secrets', 'all'];
const FORMATS = ['yaml', 'json', 'wide', 'table'];

/** Adds `completion SHELL`, and the hidden verb that the scripts it prints call back. */
export function addCompletion(program: Command): void {
  const root = tab(program, { completionCommandName: 'completion' });
  const values: readonly (readonly [string, string, readonly string[]])[] = [
    ['up', 'interception', ['auto', 'namespace', 'explicit']],
    ['get', 'output', FORMATS],
    ['status', 'output', FORMATS],
    ['proxy-config', 'output', FORMATS],
    ['validate', 'output', OUTPUT_FORMATS],
    ['analyze', 'output', OUTPUT_FORMATS],
    ['analyze', 'failure-threshold', LEVELS],
    ['analyze', 'output-threshold', LEVELS],
    ['analyze', 'analyzer', ANALYZERS.map(({ name }) => name)],
  ];
  for (const [command, name, choices] of values) {
    const option = root.commands.get(command)?.options.get(name);
    if (option !== undefined) option.handler = (complete) => choices.forEach((c) => complete(c, ''));
  }
  for (const [command, name, choices] of [
    ['get', 'KIND', KINDS],
    ['delete', 'KIND', KINDS],
    ['proxy-config', 'PART', PARTS],
  ] as const) {
    const argument = root.commands.get(command)?.arguments.get(name);
    if (argument !== undefined) argument.handler = (complete) => choices.forEach((c) => complete(c, ''));
  }
}

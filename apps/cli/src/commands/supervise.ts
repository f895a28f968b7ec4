import { supervise } from '@lateen/local';

/** The supervisor's process; ends when the mesh does. */
export async function runSupervisor(): Promise<void> {
  await supervise();
  // Pipes of programs that a crash left behind must not keep it.
  process.exit(0);
}

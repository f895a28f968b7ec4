/** Runs something that may take a while: after two seconds of it a spinner says what, where standard error is a terminal. */
export async function withProgress<T>(text: string, run: () => Promise<T>): Promise<T> {
  if (!process.stderr.isTTY) return await run();
  let stop: (() => void) | undefined;
  const timer = setTimeout(() => {
    void import('ora').then(({ default: ora }) => {
      if (stop === undefined) {
        const spinner = ora({ text, stream: process.stderr }).start();
        stop = () => spinner.stop();
      }
    });
  }, 2000);
  try {
    return await run();
  } finally {
    clearTimeout(timer);
    if (stop === undefined) stop = () => undefined;
    else stop();
  }
}

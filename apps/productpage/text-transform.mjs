/** For jest: a stylesheet or an image is a module whose default is its text, as esbuild's `text` loader has it. */
export default {
  process: (source) => ({ code: `export default ${JSON.stringify(source)};` }),
};

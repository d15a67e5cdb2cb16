// One execution environment, in a thread of its own: loads the handler once, then takes one event after the other.
// Plain CommonJS, since a thread starts from a file, whatever compiles the rest.
const { existsSync } = require('node:fs');
const Module = require('node:module');
const { basename, dirname, join } = require('node:path');
const { pathToFileURL } = require('node:url');
const { parentPort, workerData } = require('node:worker_threads');

/** What `require` gives; `import`, where the file is an ES module. */
async function load({ code, handler }) {
  // `folder/index.handler`: the file's name ends at the first dot.
  const [name, ...path] = basename(handler).split('.');
  const exported =
    code.source === undefined ? await loadFile(join(code.folder, dirname(handler), name)) : compile();
  const run = path.reduce((value, key) => value?.[key], exported);
  if (typeof run !== 'function') throw new Error(`${handler} is not a function that the code exports`);
  // Neither does Node 24 on Lambda take them, and it says so as it loads the function.
  if (run.length > 2)
    throw new Error(`${handler} takes a callback: expected a handler that returns a promise`);
  return run;
}

async function loadFile(path) {
  const file = ['.js', '.mjs', '.cjs'].map((extension) => path + extension).find((each) => existsSync(each));
  if (file === undefined)
    throw new Error(`there is no ${basename(path)}.js, .mjs or .cjs in ${dirname(path)}`);
  try {
    return file.endsWith('.mjs') ? await import(pathToFileURL(file)) : require(file);
  } catch (error) {
    if (error.code !== 'ERR_REQUIRE_ESM') throw error;
    return import(pathToFileURL(file));
  }
}

/** Code that stands in the template itself finds packages where the runner was started. */
function compile() {
  const file = join(process.cwd(), 'index.js');
  const inline = new Module(file);
  inline.paths = Module._nodeModulePaths(process.cwd());
  inline._compile(workerData.code.source, file);
  return inline.exports;
}

function describe(error) {
  return error instanceof Error
    ? { errorType: error.name, errorMessage: error.message, stack: error.stack }
    : { errorType: typeof error, errorMessage: String(error) };
}

load(workerData).then(
  (run) => {
    parentPort.on('message', async ({ event, context: { deadline, ...context } }) => {
      context.getRemainingTimeInMillis = () => Math.max(0, deadline - Date.now());
      try {
        // As JSON, which is all that Lambda hands on.
        const payload = JSON.stringify((await run(JSON.parse(event), context)) ?? null);
        parentPort.postMessage({ type: 'returned', payload });
      } catch (error) {
        parentPort.postMessage({ type: 'threw', ...describe(error) });
      }
    });
    parentPort.postMessage({ type: 'ready' });
  },
  (error) => {
    parentPort.postMessage({ type: 'failed to load', ...describe(error) });
  },
);

// One execution environment, in a thread of its own: loads the handler once, then takes an event at a time.
const { join } = require('node:path');
const { parentPort, workerData } = require('node:worker_threads');

const { codeDir, handler, functionName, memoryMb } = workerData;

const describe = (error) => ({
  outcome: 'threw',
  errorType: error instanceof Error ? error.name : 'Error',
  errorMessage: error instanceof Error ? error.message : String(error),
});

let run;
let failure;
try {
  const [file, name] = handler.split('.');
  run = require(join(codeDir, file))[name];
  if (typeof run !== 'function') throw new Error(`${handler} is not a function of ${codeDir}`);
} catch (error) {
  failure = describe(error);
}

parentPort.on('message', async ({ event, requestId, deadline }) => {
  if (failure) return parentPort.postMessage(failure);
  const context = {
    functionName,
    functionVersion: '$LATEST',
    memoryLimitInMB: String(memoryMb),
    awsRequestId: requestId,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
  try {
    // As JSON, which is all that Lambda hands on.
    const payload = await run(event, context);
    parentPort.postMessage({ outcome: 'returned', payload: JSON.stringify(payload ?? null) });
  } catch (error) {
    parentPort.postMessage(describe(error));
  }
});

// What the handlers log of every message drowns what a test run has to say. Warnings and errors stay.
const { stdout } = process;
const write = stdout.write.bind(stdout);
stdout.write = (text, ...rest) =>
  typeof text === 'string' && text.startsWith('{"level":"info"') ? true : write(text, ...rest);

import { systemClock } from '../../local/src/clock';

test('the system clock calls back once, unless it is cancelled before', async () => {
  const called: string[] = [];
  const cancel = systemClock.after(0, () => called.push('cancelled'));
  cancel();
  // Its timers alone do not keep a process alive; the runner of this test does.
  await new Promise<void>((resolve) => {
    systemClock.after(1, () => {
      called.push('due');
      resolve();
    });
  });
  expect(called).toEqual(['due']);
});
